// A function's bundle on a larger host: a Fargate task, which has hours where Lambda has minutes.
//
//   node containers/functions/task.ts promote <key of the event> <key for the answer>
//
// Both lie in the bucket. The answer is { "result": … } or { "error": { "name": …, "message": … } }: what the function
// returned, or threw; either ends with exit code 0. A task that is killed leaves none, and may be run again, as the
// function may.
import { openStore } from "../../tasks/store/open.ts";
import { readJson, writeJson } from "../../tasks/store/store.ts";
import { handlerOf, reasonOf } from "./bundle.ts";

const otherwise = "PromotionFailed";
// What a shell reports of a process that SIGTERM or `timeout` ended.
const [stopped, timedOut] = [128 + 15, 124];
const { OBJECT_STORE: driver = "", DATA_BUCKET: bucket = "", TIME_LIMIT_SECONDS } = process.env;
const [name = "", eventKey = "", answerKey = ""] = process.argv.slice(2);

process.once("SIGTERM", () => end("stopped by SIGTERM before it was finished", stopped));
// As in Lambda, an error that nobody awaits ends the function; its text may quote the data.
process.once("uncaughtException", ({ name }) => end(`${name}, which nobody awaited`, 1));
setTimeout(() => end("not finished within its time limit", timedOut), Number(TIME_LIMIT_SECONDS) * 1000);

const store = await openStore({ driver, bucket });
const answer = await answered();
await writeJson(store, answerKey, answer);
if ("error" in answer) console.error(`${answer.error.name}: ${answer.error.message}`);
process.exit(0);

async function answered(): Promise<{ result: unknown } | { error: { name: string; message: string } }> {
  try {
    const handler = await handlerOf(name);
    return { result: await handler(await readJson(store, eventKey)) };
  } catch (error) {
    return { error: reasonOf(error, otherwise) };
  }
}

function end(message: string, code: number): never {
  console.error(`${otherwise}: ${message}`);
  process.exit(code);
}
