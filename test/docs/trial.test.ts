// docs/trial-deployment.md against what `npm run trial` deploys.
import { readFileSync } from "node:fs";
import { beforeAll, expect, test } from "vitest";
import { estimate, type Plan } from "../../bench/cost/estimate.ts";
import { readConfiguration } from "../../pipeline/cloud/configuration.ts";
import { instanceList } from "../../pipeline/cloud/sagemaker/jobs.ts";
import { quotaName, readDefinition } from "../../pipeline/deployed/doctor/ladders.ts";
import { definition } from "../../states/definition.ts";
import trial from "../../trial.json" with { type: "json" };
import { ofType, synthesize, type Template } from "../cloud/deployments.ts";

const page = readFileSync(new URL("../../docs/trial-deployment.md", import.meta.url), "utf8");
const { preprocess, embed, train, evaluate, stackName } = readConfiguration(trial);
let template: Template;
beforeAll(async () => {
  template = await synthesize(trial);
});

/** The ladders of the trial, read as doctor reads them. */
function ladders() {
  const values = {
    PreprocessJobInstances: preprocess.instances,
    EmbedInstances: embed.instances,
    EmbedIdleInstances: embed.idleInstances,
    TrainInstances: train.instances,
    TrainLinearInstances: train.linearInstances,
    EvaluateInstances: evaluate.instances,
  };
  const filled = Object.entries(values).reduce(
    (text, [name, list]) => text.replaceAll(`\${${name}}`, instanceList(list)),
    JSON.stringify(definition),
  );
  return readDefinition(filled).ladders;
}

test("no job asks for a GPU", () => {
  const types = ladders().flatMap(({ rungs }) => rungs.map(({ type }) => type));
  expect(types.length).toBeGreaterThan(4);
  // General purpose and compute optimised: families of CPUs. Source: Amazon SageMaker pricing, instance families.
  for (const type of types) expect(type).toMatch(/^ml\.[mc]\d[a-z]*\.\d*x?large$/);
  // And the template carries these lists and no other.
  const written = new Set(JSON.stringify(template).match(/\bml\.[a-z0-9-]+\.[a-z0-9]+/g));
  expect([...written].sort()).toEqual([...new Set(types)].sort());
});

test("nothing is kept, and nothing forbids the deletion", () => {
  for (const [id, { DeletionPolicy = "Delete" }] of Object.entries(template.Resources))
    expect([id, DeletionPolicy]).toEqual([id, "Delete"]);
  const repositories = ofType(template, "AWS::ECR::Repository");
  expect(repositories).toHaveLength(4);
  for (const [, { Properties }] of repositories) expect(Properties.EmptyOnDelete).toBe(true);
});

test("the page names each quota of the lists, and no other", () => {
  const needed = ladders().flatMap((ladder) => ladder.rungs.map((rung) => quotaName(ladder, rung)));
  const named = [...page.matchAll(/`(ml\.[^`]* job usage)`/g)].map(([, quota]) => quota!);
  expect(named.sort()).toEqual([...new Set(needed)].sort());
});

test("the page names the stack, and its images, as they are made", () => {
  for (const [, name] of page.matchAll(/--stack(?:-name)? (\w+)/g)) expect(name).toBe(stackName);
  const names = ofType(template, "AWS::ECR::Repository").map(
    ([, { Properties }]) => Properties.RepositoryName,
  );
  expect(names.sort()).toEqual(
    ["embed", "evaluate", "functions", "train"].map((job) => `${stackName.toLowerCase()}/${job}`),
  );
  expect(page).toContain(`$ECR/${stackName.toLowerCase()}/$job:`);
  // One that is not pushed is a ✗ of pbp doctor, and takes the place of "Images: initial" in the next deployment.
  const [, built = ""] = /^for job in (.*); do$/m.exec(page)!;
  expect(
    built
      .split(" ")
      .map((job) => `${stackName.toLowerCase()}/${job}`)
      .sort(),
  ).toEqual(names);
});

test("two executions cost what the page says", () => {
  const [type = ""] = embed.instances;
  const plan: Plan = {
    preprocess: { instance: preprocess.instances[0]! },
    embed: { instance: type, maximum: embed.maximumInstanceCount },
    train: { instance: train.instances[0]!.replace(" spot", "") },
    evaluate: { instance: evaluate.instances[0]! },
    promote: { hasTask: false },
  };
  const usd = estimate(1600, false, plan).usd + estimate(1600, true, plan).usd;
  expect(page).toContain(`| two executions of 1,600 notes on \`${type}\`, on demand | ${usd.toFixed(2)} |`);
});

test("every point that only an account settles has its line", () => {
  for (let point = 1; point <= 22; point++) expect(page).toMatch(new RegExp(`^\\| A${point} \\|`, "m"));
});
