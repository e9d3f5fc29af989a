import { afterAll, beforeAll, expect, it } from "vitest";
import type { ExecutionDescription } from "../../pipeline/execution.ts";
import type { Installation } from "../../pipeline/installation.ts";
import analysisSchema from "../../schemas/evaluation/analysis.schema.json" with { type: "json" };
import { writeJson } from "../../tasks/store/store.ts";
import { type OpenConsole, openConsole } from "./helpers.ts";

const run = "export-0a1b2c3d4e5f";
const document = "5d41402abc4b2a76";
const canary = "Canary-4711";

const known = (installation: Installation): Installation => ({
  ...installation,
  describe: async () => ({ name: run, input: {} }) as ExecutionDescription,
  // A model that says: the second word, and not the first.
  explain: async (_, { text, at }) => ({
    ...{ label: "problem", baseline: 0, score: 1, sum: 1, tolerance: 0.1, complete: true, passes: 50 },
    at: { start: at ?? 0, end: text.length },
    words: [
      { start: 0, end: 3, weight: -1 },
      { start: 4, end: 4 + canary.length, weight: 2 },
    ],
  }),
});

const consoles: Record<string, OpenConsole> = {};
beforeAll(async () => {
  for (const showNotes of [false, true]) {
    const one = await openConsole({ wrap: known, showNotes });
    consoles[String(showNotes)] = one;
    const { store } = one.pipeline;
    const prefix = `runs/${run}/`;
    await writeJson(store, `${prefix}evaluation/0/analysis.json`, analysisSchema.examples[0]);
    const error = {
      document,
      start: 1,
      end: 2,
      kind: "missed",
      gold: "problem",
      predicted: null,
      score: 0.9,
    };
    for (const list of ["errors", "suspects"])
      await store.write(`${prefix}evaluation/0/${list}.jsonl`, `${JSON.stringify(error)}\n`);
    const row = {
      document,
      tokens: ["has", canary, "<script>alert(1)</script>"],
      tags: ["O", "B-problem", "O"],
    };
    await store.write(`${prefix}dataset/test.jsonl`, `${JSON.stringify(row)}\n`);
    await store.write(`${prefix}model.tar.gz`, canary);
  }
});
afterAll(async () => {
  for (const one of Object.values(consoles)) await one.close();
});

const wordsPath = `/runs/${run}/words?document=${document}&place=1`;

it("shows which words made an answer only if it was started to show notes, and never in its title or twin", async () => {
  const hidden = await consoles.false!.look(wordsPath);
  expect([hidden.status, hidden.text.includes(canary)]).toEqual([404, false]);
  const console = consoles.true!;
  expect((await console.look(`/runs/${run}/errors`)).text).toContain(
    `<a href="${wordsPath.replace("&", "&amp;")}">words</a>`,
  );
  const { text } = await console.look(wordsPath);
  expect(text).toContain(`<s><b>has</b></s> <u><mark><b>${canary}</b></mark></u> &lt;script&gt;alert(1)`);
  expect(/<title>(.*)<\/title>/.exec(text)![1]).not.toContain(canary);
  const twin = await console.look(wordsPath.replace("words?", "words.json?"));
  expect([twin.text.includes('"weight":2'), twin.text.includes(canary)]).toEqual([true, false]);
  expect((await console.look(`/runs/${run}/words?document=0000000000000000`)).status).toBe(404);
});

const paths = [`/runs/${run}/errors`, `/runs/${run}/errors?list=suspects&label=problem`];

it("shows no text of a note unless it was started to", async () => {
  const console = consoles.false!;
  for (const path of [...paths, `/runs/${run}/files`, `/runs/${run}/errors.json`]) {
    const { status, text } = await console.look(path);
    expect([path, status, text.includes(canary)]).toEqual([path, 200, false]);
  }
  for (const name of [
    "dataset/test.jsonl",
    "model.tar.gz",
    "dataset/../dataset/test.jsonl",
    "dataset%2Ftest.jsonl",
  ]) {
    const { status, text } = await console.look(`/runs/${run}/file/${name}`);
    expect([name, status, text.includes(canary)]).toEqual([name, 404, false]);
  }
});

it("shows it with --show-notes on that page alone, marked and escaped, and never in its title or twin", async () => {
  const console = consoles.true!;
  for (const path of paths) {
    const { text } = await console.look(path);
    expect(text).toContain(`<mark>${canary}</mark>`);
    expect(text).toContain("&lt;script&gt;alert(1)");
    if (path.includes("suspects")) expect(text).toContain("Suspects: missed");
    expect(text).not.toContain("<script>alert");
    expect(/<title>(.*)<\/title>/.exec(text)![1]).not.toContain(canary);
  }
  expect((await console.look(`/runs/${run}/errors.json`)).text).not.toContain(canary);
  expect((await console.look(`/runs/${run}/file/dataset/test.jsonl`)).text).toContain(canary);
  expect([...console.said, ...console.faults].join()).not.toContain(canary);
});
