// Why this step exists: everything an execution did ends in one receipt for programs and one message for people. The
// machine calls it with a verdict, and publishes the message in its next state. EventBridge calls it when an execution
// failed, timed out or was stopped, because there no state of the machine runs any more; then it publishes by itself. The
// operators' machine calls it with what became of a run's model later: approved, forced, declined or published again.
import { isDeepStrictEqual } from "node:util";
import { runPrefix } from "../schemas/bucket.ts";
import verdictSchema from "../schemas/evaluation/verdict.schema.json" with { type: "json" };
import executionInputSchema from "../schemas/execution/execution-input.schema.json" with { type: "json" };
import runReceiptSchema from "../schemas/execution/run-receipt.schema.json" with { type: "json" };
import { type Settings, settingsOf } from "../schemas/execution/settings.ts";
import { modelOf } from "../schemas/models/registered-models.ts";
import { NamedError } from "../schemas/tables/errors.ts";
import type { RunReceipt, Verdict } from "../schemas/types.ts";
import { remember } from "./approval/waiting.ts";
import { parseObject } from "./formats/parse-object.ts";
import { door } from "./lambda/door.ts";
import { environment } from "./lambda/environment.ts";
import { task } from "./lambda/task.ts";
import { type Amendment, type Event, event } from "./notify/event.ts";
import { complete } from "./notify/execution.ts";
import { wordMessage } from "./notify/message.ts";
import { writePages } from "./notify/pages.ts";
import {
  receiptOfFailure,
  receiptOfRun,
  type StatusChange,
  withOutside,
  withWhatItUsed,
} from "./notify/receipt.ts";
import { publish } from "./notify/topic.ts";
import { sendRun } from "./notify/tracking.ts";
import { readUsed } from "./notify/used.ts";
import { readCheckedOrNull } from "./store/checked.ts";
import { openStore } from "./store/open.ts";
import { type ObjectStore, readJson, writeJson } from "./store/store.ts";

type Notice = { receiptKey: string; subject: string; message: string };

const checkReceipt = door<RunReceipt>(runReceiptSchema, { what: "receipt.json", name: "TaskFailed" });
const checkInput = door<Parameters<typeof settingsOf>[0]>(executionInputSchema, {
  what: "The execution's input",
  name: "TaskFailed",
  useDefaults: true,
});
const checkVerdict = door<Verdict>(verdictSchema, { what: "verdict.json", name: "TaskFailed" });

export const handler = task(event, async (received: Event): Promise<Notice> => {
  const store = await openStore({ driver: environment.objectStore, bucket: environment.dataBucket });
  if ("execution" in received) return amend(store, received);
  if ("detail" in received) return announceFailure(store, await complete(received.detail));
  const receipt = checkReceipt(receiptOfRun(received, new Date().toISOString()));
  await writeJson(store, keyOf(receipt.execution, "receipt"), receipt);
  if (receipt.approval)
    await remember(store, {
      execution: receipt.execution,
      model: modelOf(received.run),
      since: receipt.endedAt,
      remindedAt: null,
    });
  return noticeOf(await withPages(store, receipt));
});

/** Lets receipt and pages say what became of the model since. @returns the message as it would be worded now. */
async function amend(store: ObjectStore, { execution, ...outside }: Amendment): Promise<Notice> {
  const before = checkReceipt(await readJson(store, keyOf(execution, "receipt")));
  const receipt = checkReceipt(withOutside(before, outside));
  await writeJson(store, keyOf(execution, "receipt"), receipt);
  return noticeOf(await withPages(store, receipt));
}

/**
 * EventBridge delivers an event at least once, and a call that failed is repeated. So the receipt says that the message
 * was published: the same failure again publishes nothing. Only a call that dies between the two says it twice. What
 * cannot be published throws: Lambda repeats the call, and keeps the event in the dead-letter queue in the end.
 */
async function announceFailure(store: ObjectStore, change: StatusChange): Promise<Notice> {
  const key = keyOf(change.name, "receipt");
  // null also for a file that is damaged: that must not keep the failure from being told.
  const before = await readCheckedOrNull(store, key, checkReceipt);
  const verdict = await readCheckedOrNull(store, keyOf(change.name, "verdict"), checkVerdict);
  const failure = receiptOfFailure(change, before, verdict, settingsAskedFor(change.input));
  // A redriven execution that fails again has another end.
  if (before?.announcedAt && isSameEnd(before, failure)) return noticeOf(before);
  const receipt = await withUse(checkReceipt(failure), change.executionArn);
  const notice = noticeOf(receipt);
  await writeJson(store, key, receipt);
  await publish(environment.topic, notice);
  const shown = await withPages(store, receipt);
  await writeJson(store, key, { ...shown, announcedAt: new Date().toISOString() });
  return notice;
}

const isSameEnd = (one: RunReceipt, other: RunReceipt) =>
  isDeepStrictEqual([one.status, one.endedAt, one.error], [other.status, other.endedAt, other.error]);

const unknownUse = "What its jobs took and cost is not known: ";

/** What the execution used. That it cannot be told keeps no failure from being told: then it is a warning. */
async function withUse(receipt: RunReceipt, executionArn: string | undefined): Promise<RunReceipt> {
  if (executionArn === undefined) return receipt;
  const warnings = (receipt.warnings ?? []).filter((warning) => !warning.startsWith(unknownUse));
  try {
    return checkReceipt(withWhatItUsed({ ...receipt, warnings }, await readUsed(executionArn)));
  } catch (error) {
    // Its name alone: a message may quote what was read.
    const why = error instanceof Error ? error.name : "Error";
    return { ...receipt, warnings: [...warnings, `${unknownUse}${why}.`] };
  }
}

/**
 * Writes the run's pages, and sends it to MLflow where one is named. The receipt is there before, and again with a warning
 * for each that could not be done.
 */
async function withPages(store: ObjectStore, receipt: RunReceipt): Promise<RunReceipt> {
  const missing = await writePages(store, receipt, {
    options: environment.commandOptions,
    modelCard: environment.modelCard,
  });
  const warnings = await sendRun(
    store,
    { ...receipt, warnings: missing },
    { where: environment.tracking, options: environment.commandOptions },
  );
  if (isDeepStrictEqual(warnings, receipt.warnings ?? [])) return receipt;
  const warned = checkReceipt({ ...receipt, warnings });
  await writeJson(store, keyOf(receipt.execution, "receipt"), warned);
  return warned;
}

function noticeOf(receipt: RunReceipt): Notice {
  const receiptKey = keyOf(receipt.execution, "receipt");
  return { receiptKey, ...wordMessage(receipt, environment.commandOptions) };
}

/** null for an input that ValidateInput would refuse, too: that is what such an execution fails with. */
function settingsAskedFor(input: StatusChange["input"]): Settings | null {
  const asked = parseObject(input);
  try {
    return asked && settingsOf(checkInput(structuredClone(asked)), null, asked);
  } catch (error) {
    if (error instanceof NamedError) return null;
    throw error;
  }
}

const keyOf = (execution: string, what: "receipt" | "verdict") => `${runPrefix(execution)}${what}.json`;
