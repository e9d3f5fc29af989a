// The commands by which a person has the last word. Who may, and when it is refused: test/promote/approval.test.ts.
import { mkdtempSync, rmSync } from "node:fs";
import { hostname, tmpdir, userInfo } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { homeAt } from "../../pipeline/local/machine/home.ts";
import { bucket } from "../../pipeline/local/pipeline.ts";
import { currentChampion } from "../../tasks/models/champion.ts";
import { type FileStore, openFileStore } from "../../tasks/store/fs.ts";
import { waitsIn } from "../promote/waits.ts";
import { lastLine, pbp } from "./helpers.ts";

const folder = mkdtempSync(join(tmpdir(), "pbp-approve-"));
const { models, store: root } = homeAt(folder);
let store: FileStore;
beforeAll(async () => {
  store = await openFileStore(root, bucket);
});
afterAll(() => rmSync(folder, { recursive: true }));

const me = `${userInfo().username}@${hostname()}`;
const inHome = (...line: string[]) => pbp(...line, "--home", folder);

test("pbp approve --json prints the entry of the history, and nothing else", async () => {
  await waitsIn({ store, models }, "first");
  const { code, stdout, stderr } = await inHome("approve", "first", "--reason", "read 50 notes", "--json");
  expect({ code, stderr, lines: stdout.trimEnd().split("\n").length }).toEqual({
    code: 0,
    stderr: "",
    lines: 1,
  });
  const record = lastLine(stdout);
  const { version } = (await currentChampion(models))!;
  expect(record).toMatchObject({ generation: 1, version, from: null, action: "promote", execution: "first" });
  expect(record).toMatchObject({ reason: "read 50 notes", approvedBy: me, startedBy: "somebody@else" });
  const { generations } = lastLine((await inHome("history", "--json")).stdout) as { generations: object[] };
  expect(generations).toEqual([expect.objectContaining({ generation: 1, approvedBy: me, inUse: true })]);
});

test("the same command again tells the same entry, and without a reason it is refused", async () => {
  const [entry] = (lastLine((await inHome("history", "--json")).stdout) as { generations: object[] })
    .generations;
  const again = await inHome("approve", "first", "--reason", "read 50 notes", "--json");
  expect(again).toMatchObject({ code: 0, stderr: "" });
  const record = lastLine(again.stdout);
  expect(entry).toMatchObject(record);
  expect(record).toMatchObject({ generation: 1, reason: "read 50 notes" });
  // Another reason is another request, and the log has the first one.
  const other = await inHome("approve", "first", "--reason", "once more");
  expect(other).toMatchObject({ code: 1, stderr: expect.stringContaining("approved already") });
  const without = await inHome("approve", "first", "--json");
  expect(without.code).toBe(1);
  expect(lastLine(without.stdout)).toMatchObject({ error: { name: "UsageError" } });
  expect(await currentChampion(models)).toMatchObject({ generation: 1 });
});

test("pbp decline --json prints the decision; the model in use stays, and an approval is refused", async () => {
  await waitsIn({ store, models }, "second");
  const { code, stdout } = await inHome("decline", "second", "--reason", "misses doses", "--json");
  expect({ code, told: lastLine(stdout) }).toEqual({
    code: 0,
    told: { execution: "second", decision: "declined", reason: "misses doses" },
  });
  const refused = await inHome("approve", "second", "--reason", "still", "--json");
  expect(refused.code).toBe(1);
  expect(lastLine(refused.stdout)).toEqual({
    error: {
      name: "InvalidInput",
      message: expect.stringMatching(/^second was declined already, by \S+ at /),
    },
  });
  expect(await currentChampion(models)).toMatchObject({ generation: 1, execution: "first" });
});
