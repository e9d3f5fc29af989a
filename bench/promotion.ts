/**
 * What a promotion and a rollback cost for a bundle of real size: seconds, and the bytes that the process reads and writes
 * against the least that the promise needs. The least to write is the bundle once; the least to read is the archive and
 * the embeddings once, and the finished bundle once more, since it is read back before it counts. Linux only: the bytes
 * are the kernel's count (/proc/self/io).
 *
 *   node bench/promotion.ts [megabytes] [folder]      default: 430 MB below the system's temporary folder
 */
import { randomFillSync } from "node:crypto";
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { currentChampion } from "../tasks/models/champion.ts";
import { rollback } from "../tasks/models/rollback.ts";
import { promote } from "../tasks/promote/promotion.ts";
import { openFileStore } from "../tasks/store/fs.ts";
import { safetensors } from "../test/promote/archives.ts";
import { modelArchive, modelFiles, trained } from "../test/promote/execution.ts";
import { keepFigure } from "./recording/record.ts";

const megabytes = Number(process.argv[2] ?? 430);
const root = mkdtempSync(join(process.argv[3] ?? tmpdir(), "bench-promotion-"));
process.on("exit", () => rmSync(root, { recursive: true }));

/** A model's archive that unpacks to about so many megabytes; weights do not compress. */
function bigModel(salt: string): Buffer {
  const values = new Float32Array((megabytes * 1e6) / 4);
  // Bytes at random make numbers that are none, which a promotion refuses: small integers do not.
  randomFillSync(new Uint8Array(values.buffer));
  for (let index = 0; index < values.length; index++)
    values[index] = (new Uint32Array(values.buffer, index * 4, 1)[0]! % 1e9) / 1e9;
  const files = modelFiles(salt);
  const head = { hidden_size: 4, vocab_size: 5 };
  const small = (count: number) => Float32Array.from({ length: count }, (_, index) => index / 100);
  files["model.safetensors"] = safetensors({
    "bert.embeddings.word_embeddings.weight": {
      shape: [head.vocab_size, head.hidden_size],
      values: small(head.vocab_size * head.hidden_size),
    },
    "bert.encoder.weight": { shape: [values.length], values },
    "classifier.bias": { shape: [5], values: small(5) },
    "classifier.weight": { shape: [5, head.hidden_size], values: small(5 * head.hidden_size) },
  });
  return modelArchive(files);
}

/** Bytes that this process has asked the kernel to read and to write. */
function transferred(): { read: number; written: number } {
  const io = Object.fromEntries(
    readFileSync("/proc/self/io", "utf8")
      .trim()
      .split("\n")
      .map((line) => line.split(": ") as [string, string]),
  );
  return { read: Number(io.rchar), written: Number(io.wchar) };
}

async function measured<T>(
  what: string,
  least: { read: number; written: number },
  work: () => Promise<T>,
): Promise<T> {
  const before = transferred();
  const started = performance.now();
  const result = await work();
  const seconds = (performance.now() - started) / 1000;
  const after = transferred();
  const share = (bytes: number, of: number) =>
    `${(bytes / 1e6).toFixed(0)} MB${of > 0 ? ` (${(bytes / of).toFixed(2)} of the least)` : ""}`;
  console.log(
    `${what.padEnd(22)} ${seconds.toFixed(2)} s   read ${share(after.read - before.read, least.read)}, written ${share(after.written - before.written, least.written)}`,
  );
  keepFigure({ what, figure: seconds, unit: "s" });
  for (const [way, bytes, of] of [
    ["read", after.read - before.read, least.read],
    ["written", after.written - before.written, least.written],
  ] as const)
    if (of > 0)
      keepFigure({ what: `${what}: bytes ${way}, of the least`, figure: bytes / of, unit: "times" });
  return result;
}

const store = await openFileStore(root, "pbp-bench");
const modelsFolder = join(root, "models");
const places = { store, modelsFolder, keep: 2 };
const sizeOf = (folder: string): number =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .reduce((sum, entry) => sum + statSync(join(entry.parentPath, entry.name)).size, 0);

for (const name of ["first", "second"]) {
  const promotion = await trained(store, name, await currentChampion(modelsFolder), {
    archive: bigModel(name),
  });
  const bundle = megabytes * 1e6;
  const least = { read: promotion.artifacts.model.sizeBytes + bundle, written: bundle };
  const { version } = await measured(`promotion, ${name}`, least, () => promote(promotion, places));
  console.log(`  bundle of ${(sizeOf(join(modelsFolder, "versions", version)) / 1e6).toFixed(0)} MB`);
}
await measured("rollback", { read: megabytes * 1e6, written: 0 }, () =>
  rollback({ modelsFolder, actor: "bench", reason: "measurement" }),
);
