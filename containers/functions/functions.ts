// A function's bundle on a larger host: a SageMaker processing job, whose disk and time are those of its instance.
//
//   node containers/functions/functions.ts preprocess
//
// It reads the event's `run` from the channel of that name, and leaves what the function returns as answer.json. An error
// goes where every processing job leaves its own, as "<ErrorName>: <sentence>": there explain-job-failure finds it.
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { handlerOf, reasonOf } from "./bundle.ts";

// SageMaker's root, where nobody says otherwise; and how much it keeps of what a job says.
const base = process.env.SAGEMAKER_BASE_DIR ?? "/opt/ml";
const messageBytes = 1024;
/** What a shell reports of a process that SIGTERM ended. */
const stopped = 128 + 15;

const [name = ""] = process.argv.slice(2);
const output = join(base, "processing/output/answer");
const temporary = join(output, "tmp");

process.once("SIGTERM", () => end("PreprocessFailed: stopped by SIGTERM before it was finished", stopped));
// As in Lambda, an error that nobody awaits ends the function; its text may quote the data.
process.once("uncaughtException", ({ name }) => end(`PreprocessFailed: ${name}, which nobody awaited`, 1));

try {
  // An output's folder lies on the volume whose size was asked for; of /tmp nobody says so.
  mkdirSync(temporary, { recursive: true });
  process.env.TMPDIR = temporary;
  process.env.AWS_REGION ??= readRegion();
  const handler = await handlerOf(name);
  const answer = await handler({ run: readRun() });
  rmSync(temporary, { recursive: true });
  writeFileSync(join(output, "answer.json"), JSON.stringify(answer));
  process.exit(0);
} catch (error) {
  const { name, message } = reasonOf(error, "PreprocessFailed");
  end(`${name}: ${message}`, 1);
}

function readRun(): unknown {
  try {
    return JSON.parse(readFileSync(join(base, "processing/input/run/run.json"), "utf8"));
  } catch {
    return end("PreprocessFailed: expected the run that ValidateInput wrote in the channel run", 1);
  }
}

/**
 * Without the variable AWS's SDK refuses to begin. SageMaker sets it, as AWS's own Spark image relies on (aws/
 * sagemaker-spark-container, pull request 74), but no page of its guide promises that; the job's ARN names the region, too.
 */
function readRegion(): string {
  try {
    const job: { ProcessingJobArn: string } = JSON.parse(
      readFileSync(join(base, "config/processingjobconfig.json"), "utf8"),
    );
    return job.ProcessingJobArn.split(":")[3] ?? "";
  } catch {
    return "";
  }
}

function end(reason: string, code: number): never {
  console.error(reason);
  const bytes = Buffer.from(reason).subarray(0, messageBytes);
  mkdirSync(join(base, "output"), { recursive: true });
  writeFileSync(join(base, "output/message"), new TextDecoder().decode(bytes, { stream: true }));
  process.exit(code);
}
