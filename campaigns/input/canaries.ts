// Notes that hold a canary, through whole executions that fail: it must be nowhere but in the data.
import { readdirSync, readFileSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import { join, relative, sep } from "node:path";
import { bundleLambdaHost, bundleTasks } from "../../pipeline/bundle.ts";
import type { Json } from "../../pipeline/local/engine/definition.ts";
import { startExecution } from "../../pipeline/local/engine/executions.ts";
import { lambda, lambdaRunner } from "../../pipeline/local/functions/lambda-runner.ts";
import { homeAt } from "../../pipeline/local/machine/home.ts";
import runSchema from "../../schemas/execution/run.schema.json" with { type: "json" };
import type { Run } from "../../schemas/types.ts";
import { openFileStore } from "../../tasks/store/fs.ts";
import type { Campaign, Trial } from "../campaign.ts";
import { canary, names } from "../subjects/models.ts";
import { malformed } from "./malformed.ts";

const bucket = "pbp-notes";
const invoke = "arn:aws:states:::lambda:invoke";
const definition: Json = {
  QueryLanguage: "JSONata",
  StartAt: "Preprocess",
  States: {
    Preprocess: {
      Type: "Task",
      Resource: invoke,
      Arguments: { FunctionName: "preprocess", Payload: "{% $states.input %}" },
      End: true,
    },
  },
};

export const canariesCampaign: Campaign = {
  what: "Malformed exports through the local engine and the deployed bundle of Preprocess, every note with a canary",
  holds:
    "the execution ends by name; the canary is in no journal, log, event or message, and in no file name",
  cases: 500,
  seeds: 1,
  async run(trial) {
    const [host] = await Promise.all([bundleLambdaHost(), bundleTasks()]);
    await trial.each(trial.full!, async ({ number, folder, random }) => {
      const home = homeAt(folder);
      const { bytes, faults } = malformed(random, number);
      const store = await openFileStore(home.store, bucket);
      const { key, versionId, etag, sizeBytes } = await store.write("incoming/export.json", bytes);
      const run: Run = {
        ...(runSchema.examples[0] as Run),
        execution: "run-1",
        prefix: "runs/run-1/",
        minSamples: 1,
        source: { bucket, key, versionId, etag, sizeBytes },
      };
      await mkdir(home.temporary, { recursive: true });
      const variables = { OBJECT_STORE: `file:${home.store}`, DATA_BUCKET: bucket };
      const tasks = { [invoke]: lambdaRunner(lambda({ host, home, variables })) };
      const input = JSON.parse(JSON.stringify({ run })) as Json;
      const { status, error } = await startExecution({ home, definition, name: "run-1", input, tasks });
      trial.count(status === "SUCCEEDED" ? "accepted" : String(error));
      const problems: string[] = [];
      if (status !== "SUCCEEDED" && !/^(InvalidExport|InsufficientSamples)$/.test(error ?? ""))
        problems.push(`ended as ${status} by ${error}`);
      if (names(home.temporary).length > 0) problems.push("something is left in the temporary folder");
      // The data itself: the export, and what Preprocess makes of it.
      problems.push(...quotesOutside(home.store, folder, trial));
      return problems.map((problem) => `${faults.join(", ")}: ${problem}`);
    });
  },
};

/** Where the canary is below a folder, in a name or a content, except in the data. Hidden files count too. */
export function quotesOutside(data: string, folder: string, trial: Trial): string[] {
  const problems: string[] = [];
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name);
    if (canary.test(path)) problems.push("the canary is in a file's name");
    if (!entry.isFile() || path.startsWith(`${data}${sep}`)) continue;
    trial.count("files looked into");
    if (canary.test(readFileSync(path, "utf8"))) problems.push(`the canary is in ${relative(folder, path)}`);
  }
  return problems;
}
