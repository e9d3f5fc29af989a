// node test/preprocess/on-cores.ts <folder> <export>: runs Preprocess on an export, in a bucket in the folder. Says what
// came of it, the digest of each file it wrote, and how many threads it had besides its own.
import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { buffer } from "node:stream/consumers";
import runSchema from "../../schemas/execution/run.schema.json" with { type: "json" };
import type { Run } from "../../schemas/types.ts";
import { handler } from "../../tasks/preprocess.ts";
import { openFileStore } from "../../tasks/store/fs.ts";

const run = runSchema.examples[0] as Run;
const [folder = "", file = ""] = process.argv.slice(2);
let threads = 0;
process.on("worker", () => threads++);
process.env.OBJECT_STORE = `file:${folder}`;
process.env.DATA_BUCKET = run.source.bucket;
const store = await openFileStore(folder, run.source.bucket);
const { key, versionId, etag, sizeBytes } = await store.write("incoming/export", createReadStream(file));
const source = { ...run.source, key, versionId, etag, sizeBytes };
const outcome = await handler({ run: { ...run, source } }).catch(({ name, message }: Error) => ({
  name,
  message,
}));
const files: Record<string, string> = {};
for await (const { key } of store.list(run.prefix))
  files[key] = createHash("sha256")
    .update(await buffer(await store.read(key)))
    .digest("hex");
console.log(JSON.stringify({ threads, outcome, files }));
