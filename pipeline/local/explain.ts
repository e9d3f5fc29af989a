import { spawn } from "node:child_process";
import { once } from "node:events";
import { text as textOf } from "node:stream/consumers";
import { type Explained, type ExplanationRequest, InstallationError } from "../installation.ts";
import { python, serviceEnvironment, started } from "../python.ts";

/**
 * Which words made the answer of a bundle. A process of its own, which loads the model: seconds, and no memory here.
 *
 * Throws CannotExplain, NoPython.
 */
export async function explain(bundle: string, asked: ExplanationRequest): Promise<Explained> {
  const child = await started(
    spawn(python, ["-m", "pbp_reader.explain", bundle], {
      env: { ...serviceEnvironment(), OMP_NUM_THREADS: "1" },
      stdio: ["pipe", "pipe", "pipe"],
    }),
  );
  child.stdin.on("error", () => undefined);
  const { text, label = null, at = null } = asked;
  child.stdin.end(JSON.stringify({ text, label, at }));
  const [said, , [code]] = await Promise.all([
    textOf(child.stdout),
    // A traceback may quote what was read.
    child.stderr.resume(),
    once(child, "close") as Promise<[number | null]>,
  ]);
  if (code !== 0)
    throw new InstallationError(
      "CannotExplain",
      "The model cannot be read, or has nothing to say about this word.",
    );
  return JSON.parse(said) as Explained;
}
