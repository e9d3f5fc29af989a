// The damaged exports of malformed.ts, as the dashboard's server could send them: whole or in parts, once and again.
import { createHash } from "node:crypto";
import { join } from "node:path";
import { openFileStore } from "../../tasks/store/fs.ts";
import type { Campaign } from "../campaign.ts";
import { canary } from "../subjects/models.ts";
import { bucket, deployTo } from "../subjects/promote.ts";
import { malformed, watched } from "./malformed.ts";

type Answer = { statusCode: number; body: string };

const sha256 = (bytes: Buffer) => createHash("sha256").update(bytes).digest("hex");
/** What a sender can do something about. */
const refusals = [400, 409, 413, 422];

export const selectionsCampaign: Campaign = {
  what: "The same damaged exports through the function receive-export, half of them in parts, each sent twice",
  holds:
    "kept whole or refused by a sentence, the same both times; nothing of a refused one is kept; nothing of the notes is told; never an error of the function, a hang or growing memory",
  cases: 2_000,
  seeds: 1,
  async run(trial) {
    const { handler } = await import("../../tasks/receive-export.ts");
    await watched(trial, async ({ number, random, folder }) => {
      deployTo(folder);
      Object.assign(process.env, {
        CALLER_ROLE: "none",
        UPLOADS_TO: "http://127.0.0.1:0",
        EXECUTION_SETTINGS: '{"minSamples":1}',
      });
      const store = await openFileStore(join(folder, "world"), bucket);
      const made = malformed(random, number);
      const { bytes } = made;
      const ask = (rawPath: string, body: Buffer) =>
        handler({
          rawPath,
          requestContext: { http: { method: "POST" } },
          body: body.toString("base64"),
          isBase64Encoded: true,
        }) as Promise<Answer>;
      const step = Math.max(1, Math.ceil(bytes.length / random.between(1, 4)));
      const inParts = async () => {
        const parts = Array.from({ length: Math.ceil(bytes.length / step) }, (_, at) =>
          bytes.subarray(at * step, (at + 1) * step),
        );
        const plan = parts.map((part) => ({ sizeBytes: part.length, sha256: sha256(part) }));
        const body = Buffer.from(JSON.stringify({ sha256: sha256(bytes), parts: plan }));
        const addresses = JSON.parse((await ask("/selections/exp-1/uploads", body)).body) as {
          parts: { url: string }[];
        };
        for (const [at, { url }] of addresses.parts.entries())
          await store.write(new URL(url).pathname.slice(1), parts[at]!);
        return ask("/selections/exp-1/complete", body);
      };
      const send = bytes.length > 0 && random.chance(0.5) ? inParts : () => ask("/selections", bytes);
      const first = await send();
      const again = await send();
      const isKept = first.statusCode === 201;
      trial.count(isKept ? "kept" : String((JSON.parse(first.body) as { title: string }).title));
      const found: string[] = [];
      if (!isKept && !refusals.includes(first.statusCode)) found.push(`answered ${first.statusCode}`);
      if (again.body !== first.body || again.statusCode !== (isKept ? 200 : first.statusCode))
        found.push("answered otherwise the second time");
      if (canary.test(first.body)) found.push("the answer quotes a note");
      const kept: string[] = [];
      for await (const { key } of store.list("")) if (!key.startsWith("uploads/parts/")) kept.push(key);
      if (kept.length !== (isKept ? 2 : 0)) found.push(`${kept.length} objects are kept`);
      if (isKept && made.mustFail && (JSON.parse(first.body) as { rejected: number }).rejected === 0)
        found.push("accepted");
      return found.map((problem) => `${made.faults.join(", ")}: ${problem}`);
    });
  },
};
