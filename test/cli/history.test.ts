import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { homeAt } from "../../pipeline/local/machine/home.ts";
import verdictSchema from "../../schemas/evaluation/verdict.schema.json" with { type: "json" };
import type { PromotionRecord, Verdict } from "../../schemas/types.ts";
import { readManifest } from "../../tasks/models/bundle.ts";
import { currentChampion } from "../../tasks/models/champion.ts";
import { layout } from "../../tasks/models/layout.ts";
import { append, newestEntry } from "../../tasks/models/log.ts";
import { prepareFolders } from "../../tasks/models/staging.ts";
import { judged } from "../../tasks/promote/judged.ts";
import { promote } from "../../tasks/promote/promotion.ts";
import { memoryStore, trained } from "../promote/execution.ts";
import { lastLine, pbp } from "./helpers.ts";

const [example] = verdictSchema.examples as unknown as [Verdict];
const scores = { accuracy: 0.91, precision: 0.9, recall: 0.9, f1: 0.9012, macroF1: 0.7345 };
const verdictOn = (kind: Verdict["kind"]): Verdict => ({
  ...example,
  kind,
  metrics: { ...example.metrics, challenger: scores },
});

test("the log keeps the scores that the kind is judged by", () => {
  expect(judged(verdictOn("keyphrases"), "runs/x/verdict.json")).toEqual({
    key: "runs/x/verdict.json",
    accuracy: 0.91,
    f1: 0.9012,
  });
  for (const kind of ["single-label", "multi-label"] as const)
    expect(judged(verdictOn(kind), "k")).toEqual({ key: "k", accuracy: 0.91, f1: 0.9012, macroF1: 0.7345 });
});

test("pbp history tells macro F1 of a model of classes, and reads entries of earlier versions", async () => {
  const folder = mkdtempSync(join(tmpdir(), "pbp-history-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const home = homeAt(folder);
  mkdirSync(home.store, { recursive: true });
  const at = layout(home.models, "routing");
  await prepareFolders(at);
  const entry = (generation: number, more: Partial<PromotionRecord>): PromotionRecord => ({
    model: "routing",
    generation,
    action: "promote",
    version: `00000${generation}-0123456789ab`,
    from: null,
    at: "2026-11-20T12:31:02Z",
    actor: "Promote",
    execution: `run-${generation}`,
    reason: "",
    verdict: judged(verdictOn("single-label"), "runs/x/verdict.json"),
    ...more,
  });
  await append(at, entry(1, { verdict: { key: "runs/x/verdict.json", accuracy: 0.81, f1: 0.8 } }));
  await append(at, entry(2, {}));
  // Judged by nobody: its version was, as generation 1.
  const back = {
    action: "rollback",
    version: "000001-0123456789ab",
    execution: null,
    verdict: null,
  } as const;
  await append(at, entry(3, back));
  const history = (...more: string[]) => pbp("history", "--model", "routing", "--home", folder, ...more);
  const { stdout } = await history();
  expect(stdout).toMatch(/^ *Gen\. .* Accuracy +Micro F1 +Macro F1$/m);
  expect(stdout).toMatch(/ 2 +promote .* 0\.9100 +0\.9012 +0\.7345$/m);
  expect(stdout).toMatch(/ 1 +promote .* 0\.8100 +0\.8000 +-$/m);
  for (const line of stdout.split("Also")[0]!.split("\n")) expect(line.length).toBeLessThanOrEqual(80);
  const { generations } = lastLine((await history("--json")).stdout) as { generations: { scores: object }[] };
  expect(generations.map(({ scores: told }) => told)).toEqual([
    { accuracy: 0.81, f1: 0.8 },
    { accuracy: 0.91, f1: 0.9012, macroF1: 0.7345 },
    { accuracy: 0.81, f1: 0.8 },
  ]);
});

test("pbp traffic sets, shows and stops an arm, and says what has ended it", async () => {
  const folder = mkdtempSync(join(tmpdir(), "pbp-traffic-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const home = homeAt(folder);
  mkdirSync(home.store, { recursive: true });
  const store = memoryStore();
  const modelsFolder = home.models;
  const promoteNext = async (name: string) =>
    promote(await trained(store, name, await currentChampion(modelsFolder)), {
      store,
      modelsFolder,
      keep: 9,
    });
  const { version } = await promoteNext("run-1");
  await promoteNext("run-2");
  const traffic = (...line: string[]) => pbp("traffic", ...line, "--home", folder);
  const set = ["set", "--generation", "1", "--weight", "12.5", "--reason", "try it"];
  expect((await traffic("show")).stdout).toBe("Generation 2 answers alone.\n");
  expect((await traffic(...set)).stdout).toBe(
    `Generation 1 (${version}) answers 12.5 % of the callers, generation 2\nthe others.\n`,
  );
  expect(lastLine((await traffic("show", "--json")).stdout)).toMatchObject({
    model: "keyphrases",
    inUse: 2,
    traffic: { answers: true, newest: { entry: 1, reason: "try it" } },
  });
  await promoteNext("run-3");
  expect((await traffic("show")).stdout).toMatch(
    /^Generation 3 came into use since, which has ended this:\nGeneration 1 .* answers 12\.5 %[\s\S]*\nSet .* UTC, by\s.*@.*:\s+try\s+it\n$/,
  );
  expect((await traffic("stop", "--reason", "enough")).stdout).toBe("The generation in use answers alone.\n");
});

test("pbp policy sets and shows what is to be done by label, and says what does not fit", async () => {
  const folder = mkdtempSync(join(tmpdir(), "pbp-policy-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const home = homeAt(folder);
  mkdirSync(home.store, { recursive: true });
  const file = join(folder, "policy.json");
  const policy = (...line: string[]) => pbp("policy", ...line, "--home", folder);
  const write = (labels: object) =>
    writeFileSync(file, JSON.stringify({ schemaVersion: "1.0", labels, otherwise: "allow" }));
  write({});
  expect(await policy("set", file)).toMatchObject({
    code: 1,
    stderr: "InvalidInput: No model has been promoted yet: there are no labels to have rules for.\n",
  });
  for (const [text, says] of [
    ["", "is not JSON"],
    ["[]", "is not one JSON object"],
  ] as const) {
    writeFileSync(file, text);
    expect(await policy("set", file)).toMatchObject({
      code: 1,
      stderr: `pbp: ${file} ${says}. docs/policy.md shows what a policy looks like.\n`,
    });
  }
  const store = memoryStore();
  await promote(await trained(store, "run-1", null), { store, modelsFolder: home.models, keep: 9 });
  expect((await policy("show")).stdout).toContain("There is no policy");
  const [label, ...others] = (await currentLabels(home.models)) as [string, ...string[]];
  write({ [label]: { action: "block", threshold: 0.2 } });
  const said = `Where no rule applies: allow${others.length > 0 ? `, as for ${others.length} label${others.length === 1 ? "" : "s"} that no rule names` : ""}.\n`;
  expect((await policy("set", file)).stdout).toMatch(new RegExp(`${label} +block +from 0.2\n\n${said}$`));
  expect(lastLine((await policy("show", "--json")).stdout)).toMatchObject({
    model: "keyphrases",
    policy: { labels: { [label]: { action: "block", threshold: 0.2 } } },
    withoutRule: others,
    problem: null,
  });
  write({ renamed: { action: "block" } });
  expect(await policy("set", file)).toMatchObject({
    code: 1,
    stderr: expect.stringContaining("labels that the model in use does not have: renamed. It has: "),
  });
  writeFileSync(file, '{"schemaVersion": "1.0", "labels": {}}');
  expect((await policy("set", file)).stderr).toContain("must have required property 'otherwise'");
  const action = (word: string) => `"${label}": {"action": "${word}"}`;
  writeFileSync(file, `{"schemaVersion": "1.0", "labels": {${action("block")}, ${action("allow")}}}`);
  expect(await policy("set", file)).toMatchObject({
    code: 1,
    stderr: `pbp: ${file} has a key twice in one object. docs/policy.md shows what a policy looks like.\n`,
  });
  expect((await policy("show")).stdout).toContain("from 0.2");
  writeFileSync(layout(home.models).policy, "{");
  const damaged = await policy("show");
  expect(damaged.code).toBe(1);
  expect(damaged.stdout.replaceAll("\n", " ")).toMatch(
    /^models\/policy\.json: The policy is not JSON\. Set one that fits: pbp policy set FILE --home/,
  );
});

async function currentLabels(modelsFolder: string): Promise<string[]> {
  const at = layout(modelsFolder);
  const { version } = (await newestEntry(at))!;
  return (await readManifest(at, version)).labels;
}
