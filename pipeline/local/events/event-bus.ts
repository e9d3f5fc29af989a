import { randomUUID } from "node:crypto";
import { readdir, readFile, rename, unlink } from "node:fs/promises";
import { join } from "node:path";
import { syncFolder } from "../../../tasks/store/folders.ts";
import type { EventPattern, Match, Rule } from "../../rules.ts";
import type { Clock } from "../machine/clock.ts";
import { systemClock } from "../machine/clock.ts";
import { ensureFolder, writeDurably } from "../machine/durable.ts";
import type { Home } from "../machine/home.ts";
import { type Owner, ownerIn, stateOf } from "../machine/owner.ts";
import { isRecord } from "../machine/shape.ts";

/** An event in EventBridge's shape, as far as rules look at it. */
export type BusEvent = { id: string; source: string; "detail-type": string; detail: unknown };

export type Target = {
  rule: Rule;
  /** Names the delivery's files; letters, digits and hyphens. */
  name: string;
  /** Throws when the event must be delivered again. */
  deliver: (event: BusEvent) => Promise<unknown>;
  /** The last attempt failed, and the event is among the dead letters. */
  onBuried?: (error: unknown) => void;
  /** Not even the spool can be written. Without it, idle and close reject. */
  onBroken?: (error: unknown) => void;
};

export type EventBus = {
  /** Resolves once every delivery that the event needs is on the disk; they are made in the background. */
  put(event: BusEvent): Promise<void>;
  /** Resolves when no delivery is under way. */
  idle(): Promise<void>;
  /** Stops delivering; what is not delivered stays on the disk for the next bus. */
  close(): Promise<void>;
};

/** One file of the spool. */
type Delivery = { owner: Owner; target: string; event: BusEvent; error?: string };

// EventBridge tries 185 times in a day. Here somebody is watching: 1 + 2 + 4 + 8 s outlast a busy disk, and what still
// fails then fails until somebody looks.
const attempts = 5;
const firstDelayMs = 1000;

/**
 * EventBridge's counterpart: rules, targets, at-least-once delivery. Every delivery is a file in events/pending until
 * it is done, so a kill loses none: the next bus makes those of dead owners. After the last attempt the file moves to
 * events/dead-letters/<target>, where it stays until somebody looks.
 */
export async function openEventBus(
  home: Home,
  targets: readonly Target[],
  clock: Clock = systemClock,
): Promise<EventBus> {
  const pending = join(home.events, "pending");
  await ensureFolder(pending);
  const owner = ownerIn(home.processes);
  const abort = new AbortController();
  const underWay = new Set<Promise<void>>();

  function begin(file: string, target: Target, event: BusEvent): void {
    const made = makeDelivery(file, target, event);
    const work = (target.onBroken ? made.catch(target.onBroken) : made).finally(() => underWay.delete(work));
    underWay.add(work);
  }

  async function makeDelivery(file: string, target: Target, event: BusEvent): Promise<void> {
    for (let attempt = 1; !abort.signal.aborted; attempt++) {
      try {
        await target.deliver(event);
        return await unlink(join(pending, file));
      } catch (error) {
        if (abort.signal.aborted) return;
        if (attempt === attempts) return bury(file, target, event, error);
        await clock.sleep(firstDelayMs * 2 ** (attempt - 1), abort.signal);
      }
    }
  }

  async function bury(file: string, target: Target, event: BusEvent, error: unknown): Promise<void> {
    const folder = join(home.events, "dead-letters", target.name);
    await ensureFolder(folder);
    // The error's name alone: its text may quote the data.
    const letter: Delivery = {
      owner,
      target: target.name,
      event,
      error: error instanceof Error ? error.name : "Error",
    };
    await writeDurably(join(pending, file), JSON.stringify(letter));
    await rename(join(pending, file), join(folder, file));
    await syncFolder(folder);
    target.onBuried?.(error);
  }

  for (const file of (await readdir(pending)).sort()) {
    const delivery = await readDelivery(join(pending, file));
    const target = targets.find(({ name }) => name === delivery?.target);
    if (!delivery || !target || stateOf(delivery.owner, home.processes) !== "gone") continue;
    await writeDurably(join(pending, file), JSON.stringify({ ...delivery, owner }));
    begin(file, target, delivery.event);
  }

  return {
    async put(event) {
      const due = targets.filter(({ rule }) => matches(rule.pattern, event));
      const files = due.map(({ name }) => `${name}.${randomUUID()}.json`);
      for (const [at, target] of due.entries())
        await writeDurably(join(pending, files[at]!), JSON.stringify({ owner, target: target.name, event }));
      for (const [at, target] of due.entries()) begin(files[at]!, target, event);
    },
    async idle() {
      while (underWay.size > 0) await Promise.all(underWay);
    },
    async close() {
      abort.abort();
      await Promise.all(underWay);
    },
  };
}

/** Whether an event fits a pattern: every field of the pattern, and any of its alternatives. */
export function matches(pattern: EventPattern, value: unknown): boolean {
  return (
    isRecord(value) &&
    Object.entries(pattern).every(([field, wanted]) =>
      isList(wanted) ? wanted.some((match) => fits(match, value[field])) : matches(wanted, value[field]),
    )
  );
}

function fits(match: Match, value: unknown): boolean {
  if (typeof match === "string") return value === match;
  return typeof value === "string" && value.startsWith(match.prefix);
}

function isList(wanted: EventPattern | readonly Match[]): wanted is readonly Match[] {
  return Array.isArray(wanted);
}

async function readDelivery(file: string): Promise<Delivery | null> {
  if (!file.endsWith(".json")) return null; // a writer's temporary file
  try {
    return JSON.parse(await readFile(file, "utf8")) as Delivery;
  } catch {
    return null; // its owner has just delivered it
  }
}
