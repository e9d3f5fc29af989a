// A writer of its own process: writer.ts <driver> <task>. Says on stdout, a JSON a line, what it did.
import { Readable } from "node:stream";
import { text } from "node:stream/consumers";
import { openStore } from "../../tasks/store/open.ts";
import { ConditionFailed } from "../../tasks/store/store.ts";

const [driver, task] = process.argv.slice(2) as [string, string];
const store = await openStore({ driver, bucket: "pbp-local" });
const say = (value: unknown) => process.stdout.write(`${JSON.stringify(value)}\n`);

/** Tries to be the first at each of 25 keys. */
async function first() {
  const won: number[] = [];
  for (let n = 0; n < 25; n++) {
    try {
      await store.write(`race/${n}`, `${process.pid}`, { ifNoneMatch: true });
      won.push(n);
    } catch (error) {
      if (!(error instanceof ConditionFailed)) throw error;
    }
  }
  say(won);
}

/** Adds 1 to a counter 15 times, each time until no one was in between. */
async function count() {
  for (let done = 0; done < 15; ) {
    const seen = (await store.head("counter"))!;
    const now = Number(await text(await store.read("counter", { versionId: seen.versionId })));
    try {
      await store.write("counter", String(now + 1), { ifMatch: seen.etag });
      done++;
    } catch (error) {
      if (!(error instanceof ConditionFailed)) throw error;
    }
  }
  say("done");
}

/** Writes keys between those that the reader knows. */
async function fill() {
  for (let n = 0; n < 60; n++) await store.write(`shelf/${String(n % 20).padStart(2, "0")}/new`, "x");
  say("done");
}

/** Writes without end, and says when the store has taken 24 MiB. */
async function endless() {
  async function* bytes() {
    for (let n = 1; ; n++) {
      yield Buffer.alloc(1024 * 1024, n);
      if (n === 24) say("far");
      // Past 24 MiB it waits to be killed, so that a slow test machine fills no disk.
      if (n === 26) await new Promise(() => setInterval(() => undefined, 1000));
    }
  }
  await store.write("killed", Readable.from(bytes()));
}

await { first, count, fill, endless }[task]!();
