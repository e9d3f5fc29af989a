import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { resolve } from "node:path";
import { createInterface } from "node:readline";
import { defaultModel } from "../../../../schemas/models/registered-models.ts";
import { count } from "../../../../tasks/report/format.ts";
import { homeAt, requireHome } from "../../../local/machine/home.ts";
import { python, serviceEnvironment, started } from "../../../python.ts";
import { type Command, UsageError } from "../../command.ts";
import { importOptions, nameOf } from "../../importing.ts";
import { openInstallation } from "../../installation.ts";
import { type Note, notesIn } from "../../notes-of.ts";
import { note, printJson, printText } from "../../output/output.ts";
import { showProgress } from "../../output/progress.ts";
import { noteRefused, notesAnswered } from "../../predicted.ts";
import { askedModel, modelOption, requireModel } from "../../registered-model.ts";

/** The last that serve/predict.py has told. */
type Told = { done: number; generation?: number; version?: string };

export const predict: Command = {
  name: "predict",
  summary: "answer all notes of a file with the model in use",
  details: `Takes an export, or what pbp import reads, with or without annotations, and writes a JSON object a line, in the order
of the notes: recordId, the answer, generation and version. Offsets count code points. A note that cannot be read is
refused in its line. Killed, it goes on where it was when it is started again, with the generation that it began with.
With --cloud a job in AWS answers; Ctrl-C ends the wait alone, and the same command waits again or fetches its answers.`,
  arguments: [{ name: "file", help: "an export, or a file, folder or zip archive of a labelling tool" }],
  options: {
    ...modelOption(`that answers (default ${defaultModel})`),
    out: { value: "PATH", help: "new file (default: the file's name, with .answers.jsonl)" },
    "text-field": importOptions["text-field"]!,
  },
  examples: [
    "predict notes.json.gz",
    "predict comments.csv --model toxicity --out answers.jsonl",
    "predict notes.json.gz --cloud",
  ],
  async run({ arguments: [path = ""], options }) {
    const model = askedModel(options);
    if (options.cloud === undefined) await requireHome(homeAt(options.home));
    const installation = await openInstallation(options);
    await requireModel(installation, model);
    const out = resolve(options.out ?? `${nameOf(path)}.answers.jsonl`);
    const { sha256, notes } = await notesIn(path, options["text-field"]);
    if (installation.predictions) {
      const { predictInCloud } = await import("../../predict-in-cloud.ts");
      return predictInCloud(installation, { model, source: sha256, notes, out }, options);
    }
    const child = await started(
      spawn(python, ["-m", "serve.predict", out, model ?? defaultModel, sha256], {
        env: {
          ...serviceEnvironment(),
          PBP_MODELS: homeAt(options.home).models,
          // A thread a batch, as many as there are cores: more would wait for each other by spinning.
          OMP_NUM_THREADS: "1",
        },
        stdio: ["pipe", "pipe", "pipe"],
      }),
    );
    const told = tell(child);
    let said = "";
    child.stderr.setEncoding("utf8").on("data", (text: string) => {
      said = (said + text).slice(-10_000);
    });
    const ended = once(child, "close");
    let stopped: NodeJS.Signals | undefined;
    const onSignal = (signal: NodeJS.Signals) => {
      stopped = signal;
      child.kill("SIGTERM");
    };
    process.once("SIGINT", onSignal).once("SIGTERM", onSignal);
    const refused = await feed(child, notes, ended).finally(() =>
      process.off("SIGINT", onSignal).off("SIGTERM", onSignal),
    );
    const [code] = (await ended) as [number | null];
    const { done, version } = await told;
    if (stopped) {
      const message = existsSync(`${out}.part`)
        ? `${notesAnswered(done)}, kept in ${out}.part/: the same command goes on from there.`
        : "Nothing was answered yet.";
      if (options.json !== undefined)
        printJson({ file: null, answered: null, refused: null, version, error: { name: stopped, message } });
      note(`Stopped. ${message}`);
      return stopped === "SIGINT" ? 130 : 2;
    }
    if (code !== 0)
      throw new UsageError(said.trim().split("\n").at(-1) || "The answering process was ended.");
    if (options.json !== undefined) printJson({ file: out, answered: done - refused, refused, version });
    else printText(`${notesAnswered(done - refused)}${version ? ` by ${version}` : ""}: ${out}`);
    noteRefused(refused);
    return refused > 0 ? 1 : 0;
  },
};

/** Gives the notes to the process as fast as it takes them. Returns how many are refused. */
async function feed(
  child: ChildProcess,
  notes: AsyncIterable<Note>,
  ended: Promise<unknown>,
): Promise<number> {
  const { stdin } = child;
  // A process that has ended says why by itself.
  stdin!.on("error", () => undefined);
  let refused = 0;
  const write = async (value: object) => {
    if (!stdin!.write(`${JSON.stringify(value)}\n`))
      await Promise.race([new Promise((resolve) => stdin!.once("drain", resolve)), ended]);
  };
  try {
    for await (const one of notes) {
      if (child.exitCode !== null || child.signalCode !== null) break;
      if ("refused" in one) refused++;
      await write(one);
    }
    await write({ end: true });
  } finally {
    stdin!.end();
  }
  return refused;
}

async function tell(child: ChildProcess): Promise<Told> {
  const progress = showProgress(process.stderr);
  let told: Told = { done: 0 };
  try {
    for await (const line of createInterface({ input: child.stdout! })) {
      told = { ...told, ...(JSON.parse(line) as Told) };
      progress.onProgress("Predict", { step: `${count(told.done)} notes` });
    }
  } finally {
    progress.close();
  }
  return told;
}
