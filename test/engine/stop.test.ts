// `pbp stop`: a request in the execution's folder reaches the engine of another process.
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { resumeExecution, startExecution } from "../../pipeline/local/engine/executions.ts";
import { requestStop } from "../../pipeline/local/engine/stop-request.ts";
import { executionFiles, homeAt } from "../../pipeline/local/machine/home.ts";

let folder = "";
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "pbp-stop-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

const resource = "arn:aws:states:::lambda:invoke";
const definition = {
  QueryLanguage: "JSONata",
  StartAt: "Work",
  States: { Work: { Type: "Task", Resource: resource, Arguments: {}, End: true } },
};

test("a request stops what runs, and is over with it", async () => {
  const home = homeAt(folder);
  const files = executionFiles(home, "run-1");
  const tasks = {
    [resource]: async (_: unknown, { signal }: { signal: AbortSignal }) => {
      requestStop(files.folder);
      await new Promise((resolve) => signal.addEventListener("abort", resolve));
      return {};
    },
  };
  const stopped = await startExecution({ home, definition, name: "run-1", input: {}, tasks });
  expect(stopped.status).toBe("ABORTED");
  expect(existsSync(join(files.folder, "stop"))).toBe(false);

  // A request that came too late is not meant for the engine that comes next.
  writeFileSync(join(files.folder, "stop"), "");
  const resumed = await resumeExecution({ home, name: "run-1", tasks: { [resource]: async () => ({}) } });
  expect(resumed.status).toBe("SUCCEEDED");
});
