// Who may put a waiting model in use, and when it is refused: one table, through the doors of both engines. On one machine
// that is the command line's installation; in AWS the operators' machine with its function.
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import type { Json } from "../../pipeline/local/engine/definition.ts";
import { startExecution } from "../../pipeline/local/engine/executions.ts";
import { TaskError, type TaskRunners } from "../../pipeline/local/engine/task-runner.ts";
import { localInstallation } from "../../pipeline/local/installation.ts";
import type { Pipeline } from "../../pipeline/local/pipeline.ts";
import type { ApprovalDecision, PromotionRecord, Run, RunReceipt } from "../../schemas/types.ts";
import { modelsDefinition } from "../../states/models.ts";
import { fillIn, placeholdersOf } from "../../states/placeholders.ts";
import { allWaiting } from "../../tasks/approval/all-waiting.ts";
import { approve } from "../../tasks/approval/approve.ts";
import { readDecision } from "../../tasks/approval/decision.ts";
import { requireSomeoneElse } from "../../tasks/approval/four-eyes.ts";
import { currentChampion } from "../../tasks/models/champion.ts";
import { readHistory } from "../../tasks/models/history.ts";
import { rollback } from "../../tasks/models/rollback.ts";
import { handler as notifyHandler } from "../../tasks/notify.ts";
import { handler } from "../../tasks/operators/approve.ts";
import { handler as forceHandler } from "../../tasks/operators/force-promotion.ts";
import { promote } from "../../tasks/promote/promotion.ts";
import { handler as publishHandler } from "../../tasks/publish.ts";
import { handler as registerHandler } from "../../tasks/register.ts";
import { handler as remind } from "../../tasks/remind-approvals.ts";
import { readJson, writeJson } from "../../tasks/store/store.ts";
import { temporaryHome } from "../engine/journal.ts";
import { deploy, failure } from "../tasks/deployment.ts";
import { trained } from "./execution.ts";
import { waitsIn } from "./waits.ts";

let deployment: Awaited<ReturnType<typeof deploy>>;
/** As the local installation says it. */
let me = "";
beforeEach(async () => {
  deployment = await deploy();
  vi.stubEnv("KEEP_VERSIONS", "3");
  const { userInfo, hostname } = await import("node:os");
  me = `${userInfo().username}@${hostname()}`;
});
afterEach(() => deployment.remove());

const places = () => ({ store: deployment.store, modelsFolder: deployment.models, keep: 3 });

const waits = (name: string, of?: Parameters<typeof waitsIn>[2]) => waitsIn(deployment, name, of);

type Action = "approve" | "decline" | "promote";
type Ask = (action: Action, execution: string, reason?: string) => Promise<PromotionRecord | null>;
let serial = 0;

type Handler = (event: never) => Promise<unknown>;

/** The operators' machine as it is deployed, with the real functions behind it, or others instead. */
const throughMachineWith =
  (others: Record<string, Handler>): Ask =>
  async (action, execution, reason = "looks right") => {
    const handlers: Record<string, Handler> = {
      ApproveFunctionArn: handler,
      ForcePromotionFunctionArn: forceHandler,
      PublishFunctionArn: publishHandler,
      RegisterFunctionArn: registerHandler,
      NotifyFunctionArn: notifyHandler,
      ...others,
    };
    const tasks: TaskRunners = {
      "arn:aws:states:::lambda:invoke": async (args) => {
        const { FunctionName, Payload } = args as { FunctionName: string; Payload: never };
        const answer = await handlers[FunctionName]!(Payload).catch((error: Error) => {
          const { name: errorType, message: errorMessage } = error;
          throw new TaskError(errorType, JSON.stringify({ errorType, errorMessage }));
        });
        return { Payload: answer as Json };
      },
      "arn:aws:states:::sns:publish": async () => ({ MessageId: "1" }),
    };
    const names = placeholdersOf(modelsDefinition).map((name) => [name, name]);
    const ended = await startExecution({
      home: temporaryHome(),
      definition: fillIn(modelsDefinition, {
        ...Object.fromEntries(names),
        Partition: "aws",
      }) as unknown as Json,
      name: `${action}-me-${++serial}`,
      input: { action, execution, reason, by: me },
      tasks,
    });
    if (ended.status === "SUCCEEDED") return (ended.output as { promotion: PromotionRecord }).promotion;
    const { errorMessage } = JSON.parse(ended.cause!) as { errorMessage: string };
    throw Object.assign(new Error(errorMessage), { name: ended.error! });
  };

const throughMachine = throughMachineWith({});

/** What `pbp approve` and the console call on one machine. */
const throughInstallation: Ask = async (action, execution, reason = "looks right") => {
  const home = { ...temporaryHome(), models: deployment.models };
  const { approve, decline, forcePromotion } = localInstallation({
    ...({ home, store: deployment.store, bucket: "pbp-test", temporary: home.temporary } as Pipeline),
  });
  if (action === "approve") return approve({ execution, reason });
  if (action === "promote") return forcePromotion({ execution, reason });
  await decline({ execution, reason });
  return null;
};

const receiptOf = async (execution: string) =>
  (await readJson(deployment.store, `runs/${execution}/receipt.json`)) as RunReceipt;

describe.each<[string, Ask]>([
  ["on one machine", throughInstallation],
  ["through the operators' machine", throughMachine],
])("%s", (_, ask) => {
  test("an approval promotes that very model, and log, receipt and page say who and why", async () => {
    await promote(await trained(deployment.store, "first"), places());
    await waits("second");
    const record = await ask("approve", "second", "read 50 notes");
    expect(record).toMatchObject({
      generation: 2,
      action: "promote",
      execution: "second",
      reason: "read 50 notes",
      approvedBy: me,
      startedBy: "somebody@else",
      from: expect.stringMatching(/^000001-/),
    } satisfies Partial<Record<keyof PromotionRecord, unknown>>);
    expect(await currentChampion(deployment.models)).toMatchObject({ generation: 2, execution: "second" });
    const decision = { decision: "approved", by: me, reason: "read 50 notes", actor: record!.actor };
    expect(await receiptOf("second")).toMatchObject({
      generation: 2,
      version: record!.version,
      approval: { asked: "required", decision },
    });
    expect(await allWaiting(deployment.store)).toEqual([]);
    expect(await readDecision(deployment.store, "second")).toMatchObject(decision);
  });

  test("the first model of all can wait, too; and a run that an export started was started by nobody", async () => {
    await waits("first", { run: { approval: "four-eyes" } });
    const { startedBy: _, ...run } = (
      (await readJson(deployment.store, "runs/first/challenger.json")) as { run: Run }
    ).run;
    const challenger = (await readJson(deployment.store, "runs/first/challenger.json")) as object;
    await writeJson(deployment.store, "runs/first/challenger.json", { ...challenger, run });
    expect(await ask("approve", "first")).toMatchObject({ generation: 1, from: null, startedBy: null });
  });

  test("a model that was declined never comes into use, whoever asks and however", async () => {
    await waits("first");
    await ask("decline", "first", "misses medications");
    expect(await receiptOf("first")).toMatchObject({
      generation: null,
      approval: { decision: { decision: "declined", by: me, reason: "misses medications" } },
    });
    expect(await allWaiting(deployment.store)).toEqual([]);
    const refused = await failure(ask("approve", "first"));
    expect(refused).toEqual({
      name: "InvalidInput",
      message: expect.stringMatching(/^first was declined already, by \S+ at \S+: misses medications$/),
    });
    for (const again of ["promote", "decline"] as const)
      expect((await failure(ask(again, "first"))).message).toMatch(/^first was declined already, by/);
    expect(await currentChampion(deployment.models)).toBeNull();
  });

  test.each<[string, string, RegExp, Action, () => Promise<unknown>]>([
    ["an unknown execution", "InvalidInput", /verdict\.json is missing/, "approve", async () => undefined],
    [
      "a model that the gate has rejected",
      "InvalidInput",
      /has said reject.*pbp promote run-1 --force/,
      "approve",
      () => waits("run-1", { verdict: { verdict: "reject" } }),
    ],
    [
      "one that the gate cannot tell apart",
      "InvalidInput",
      /has said inconclusive/,
      "decline",
      () => waits("run-1", { verdict: { verdict: "inconclusive" } }),
    ],
    [
      "a run that needed no approval",
      "InvalidInput",
      /needed no approval/,
      "approve",
      () => waits("run-1", { run: { approval: "none" } }),
    ],
    [
      "the person who started the run, where four eyes are asked for",
      "InvalidInput",
      /another person must approve/,
      "approve",
      () => waits("run-1", { run: { approval: "four-eyes", startedBy: me } }),
    ],
    [
      "the same by force",
      "InvalidInput",
      /another person must approve/,
      "promote",
      () => waits("run-1", { run: { approval: "four-eyes", startedBy: me }, verdict: { verdict: "reject" } }),
    ],
    [
      "a force that would spare the approval",
      "InvalidInput",
      /pbp approve run-1/,
      "promote",
      () => waits("run-1"),
    ],
    [
      "one since whose verdict another model came into use",
      "StaleChampion",
      /another model came into use since run-1 was judged.*pbp rerun run-1/,
      "approve",
      async () => {
        await waits("run-1");
        await promote(await trained(deployment.store, "other"), places());
      },
    ],
    [
      "one since whose verdict the champion was rolled back",
      "StaleChampion",
      /pbp rerun run-1/,
      "approve",
      async () => {
        await promote(await trained(deployment.store, "one"), places());
        await promote(
          await trained(deployment.store, "two", await currentChampion(deployment.models)),
          places(),
        );
        await waits("run-1");
        await rollback({ modelsFolder: deployment.models, actor: "jdoe@ops", reason: "so" });
      },
    ],
    [
      "one whose model is not kept any more",
      "InvalidInput",
      /is not kept any more.*pbp rerun run-1/,
      "approve",
      async () => {
        await waits("run-1");
        await deployment.store.remove("runs/run-1/trials/0/model/t-1/output/model.tar.gz");
      },
    ],
    [
      "a decision that is damaged, which is not none",
      "InvalidInput",
      /approval\.json/,
      "approve",
      async () => {
        await waits("run-1");
        await writeJson(deployment.store, "runs/run-1/approval.json", { decision: "Canary" });
      },
    ],
  ])("refuses %s", async (_, name, message, action, prepare) => {
    await prepare();
    const before = await readHistory(deployment.models);
    const refused = await failure(ask(action, "run-1"));
    expect(refused).toEqual({ name, message: expect.stringMatching(message) });
    expect(refused.message).not.toContain("Canary");
    expect(await readHistory(deployment.models)).toEqual(before);
  });

  test("starting a run alone does not keep one from approving it, unless four eyes are asked for", async () => {
    await waits("first", { run: { startedBy: me } });
    expect(await ask("approve", "first")).toMatchObject({ approvedBy: me, startedBy: me });
  });

  test("after a change of the champion the run can still be closed", async () => {
    await waits("run-1");
    await promote(await trained(deployment.store, "other"), places());
    await ask("decline", "run-1");
    expect(await readDecision(deployment.store, "run-1")).toMatchObject({ decision: "declined" });
  });
});

test("the receipt of an approved run says what became of its model outside, and so does that of a declined one", async () => {
  const publication = { status: "published", endpoint: "pbp-keyphrases", message: "It takes it up." };
  const told = { package: "arn:aws:sagemaker:us-east-1:1:model-package/pbp/1", message: "Version 1." };
  const ask = (status: string) =>
    throughMachineWith({
      PublishFunctionArn: async () => publication,
      RegisterFunctionArn: async () => ({ status, ...told }),
    });
  await waits("first");
  const { generation } = (await ask("Approved")("approve", "first"))!;
  expect(await receiptOf("first")).toMatchObject({
    generation,
    publication,
    registration: { status: "Approved", ...told },
    approval: { decision: { decision: "approved" } },
  });
  await waits("second");
  await ask("Rejected")("decline", "second");
  const declined = await receiptOf("second");
  expect(declined.registration).toEqual({ status: "Rejected", ...told });
  expect(declined).not.toHaveProperty("publication");
  // A receipt that cannot be written takes nothing back.
  await waits("third");
  const lost = throughMachineWith({
    NotifyFunctionArn: async () => {
      throw Object.assign(new Error("no"), { name: "TaskFailed" });
    },
  });
  expect(await lost("approve", "third")).toMatchObject({ generation: 2 });
});

const request = (by: string) => ({ execution: "first", actor: by, by, reason: "so" });
const drawn = () => ({ ...places(), options: "", modelCard: null });

test("of two people one decides, and the other is told who", async () => {
  await waits("first");
  await approve(request("a@ops"), drawn());
  expect((await failure(approve(request("b@ops"), drawn()))).message).toMatch(/approved already, by a@ops/);
  // The same request once more is one whose reply was lost.
  expect(await approve(request("a@ops"), drawn())).toMatchObject({ generation: 1, approvedBy: "a@ops" });
  // With another reason it is another request, whose reason no log would have.
  const other = approve({ ...request("a@ops"), reason: "read them all" }, drawn());
  expect((await failure(other)).message).toMatch(/approved already, by a@ops at \S+: so$/);
  expect(await readHistory(deployment.models)).toHaveLength(1);
});

test("an approval that died before its promotion is finished by whoever asks next", async () => {
  await waits("first");
  const decision: ApprovalDecision = {
    ...{ decision: "approved", by: "a@ops", actor: "approve-a-1", reason: "read them" },
    at: new Date().toISOString(),
  };
  await writeJson(deployment.store, "runs/first/approval.json", decision);
  expect(await approve(request("b@ops"), drawn())).toMatchObject({
    generation: 1,
    approvedBy: "a@ops",
    reason: "read them",
  });
});

test("many at once: one decision, one generation", async () => {
  await waits("first");
  const asked = Array.from({ length: 6 }, (_, one) => approve(request(`p${one}@ops`), drawn()));
  const ended = await Promise.allSettled(asked);
  expect(ended.some(({ status }) => status === "fulfilled")).toBe(true);
  const [entry, ...more] = await readHistory(deployment.models);
  expect(more).toEqual([]);
  expect(entry!.approvedBy).toBe((await readDecision(deployment.store, "first"))!.by);
});

test("what waits is mentioned once a day, until somebody has decided or its files are gone", async () => {
  await waits("first");
  vi.useFakeTimers({ toFake: ["Date"], now: Date.now() + 3_600_000 });
  try {
    expect(await remind({})).toEqual({ waiting: 1, reminded: [] });
    vi.setSystemTime(Date.now() + 24 * 3_600_000);
    expect(await remind({})).toEqual({ waiting: 1, reminded: ["first"] });
    expect(await remind({})).toEqual({ waiting: 1, reminded: [] });
    vi.setSystemTime(Date.now() + 48 * 3_600_000);
    expect(await remind({})).toEqual({ waiting: 1, reminded: ["first"] });
    const notices = deployment.notices();
    expect(notices.map(({ Subject }) => Subject)).toEqual(Array(2).fill("Still awaiting approval: first"));
    expect(notices[1]!.Message).toContain("for 3 days");
    expect(notices[1]!.Message).toContain("pbp approve first --reason");
    // A decision whose maker died before it could say so.
    const at = new Date().toISOString();
    const decision = { decision: "declined", by: "a@ops", actor: "a@ops", reason: "no", at };
    await writeJson(deployment.store, "runs/first/approval.json", decision);
    expect(await remind({})).toEqual({ waiting: 0, reminded: [] });
    expect(await allWaiting(deployment.store)).toEqual([]);
  } finally {
    vi.useRealTimers();
  }
});

const session = (role: string, name: string) => `arn:aws:sts::123456789012:assumed-role/${role}/${name}`;
const identityCenter = "AWSReservedSSO_Operators_0123456789abcdef";

test.each([
  ["the same session", session("Ops", "ann"), session("Ops", "ann"), /^You started/],
  [
    "sessions of one role",
    session("Ops", "botocore-session-1"),
    session("Ops", "botocore-session-2"),
    /may be you/,
  ],
  ["one name in two roles", session("Ops", "ann"), session("Admins", "ann"), /may be you/],
  ["two roles", session("Ops", "s-1"), session("Admins", "s-2"), null],
  ["two users of IAM Identity Center", session(identityCenter, "ann"), session(identityCenter, "bob"), null],
  ["two users", "arn:aws:iam::123456789012:user/ann", "arn:aws:iam::123456789012:user/bob", null],
])("four eyes: %s", (_, startedBy, by, said) => {
  const run = { execution: "first", approval: "four-eyes", startedBy } as Run;
  if (said) expect(() => requireSomeoneElse(run, by)).toThrow(said);
  else requireSomeoneElse(run, by);
});
