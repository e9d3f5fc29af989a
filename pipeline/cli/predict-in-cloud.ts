import { stat } from "node:fs/promises";
import { Readable } from "node:stream";
import type { Installation } from "../installation.ts";
import { type Call, type ExitCode, UsageError } from "./command.ts";
import type { Note } from "./notes-of.ts";
import { printJson, printText } from "./output/output.ts";
import { showProgress } from "./output/progress.ts";
import { noteRefused, notesAnswered } from "./predicted.ts";
import { saveFile } from "./save.ts";

type Asked = { model: string | undefined; source: string; notes: AsyncIterable<Note>; out: string };

/** Lets a job answer the notes and saves what it wrote. Returns the exit code. */
export async function predictInCloud(
  { predictions, store }: Installation,
  { model, source, notes, out }: Asked,
  options: Call["options"],
): Promise<ExitCode> {
  // Said before hours of a job, not after.
  if (await stat(out).catch(() => null))
    throw new UsageError(`${out} is there already. Remove it, or name another one with --out.`);
  const progress = showProgress(process.stderr);
  const { key, generation, version } = await predictions!
    .answer({ ...(model !== undefined && { model }), source, notes: () => linesOf(notes) }, (step) =>
      progress.onProgress("Predict", { step }),
    )
    .finally(() => progress.close());
  const counted = { answered: 0, refused: 0 };
  await saveFile(out, "answers.jsonl", async () => Readable.from(counting(await store.read(key), counted)));
  if (options.json !== undefined) printJson({ file: out, ...counted, generation, version });
  else printText(`${notesAnswered(counted.answered)} by ${version}: ${out}`);
  noteRefused(counted.refused);
  return counted.refused > 0 ? 1 : 0;
}

async function* linesOf(notes: AsyncIterable<Note>): AsyncGenerator<string> {
  for await (const one of notes) yield `${JSON.stringify(one)}\n`;
  yield `${JSON.stringify({ end: true })}\n`;
}

/** The answers, which are counted as they pass. */
async function* counting(answers: Readable, counted: { answered: number; refused: number }) {
  let rest = "";
  for await (const chunk of answers.setEncoding("utf8")) {
    const lines = (rest + (chunk as string)).split("\n");
    rest = lines.pop()!;
    const refused = lines.filter((line) => "refused" in (JSON.parse(line) as object)).length;
    counted.refused += refused;
    counted.answered += lines.length - refused;
    yield chunk;
  }
}
