// What became of a generation outside of the models folder, from the receipt to everybody who is told of it: the message,
// the receipt, the run's page in the bucket, `pbp show` and the console.
import { text } from "node:stream/consumers";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { reportOf } from "../../pipeline/cli/output/report.ts";
import type { ExecutionDescription } from "../../pipeline/execution.ts";
import type { Installation } from "../../pipeline/installation.ts";
import { readResults } from "../../pipeline/results/results.ts";
import artifactsSchema from "../../schemas/execution/artifacts.schema.json" with { type: "json" };
import datasetSchema from "../../schemas/execution/dataset.schema.json" with { type: "json" };
import type { Publication, RunReceipt } from "../../schemas/types.ts";
import { handler } from "../../tasks/notify.ts";
import { readJson } from "../../tasks/store/store.ts";
import { deploy, run } from "../tasks/deployment.ts";
import { type OpenConsole, openConsole } from "../web/helpers.ts";

const described = {
  ...{ name: "run-1", status: "SUCCEEDED", isOwned: false, input: {}, run: null, trials: null, output: null },
  ...{ error: null, cause: null, startDate: run.startedAt, stopDate: run.startedAt },
  ...{ states: [], progress: [], eventCount: 1, redriveCount: 0, redriveDate: null },
} as unknown as ExecutionDescription;

let deployment: Awaited<ReturnType<typeof deploy>>;
let console: OpenConsole;
let shown: Installation;
beforeAll(async () => {
  deployment = await deploy();
  console = await openConsole({
    wrap(installation) {
      shown = {
        ...installation,
        options: " --cloud",
        store: deployment.store,
        describe: async () => described,
        promotion: async () => ({
          generation: 3,
          bundle: "models/versions/000003-0123456789ab",
          forced: null,
        }),
        jobs: async () => [],
      };
      return shown;
    },
  });
  vi.stubEnv("COMMAND_OPTIONS", "--cloud");
});
afterAll(async () => {
  await console.close();
  await deployment.remove();
});

const scores = { accuracy: 0.97, precision: 0.8, recall: 0.7, f1: 0.75, macroF1: 0.7 };
const ended = (publication: Publication) => ({
  run,
  dataset: datasetSchema.examples[0],
  artifacts: artifactsSchema.examples[0],
  verdict: {
    ...{ verdict: "promote", verdictKey: "runs/run-1/verdict.json", reasons: ["above"], findings: [] },
    metrics: { challenger: scores, champion: null, baselines: { nothing: scores } },
  },
  promotion: { generation: 3, version: "000003-0123456789ab" },
  publication,
  jobs: [],
  trials: [
    {
      ...{ trial: 0, algorithm: "transformer", status: "completed", modelKey: "runs/run-1/model.tar.gz" },
      ...{ score: null, standardError: null, failure: null, usage: null },
    },
  ],
  chosen: 0,
});

/** Text as a terminal wraps it, or markup, as one line of words. */
const words = (text: string) =>
  text
    .replace(/<[^>]+>/g, " ")
    .replaceAll("&#39;", "'")
    .replace(/\s+/g, " ");

/** What every reader is told of run-1. */
async function everyReader(message: string): Promise<Record<string, string>> {
  const page = await text(await deployment.store.read("runs/run-1/report.html"));
  const looked = await console.look("/runs/run-1");
  expect([console.faults, looked.status]).toEqual([[], 200]);
  return {
    message: words(message),
    "report.html": words(page),
    "pbp show": words(reportOf(await readResults(shown, "run-1"))),
    console: words(looked.text),
  };
}

const receiptOf = async () => (await readJson(deployment.store, "runs/run-1/receipt.json")) as RunReceipt;
const endpoint = "pbp-keyphrases";
const why = "PublicationFailed: SageMaker: no quota for this. To publish it again: pbp publish --cloud";

test.each<[Publication, Record<string, string>]>([
  [
    { status: "published", endpoint, message: `The endpoint ${endpoint} takes up generation 3: minutes.` },
    {
      message: "takes up generation 3: minutes.",
      "report.html": `Endpoint ${endpoint}`,
      "pbp show": "takes up generation 3: minutes.",
      console: `Endpoint ${endpoint}`,
    },
  ],
  [
    { status: "superseded", endpoint, message: `The endpoint ${endpoint} has a newer generation than 3.` },
    {
      message: "has a newer generation than 3.",
      "report.html": `Endpoint ${endpoint}, which has a newer generation`,
      "pbp show": "has a newer generation than 3.",
      console: `Endpoint ${endpoint}, which has a newer generation`,
    },
  ],
  [
    { status: "failed", endpoint: null, message: why },
    { message: `It is not published: ${why}`, "report.html": why, "pbp show": why, console: why },
  ],
])("$status is told to everybody", async (publication, told) => {
  const { message } = await handler(ended(publication));
  expect((await receiptOf()).publication).toEqual(publication);
  expect((await readResults(shown, "run-1")).summary.publication).toEqual(publication);
  const readers = await everyReader(message);
  for (const [reader, said] of Object.entries(told)) expect(readers[reader], reader).toContain(said);
  const failed = publication.status === "failed";
  expect(readers["pbp show"]!.includes("Warning: Its endpoint does not have this generation")).toBe(failed);
  expect((await receiptOf()).warnings!.some((one) => one.includes("does not have this generation"))).toBe(
    failed,
  );
  // What to type stands where somebody reads on.
  for (const reader of ["report.html", "console"])
    expect(readers[reader]!.includes("Publish and register it again pbp publish --cloud"), reader).toBe(
      failed,
    );
});

test("once it is published after all, nobody reads any more that it is not", async () => {
  await handler(ended({ status: "failed", endpoint: null, message: why }));
  const published = { status: "published" as const, endpoint, message: "The endpoint takes it up." };
  const registration = { status: "none" as const, package: null, message: "There is none." };
  const { message } = await handler({ execution: "run-1", publication: published, registration });
  const receipt = await receiptOf();
  expect(receipt.publication).toEqual(published);
  expect(receipt).not.toHaveProperty("registration");
  expect(receipt.warnings).toEqual([]);
  for (const [reader, said] of Object.entries(await everyReader(message)))
    expect(said, reader).not.toContain("no quota for this");
});

test("where there are no endpoints, nobody reads of any", async () => {
  const { message } = await handler(ended({ status: "none", endpoint: null, message: "None." }));
  expect(await receiptOf()).not.toHaveProperty("publication");
  for (const [reader, said] of Object.entries(await everyReader(message)))
    expect(said, reader).not.toMatch(/endpoint/i);
});
