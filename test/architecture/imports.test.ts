import { globSync, readFileSync } from "node:fs";
import { dirname, join, normalize } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";

const root = fileURLToPath(new URL("../../", import.meta.url));

type Arrows = { parts: string[]; packages: RegExp };

/** The store and the models folder, whose drivers the bundles carry too, so that all see one of each. */
const shared = ["tasks/store", "tasks/models"];

/** What each part of the house may import, beside itself and Node. A file belongs to the longest folder that is named. */
const arrows: Record<string, Arrows> = {
  schemas: { parts: [], packages: /^$/ },
  states: { parts: ["schemas"], packages: /^$/ },
  "states/diagram": { parts: ["schemas", "states"], packages: /^$/ },
  tasks: { parts: ["schemas", "tasks"], packages: /^(@aws-sdk\/.+|ajv|ajv\/.+|ajv-formats|tar)$/ },
  // What an export holds, from its bytes to its records.
  "tasks/preprocess/read": {
    parts: ["schemas", "tasks/lambda/door.ts", "tasks/formats/strict-json.ts", "tasks/preprocess/limits.ts"],
    packages: /^ajv(\/.+)?$/,
  },
  // Which text is which, and on which side; nothing of what a label is.
  "tasks/preprocess/sides": { parts: ["schemas"], packages: /^$/ },
  // What a label is: spans, tokens, rows.
  "tasks/preprocess/kinds": {
    parts: [
      "schemas",
      "tasks/store/label-set.ts",
      "tasks/preprocess/limits.ts",
      "tasks/preprocess/profile",
      "tasks/preprocess/read",
      "tasks/preprocess/sides",
      "tasks/preprocess/write",
    ],
    packages: /^$/,
  },
  // What a run's page, report and model card show: words, charts and the files of a run; no function's work.
  "tasks/report": {
    parts: [
      "schemas",
      "tasks/store",
      // What is a line of a training's log.
      "tasks/lambda/door.ts",
      // How a score is resampled.
      "tasks/quality-gate/paired-counts.ts",
      "tasks/quality-gate/paired-labels.ts",
      "tasks/quality-gate/quantiles.ts",
      "tasks/quality-gate/random.ts",
    ],
    packages: /^$/,
  },
  // The local engine shares what an export is named and where its JSON ends, so that the watch takes what the tasks
  // can read. The files directly in it put the folders together.
  "pipeline/local": {
    parts: [
      "schemas",
      "states",
      ...shared,
      "tasks/promote/force.ts",
      "tasks/approval",
      "pipeline/local/engine",
      "pipeline/local/jobs",
      "pipeline/local/functions",
      "pipeline/local/events",
      "pipeline/local/machine",
      "pipeline",
    ],
    packages: /^$/,
  },
  // Runs any definition: of what a job or a function is, it knows only how a task reports its progress.
  "pipeline/local/engine": {
    parts: [
      "pipeline/local/jobs/job-progress.ts",
      "pipeline/local/events/status-change.ts",
      "pipeline/local/machine",
      "pipeline",
    ],
    packages: /^jsonata$/,
  },
  "pipeline/local/jobs": {
    parts: [
      "schemas",
      "tasks/store",
      "pipeline/local/engine/history.ts",
      "pipeline/local/engine/task-runner.ts",
      "pipeline/local/machine",
      "pipeline",
    ],
    packages: /^tar$/,
  },
  "pipeline/local/functions": {
    parts: ["pipeline/local/engine/task-runner.ts", "pipeline/local/machine", "pipeline"],
    packages: /^$/,
  },
  "pipeline/local/events": {
    parts: [
      "schemas",
      "tasks/store",
      "tasks/preprocess/read/value-scanner.ts",
      "tasks/start-execution/name.ts",
      "tasks/notify/topic.ts",
      "pipeline/local/engine/engine-error.ts",
      "pipeline/local/engine/task-runner.ts",
      "pipeline/local/functions/lambda-runner.ts",
      "pipeline/local/machine",
      "pipeline",
    ],
    packages: /^@aws-sdk\/client-sfn$/,
  },
  // Processes, locks, files and the clock: nothing of what runs in them.
  "pipeline/local/machine": { parts: ["schemas/shell-word.ts", "tasks/store", "pipeline"], packages: /^$/ },
  // Of the tasks only what the door is: their code is referred to by its folder.
  "pipeline/cloud": {
    parts: ["schemas", "states", "tasks/lambda/door.ts", "pipeline"],
    packages: /^(aws-cdk-lib|aws-cdk-lib\/.+|cdk-nag|constructs)$/,
  },
  // The deployed stack from outside; never the CDK, which makes it.
  "pipeline/deployed": {
    parts: ["schemas", "states/job-table.ts", ...shared, "pipeline"],
    packages:
      /^@aws-sdk\/client-(cloudformation|cloudwatch-logs|ec2|ecr|efs|kms|lambda|sagemaker|service-quotas|sfn|sns|sts)$/,
  },
  // What a run did, from its history and the bucket: without an engine, a terminal or a page.
  // Pages of what pipeline/results tells; never an engine: what it needs of one is in the port.
  "pipeline/web": {
    parts: [
      "schemas",
      "states",
      ...shared,
      "tasks/report",
      "tasks/start-execution/name.ts",
      "pipeline/results",
      "pipeline/monitor",
      "pipeline",
    ],
    packages: /^$/,
  },
  // What the service has answered: the same statistics as of exports and of the gate.
  "pipeline/monitor": {
    parts: [
      "schemas",
      ...shared,
      "tasks/drift",
      "tasks/quality-gate",
      "tasks/preprocess/profile",
      "tasks/lambda/door.ts",
      "pipeline",
    ],
    packages: /^$/,
  },
  "pipeline/results": {
    parts: [
      "schemas",
      ...shared,
      "tasks/report/curve.ts",
      "tasks/report/run-files.ts",
      "tasks/report/training-log.ts",
      "tasks/approval/decision.ts",
      "pipeline",
    ],
    packages: /^$/,
  },
  "pipeline/cli": {
    parts: [
      "package.json",
      "schemas",
      ...shared,
      "tasks/drift",
      "tasks/formats",
      "tasks/preprocess",
      "tasks/lambda/door.ts",
      "tasks/report",
      "tasks/tracking",
      "pipeline/local",
      "pipeline/deployed",
      "pipeline/results",
      "pipeline/monitor",
      "pipeline/web",
      "samples/classes", // what pbp demo runs
      "importers",
      "pipeline",
    ],
    packages: /^$/,
  },
  // What the billing app takes over: nothing of ours, nothing to install.
  reader: { parts: [], packages: /^$/ },
  // What labelling tools write, as records of one form; nothing of what becomes of them.
  importers: {
    parts: ["schemas"],
    packages: /^(csv-parse|grapheme-splitter|read-excel-file\/node|yauzl|@msgpack\/msgpack)$/,
  },
  // Files directly in pipeline/: what both engines need, such as the bundler and the table of functions.
  pipeline: {
    parts: ["schemas", ...shared, "tasks/lambda/door.ts", "tasks/approval/all-waiting.ts"],
    packages: /^(esbuild|@aws-sdk\/client-sfn)$/,
  },
};

const isIn = (file: string, part: string) => file === part || file.startsWith(`${part}/`);

const partOf = (file: string) =>
  Object.keys(arrows)
    .filter((part) => isIn(file, part))
    .sort((a, b) => b.length - a.length)[0];

function importsOf(file: string): string[] {
  const text = readFileSync(join(root, file), "utf8");
  const statements = text.matchAll(
    /^(?:import|export)\s[^"';]*?from\s+"([^"]+)"|^import\s+"([^"]+)"|\bimport\("([^"]+)"\)/gm,
  );
  return [...statements].map((match) => match[1] ?? match[2] ?? match[3]!);
}

const files = globSync("{schemas,states,tasks,pipeline,reader,importers}/**/*.ts", { cwd: root });

test.each(Object.keys(arrows))("%s imports only what it may", (part) => {
  const { parts, packages } = arrows[part]!;
  const wrong: string[] = [];
  for (const file of files.filter((name) => partOf(name) === part))
    for (const target of importsOf(file)) {
      if (target.startsWith("node:")) continue;
      if (!target.startsWith(".")) {
        if (!packages.test(target)) wrong.push(`${file} imports ${target}`);
        continue;
      }
      const path = normalize(join(dirname(file), target));
      const allowed =
        partOf(path) === part ||
        parts.some((name) => (name === "pipeline" ? /^pipeline\/[^/]+$/.test(path) : isIn(path, name)));
      if (!allowed) wrong.push(`${file} imports ${path}`);
    }
  expect(wrong).toEqual([]);
});

test("every part of the house has its arrows", () => {
  expect(files.length).toBeGreaterThan(200);
  // The folders of pipeline/ and those of the local engine have their own each; pbp doctor's checks are of the latter.
  const folders = files.map((file) => /^(pipeline\/local\/[^/]+|pipeline\/[^/]+|[^/]+)\//.exec(file)![1]!);
  expect([...new Set(folders)].filter((folder) => !(folder in arrows))).toEqual(["pipeline/local/doctor"]);
});

test("no folder has more files than one overlooks", () => {
  const counts = new Map<string, number>();
  const sources = globSync(
    "{schemas,states,tasks,pipeline,reader,importers,campaigns,bench,scripts,containers,test}/**/*.{ts,mjs,py,json}",
    { cwd: root },
  );
  // Nobody reads a folder from top to bottom that a machine wrote: figures, and what tests compare with.
  const written = /node_modules|__pycache__|^(campaigns|bench)\/results\/|\/golden\//;
  for (const file of sources.filter((name) => !written.test(name)))
    counts.set(dirname(file), (counts.get(dirname(file)) ?? 0) + 1);
  expect([...counts].filter(([, count]) => count > 20)).toEqual([]);
});

test("no command loads an HTTP server that it does not open", () => {
  // pipeline/http-server.ts says why.
  const loading = files.filter((file) =>
    /^import (?!type).*"node:https?"/m.test(readFileSync(join(root, file), "utf8")),
  );
  expect(loading).toEqual([]);
});

test("the environment is read in two files of the tasks: what the deployment sets, and what Lambda does", () => {
  const readers = files.filter(
    (file) => file.startsWith("tasks/") && /process\.env\b/.test(readFileSync(join(root, file), "utf8")),
  );
  expect(readers).toEqual(["tasks/lambda/cores.ts", "tasks/lambda/environment.ts"]);
});
