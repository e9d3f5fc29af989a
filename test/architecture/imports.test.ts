import { globSync, readFileSync } from "node:fs";
import { dirname, join, normalize } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";

const root = fileURLToPath(new URL("../../", import.meta.url));

/** What each part of the house may import, beside itself and Node. A part is the first folder, or two for pipeline. */
const arrows: Record<string, { parts: string[]; packages: RegExp }> = {
  schemas: { parts: [], packages: /^$/ },
  states: { parts: ["schemas"], packages: /^$/ },
  tasks: { parts: ["schemas"], packages: /^(@aws-sdk\/.+|ajv|ajv\/.+|ajv-formats|tar)$/ },
  // The local engine shares the drivers that the bundles carry, so that both see one object store and one models folder;
  // and what an export is named and where its JSON ends, so that the watch takes what the tasks can read.
  "pipeline/local": {
    parts: [
      "schemas",
      "states",
      "tasks/store",
      "tasks/models",
      "tasks/promote/force.ts",
      "tasks/preprocess/value-scanner.ts",
      "tasks/start-execution/name.ts",
      "tasks/notify/topic.ts",
      "tasks/door.ts",
      "pipeline",
    ],
    packages: /^(jsonata|tar|@aws-sdk\/client-sfn)$/,
  },
  // Of the tasks only what the door is: their code is referred to by its folder.
  "pipeline/cloud": {
    parts: ["schemas", "states", "tasks/door.ts", "pipeline"],
    packages: /^(aws-cdk-lib|aws-cdk-lib\/.+|cdk-nag|constructs)$/,
  },
  // The deployed stack from outside; never the CDK, which makes it.
  "pipeline/deployed": {
    parts: ["schemas", "tasks/store", "tasks/models", "pipeline"],
    packages:
      /^@aws-sdk\/client-(cloudformation|cloudwatch-logs|ec2|ecr|efs|kms|lambda|sagemaker|service-quotas|sfn|sns)$/,
  },
  "pipeline/cli": {
    parts: [
      "package.json",
      "schemas",
      "tasks/store",
      "tasks/models",
      "tasks/preprocess",
      "tasks/door.ts",
      "pipeline/local",
      "pipeline/deployed",
      "pipeline",
    ],
    packages: /^$/,
  },
  // What the billing app takes over: nothing of ours, nothing to install.
  reader: { parts: [], packages: /^$/ },
  // Files directly in pipeline/: what both engines need, such as the bundler and the table of functions.
  pipeline: {
    parts: ["schemas", "tasks/store", "tasks/models", "tasks/door.ts"],
    packages: /^(esbuild|@aws-sdk\/client-sfn)$/,
  },
};

function partOf(file: string): string {
  const [first, second, ...rest] = file.split("/");
  return first === "pipeline" && rest.length > 0 ? `${first}/${second}` : first!;
}

function importsOf(file: string): string[] {
  const text = readFileSync(join(root, file), "utf8");
  const statements = text.matchAll(
    /^(?:import|export)\s[^"';]*?from\s+"([^"]+)"|^import\s+"([^"]+)"|\bimport\("([^"]+)"\)/gm,
  );
  return [...statements].map((match) => match[1] ?? match[2] ?? match[3]!);
}

const files = globSync("{schemas,states,tasks,pipeline,reader}/**/*.ts", { cwd: root });

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
        parts.some((name) =>
          name === "pipeline" ? /^pipeline\/[^/]+$/.test(path) : path === name || path.startsWith(`${name}/`),
        );
      if (!allowed) wrong.push(`${file} imports ${path}`);
    }
  expect(wrong).toEqual([]);
});

test("every part of the house has its arrows", () => {
  expect(files.length).toBeGreaterThan(20);
  expect([...new Set(files.map(partOf))].filter((part) => !(part in arrows))).toEqual([]);
});

test("the environment is read in one file of the tasks", () => {
  const readers = files.filter(
    (file) => file.startsWith("tasks/") && /process\.env\b/.test(readFileSync(join(root, file), "utf8")),
  );
  expect(readers).toEqual(["tasks/environment.ts"]);
});
