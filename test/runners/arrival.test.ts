import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { bundleLambdaHost, bundleTasks } from "../../pipeline/bundle.ts";
import { EngineError } from "../../pipeline/local/engine/engine-error.ts";
import { type EventBus, openEventBus } from "../../pipeline/local/events/event-bus.ts";
import { watchIncoming } from "../../pipeline/local/events/incoming.ts";
import { openSfnEndpoint, type SfnEndpoint } from "../../pipeline/local/events/sfn-endpoint.ts";
import { lambda } from "../../pipeline/local/functions/lambda-runner.ts";
import { homeAt } from "../../pipeline/local/machine/home.ts";
import { MACHINE_ARN } from "../../pipeline/local/machine/identity.ts";
import { exportArrived } from "../../pipeline/rules.ts";
import { openFileStore } from "../../tasks/store/fs.ts";

const folder = mkdtempSync(join(tmpdir(), "pbp-arrival-"));
const home = homeAt(folder);
const started = new Map<string, unknown>();
const answers: unknown[] = [];
let endpoint: SfnEndpoint;
let bus: EventBus;

beforeAll(async () => {
  // Where they are always built: the SDK, which Lambda brings, is found from there.
  const [host] = await Promise.all([bundleLambdaHost(), bundleTasks()]);
  const invoke = lambda({ host, home, variables: { STATE_MACHINE_ARN: MACHINE_ARN } });
  endpoint = await openSfnEndpoint({
    start: async (name, input) => {
      if (started.has(name)) throw new EngineError("ExecutionAlreadyExists", "the name is taken");
      started.set(name, input);
      return { executionArn: `arn:${name}`, startDate: new Date().toISOString() };
    },
  });
  const deliver = async (event: unknown) =>
    answers.push(await invoke("start-execution", event, { extraVariables: endpoint.environment }));
  bus = await openEventBus(home, [{ rule: exportArrived("pbp-local"), name: "start-execution", deliver }]);
});
afterAll(async () => {
  await bus.close();
  await endpoint.close();
  rmSync(folder, { recursive: true });
});

test("a file that is dropped becomes one execution, through the function and the SDK that AWS runs, however often its event comes", async () => {
  mkdirSync(home.incoming);
  writeFileSync(join(home.incoming, "week 47.json"), '{"records":[]}');
  const store = await openFileStore(home.store, "pbp-local");
  const abort = new AbortController();
  let looks = 0;
  await watchIncoming({
    home,
    store,
    bucket: "pbp-local",
    signal: abort.signal,
    async emit(event) {
      await bus.put(event);
      await bus.put(event);
    },
    clock: { now: () => 0, sleep: async () => void (++looks === 2 && abort.abort()) },
  });
  await bus.idle();
  expect([...started.values()]).toEqual([
    { source: { bucket: "pbp-local", key: "incoming/week 47.json", versionId: "1" } },
  ]);
  const [name] = [...started.keys()];
  expect(name).toMatch(/^week-47-[0-9a-f]{16}$/);
  expect(answers).toHaveLength(2);
  expect(answers).toContainEqual({ executionArn: `arn:${name}` });
  expect(answers).toContainEqual({ duplicate: true });
});
