// What tools that none of us wrote say of the template: the CDK's own validation, cdk-nag's packs, cfn-lint.
import { execFile } from "node:child_process";
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import deploymentSchema from "../../schemas/installation/deployment.schema.json" with { type: "json" };
import trial from "../../trial.json" with { type: "json" };
import { type Assembly, assemble } from "./assembly.ts";
import { deployments } from "./deployments.ts";

const root = fileURLToPath(new URL("../../", import.meta.url));
const folders: string[] = [];
const assembled = async (...call: Parameters<typeof assemble>) => {
  const assembly = await assemble(...call);
  folders.push(assembly.folder);
  return assembly;
};
afterAll(() => {
  for (const folder of folders) rmSync(folder, { recursive: true });
});

describe.each(Object.entries<object>(deployments))(
  "the stack with %s network and file system",
  (which, written) => {
    let assembly: Assembly;
    // One of the two is as npm run deploy makes a stack for the first time.
    const isFirst = which === "existing";
    beforeAll(async () => {
      assembly = await assembled(written, { context: isFirst ? { firstDeployment: "true" } : {} });
    });

    test("the stack is protected against deletion, unless it is deployed for the first time", () => {
      const manifest = JSON.parse(readFileSync(join(assembly.folder, "manifest.json"), "utf8")) as {
        artifacts: Record<string, { properties?: { terminationProtection?: boolean } }>;
      };
      const { terminationProtection = false } = manifest.artifacts.PredictiveBilling!.properties!;
      expect(terminationProtection).toBe(!isFirst);
    });

    test("the CDK validates template and definition, and cdk-nag's three packs find nothing new", () => {
      expect(assembly.output).not.toMatch(/\b(?:WARNING|ERROR)\b/);
      expect(assembly.exitCode).toBe(0);
      const reports = assembly.report.pluginReports;
      expect(reports.map(({ pluginName }) => pluginName)).toEqual(
        expect.arrayContaining(["AwsSolutions", "HIPAA.Security", "NIST.800.53.R5"]),
      );
      for (const { conclusion, violations } of reports)
        expect({ conclusion, violations }).toEqual({ conclusion: "success", violations: [] });
    });

    test("fewer than ten kinds of findings are acknowledged, each with a reason", () => {
      const kept = assembly.report.pluginReports.flatMap(({ suppressedViolations }) => suppressedViolations);
      const kinds = new Set(
        kept.map(({ ruleName }) =>
          ruleName.replace(/^(?:AwsSolutions|HIPAA\.Security|NIST\.800\.53\.R5)-|\[.*/g, ""),
        ),
      );
      expect(kinds.size).toBeGreaterThan(0);
      expect(kinds.size).toBeLessThan(10);
      for (const { reason } of kept) expect(reason.length).toBeGreaterThan(30);
    });

    test("cfn-lint has no error and no warning", async () => {
      const template = join(assembly.folder, "linted.template.json");
      const made = readFileSync(join(assembly.folder, "PredictiveBilling.template.json"), "utf8");
      // cfn-lint takes a number only, and fails where it says so. An expression is allowed where the language is JSONata:
      // AWS CDK, MapProps.jsonataMaxConcurrency,
      // https://docs.aws.amazon.com/cdk/api/v2/docs/aws-cdk-lib.aws_stepfunctions.MapProps.html
      const expression = /(\\"MaxConcurrency\\":)\\"\{%.*?%\}\\"/g;
      expect(made.match(expression)).toHaveLength(1);
      writeFileSync(template, made.replace(expression, "$11"));
      const lint = promisify(execFile)(join(root, ".venv/bin/cfn-lint"), [
        "--non-zero-exit-code",
        "warning",
        template,
      ]);
      const { stdout } = await lint.catch((found: { stdout: string }) => found);
      expect(stdout).toBe("");
    });
  },
);

// The two above leave out what is either this or that; nothing of the tests' other deployments is in none of the four.
test.each<[string, object]>([
  ["for trials", trial],
  [
    "with what the others do not have",
    {
      ...deployments.created,
      stackName: "X".repeat(deploymentSchema.properties.stackName.maxLength),
      partition: "aws-us-gov",
      zones: 6,
      serving: { mode: "serverless", memoryMegabytes: 3072, maxConcurrency: 8 },
      expectedEveryDays: { keyphrases: 8, "e-mail": 2 },
      modelCard: { contact: "coding-models@example.com" },
    },
  ],
])("the CDK validates a stack %s", async (_, written) => {
  const { exitCode, output, report } = await assembled(written);
  expect({ exitCode, output }).toEqual({ exitCode: 0, output: "" });
  expect(report.pluginReports.flatMap(({ violations }) => violations)).toEqual([]);
});

test("a state of an unknown type does not pass: the validation is not switched off", async () => {
  const { exitCode, output } = await assembled({}, { app: "test/cloud/planted-app.ts" });
  expect(exitCode).not.toBe(0);
  expect(output).toContain("E3601");
});
