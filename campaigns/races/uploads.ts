// S3's events as they may come: several times, in any order, while Step Functions throttles and loses replies.
import { createHash } from "node:crypto";
import type { Json } from "../../pipeline/local/engine/definition.ts";
import { listExecutions } from "../../pipeline/local/engine/describe.ts";
import { beginExecution } from "../../pipeline/local/engine/executions.ts";
import { openSfnEndpoint } from "../../pipeline/local/events/sfn-endpoint.ts";
import { type Home, homeAt } from "../../pipeline/local/machine/home.ts";
import { MACHINE_ARN } from "../../pipeline/local/machine/identity.ts";
import type { Random } from "../../samples/random.ts";
import type { Campaign } from "../campaign.ts";

const uploadsOfACase = 50;
// Beyond it, a delivery that always fails is a violation.
const mostDeliveries = 20;

const definition: Json = {
  QueryLanguage: "JSONata",
  StartAt: "Done",
  States: { Done: { Type: "Pass", End: true } },
};

type Upload = { bucket: string; key: string; etag: string; versionId?: string; sequencer: string };

export const uploadsCampaign: Campaign = {
  what: `${uploadsOfACase} uploads per case, each announced 1 to 5 times, shuffled, through the start-execution function and the local Step Functions endpoint, which throttles and loses replies`,
  holds: "one execution an upload, with that upload's input; none lost; none for what is no export",
  cases: 20,
  seeds: 1,
  async run(trial) {
    let home: Home;
    let random = trial.random;
    const endpoint = await openSfnEndpoint({
      start: async (name, input) => {
        if (random.chance(0.02)) throw Object.assign(new Error("busy"), { name: "InvalidThrottle" });
        const started = beginExecution({ home, definition, name, input: input as Json, tasks: {} });
        await started.result;
        // Started, and the reply is lost: the SDK calls again.
        if (random.chance(0.03)) throw new Error("lost");
        return started;
      },
    });
    Object.assign(process.env, endpoint.environment, { STATE_MACHINE_ARN: MACHINE_ARN });
    // Its client takes its endpoint from the environment when it is made.
    const { handler } = await import("../../tasks/start-execution.ts");
    try {
      await trial.each(trial.full!, async (one) => {
        home = homeAt(one.folder);
        random = one.random;
        const uploads = Array.from({ length: uploadsOfACase }, () => upload(random));
        const deliveries = uploads.flatMap((one) => Array.from({ length: random.between(1, 5) }, () => one));
        shuffle(deliveries, random);
        const problems: string[] = [];
        const deliver = async () => {
          for (let next = deliveries.pop(); next; next = deliveries.pop()) {
            trial.count("deliveries");
            for (let attempt = 1; ; attempt++) {
              try {
                await handler(event(next));
                break;
              } catch {
                trial.count("deliveries repeated after a failure");
                if (attempt === mostDeliveries) {
                  problems.push("a delivery never succeeds");
                  break;
                }
              }
            }
          }
        };
        await Promise.all(Array.from({ length: 8 }, deliver));
        return [...problems, ...compare(home, uploads)];
      });
    } finally {
      await endpoint.close();
    }
  },
};

function compare(home: Home, uploads: Upload[]): string[] {
  const wanted = new Set(
    uploads
      .filter(({ key }) => !key.includes("folder"))
      .map(({ bucket, key, etag, versionId }) => JSON.stringify([bucket, key, versionId ?? etag])),
  );
  const executions = listExecutions(home);
  const problems =
    executions.length === wanted.size ? [] : [`${executions.length} executions, not ${wanted.size}`];
  const found = new Set<string>();
  for (const { status, input } of executions) {
    if (status !== "SUCCEEDED") problems.push(`an execution is ${status}`);
    const { bucket, key, versionId } = (input as { source: Partial<Upload> }).source;
    const matching = uploads.filter(
      (one) => one.bucket === bucket && one.key === key && one.versionId === versionId,
    );
    if (matching.length === 0) problems.push("an execution has an input that was never uploaded");
    found.add(JSON.stringify([bucket, key, versionId ?? null]));
  }
  const lost = uploads.filter(
    ({ bucket, key, versionId }) =>
      !key.includes("folder") && !found.has(JSON.stringify([bucket, key, versionId ?? null])),
  );
  return lost.length > 0 ? [...problems, `${lost.length} uploads are lost`] : problems;
}

/** Few keys and few contents: the same key again, the same content again, with and without versions. */
function upload(random: Random): Upload {
  const key = random.pick([
    "incoming/export.json",
    "incoming/a%2Bb+c é.json.gz",
    `incoming/${random.between(0, 9)}/Export ${random.between(0, 9)}.jsonl`,
    "incoming/2026/EXPORT.NDJSON.GZ",
    "incoming/folder/",
    "incoming/folder/readme.txt",
  ]);
  const etag = createHash("md5")
    .update(String(random.between(0, 20)))
    .digest("hex");
  const sequencer = random
    .between(0, 2 ** 31)
    .toString(16)
    .padStart(random.between(8, 20), "0");
  const isVersioned = random.chance(0.8);
  return {
    bucket: random.pick(["pbp-data", "pbp-data", "pbp-data2"]),
    key,
    etag,
    sequencer,
    ...(isVersioned && { versionId: random.between(1, 10 ** 9).toString(36) }),
  };
}

function event({ bucket, key, etag, versionId, sequencer }: Upload) {
  return {
    version: "0",
    "detail-type": "Object Created",
    source: "aws.s3",
    detail: {
      bucket: { name: bucket },
      object: { key, size: 5, etag, sequencer, ...(versionId !== undefined && { "version-id": versionId }) },
    },
  };
}

function shuffle<T>(items: T[], random: Random): void {
  for (let at = items.length - 1; at > 0; at--) {
    const other = random.between(0, at);
    [items[at], items[other]] = [items[other]!, items[at]!];
  }
}
