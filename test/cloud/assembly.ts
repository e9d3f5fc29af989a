import { execFile } from "node:child_process";
import { mkdtempSync, readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { cdkJson } from "./deployments.ts";

const root = fileURLToPath(new URL("../../", import.meta.url));

/** What the CDK and its plugins found. */
export type ValidationReport = {
  pluginReports: {
    pluginName: string;
    conclusion: string;
    violations: { ruleName: string }[];
    suppressedViolations: { ruleName: string; reason: string }[];
  }[];
};
export type Assembly = { exitCode: number; output: string; folder: string; report: ValidationReport };

/** Runs a CDK app as `cdk synth` does, in a process of its own, with the context of cdk.json. */
export async function assemble(
  deployment: object,
  { app = "pipeline/cloud/app.ts", context = {} }: { app?: string; context?: object } = {},
): Promise<Assembly> {
  const folder = mkdtempSync(join(tmpdir(), "pbp-assembly-"));
  const env = {
    PATH: process.env.PATH,
    NODE_COMPILE_CACHE: process.env.NODE_COMPILE_CACHE,
    CDK_OUTDIR: folder,
    CDK_CONTEXT_JSON: JSON.stringify({ ...cdkJson.context, ...context, pbp: deployment }),
  };
  const ended = await promisify(execFile)(process.execPath, [app], { cwd: root, env }).then(
    ({ stdout, stderr }) => ({ exitCode: 0, output: stdout + stderr }),
    (error: { code: number; stdout: string; stderr: string }) => ({
      exitCode: error.code,
      output: error.stdout + error.stderr,
    }),
  );
  const report = JSON.parse(readFileSync(join(folder, "validation-report.json"), "utf8")) as ValidationReport;
  return { ...ended, folder, report };
}
