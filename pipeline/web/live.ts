// Server-sent events: what has changed, so that an open page fetches itself again. They carry states and numbers, no text.
import { createHash } from "node:crypto";
import type { ServerResponse } from "node:http";
import type { Installation } from "../installation.ts";
import { statusOf } from "../results/summary.ts";

/** What a subscriber was told last. `id`: what the browser sends back when it reconnects. `rest`: what has no event. */
type Told = { id: string; rest: string; event: "run" | "state"; say: string };

type Subscriber = { response: ServerResponse; told: Told | null };

type Subject = { subscribers: Set<Subscriber>; end: AbortController; look: () => Promise<void> };

// Each holds a connection; a person has a few tabs.
const mostSubscribers = 32;
const retryMs = 2000;
// Proxies and sleeping laptops: a comment now and then shows that the stream is alive.
const pulseMs = 20_000;
/** As many runs as a page lists. */
const listed = 50;

export type Live = ReturnType<typeof openLive>;

export function openLive(installation: Installation) {
  const subjects = new Map<string, Subject>();
  const count = () => [...subjects.values()].reduce((sum, { subscribers }) => sum + subscribers.size, 0);
  return {
    /** @param run A run's name, or null for all of them. */
    join(response: ServerResponse, { run, lastEventId }: { run: string | null; lastEventId: string }): void {
      if (count() >= mostSubscribers) {
        response.end(`retry: ${pulseMs}\n\n`);
        return;
      }
      const name = run ?? "";
      const subject = subjects.get(name) ?? openSubject(installation, run);
      subjects.set(name, subject);
      // Whoever comes back is told what it missed; whoever comes first has just loaded the page.
      const told =
        lastEventId === "" ? null : { id: lastEventId, rest: "", event: "state" as const, say: "" };
      const subscriber: Subscriber = { response, told };
      subject.subscribers.add(subscriber);
      response.write(`retry: ${retryMs}\n\n`);
      response.once("close", () => {
        subject.subscribers.delete(subscriber);
        if (subject.subscribers.size > 0) return;
        subject.end.abort();
        if (subjects.get(name) === subject) subjects.delete(name);
      });
      void subject.look();
    },
    close(): void {
      for (const { subscribers, end } of subjects.values()) {
        end.abort();
        for (const { response } of subscribers) response.end();
      }
      subjects.clear();
    },
  };
}

/** One look for all who follow the same. */
function openSubject(installation: Installation, run: string | null): Subject {
  const subscribers = new Set<Subscriber>();
  const end = new AbortController();
  let isLooking = false;
  let isStale = false;
  async function look(): Promise<void> {
    // What changes meanwhile is looked at once more, not once for each change.
    isStale = true;
    if (isLooking) return;
    isLooking = true;
    while (isStale && !end.signal.aborted) {
      isStale = false;
      // What cannot be read now is asked for again with the next change; the page itself says what is wrong.
      const now = await (run === null ? allNow(installation) : runNow(installation, run)).catch(() => null);
      if (now) for (const subscriber of subscribers) tell(subscriber, now);
    }
    isLooking = false;
  }
  installation.onChange(run, () => void look(), end.signal);
  const pulse = setInterval(() => {
    for (const { response } of subscribers) response.write(":\n\n");
  }, pulseMs);
  end.signal.addEventListener("abort", () => clearInterval(pulse));
  return { subscribers, end, look };
}

function tell(subscriber: Subscriber, now: Told): void {
  const { told, response } = subscriber;
  subscriber.told = now;
  // What is there at first is what the page shows; a reconnection begins from its id.
  if (!told) response.write(`id: ${now.id}\n\n`);
  else if (told.id !== now.id) send(response, now.event, now.say, now.id);
  else if (told.rest !== now.rest) send(response, "progress", "", now.id);
}

function send(response: ServerResponse, event: string, say: string, id: string): void {
  response.write(`id: ${id}\nevent: ${event}\ndata: ${JSON.stringify({ say })}\n\n`);
}

async function runNow(installation: Installation, name: string): Promise<Told> {
  const description = await installation.describe(name);
  const status = statusOf(description);
  const state = description.states.findLast(({ type }) => type !== "Choice" && type !== "Pass")?.name;
  return {
    // The journal's number of the last event.
    id: String(description.eventCount),
    rest: JSON.stringify([status, description.progress]),
    event: status === "RUNNING" ? "state" : "run",
    say: status === "RUNNING" ? `Now in ${state ?? "its first state"}.` : `The run has ended: ${status}.`,
  };
}

async function allNow(installation: Installation): Promise<Told> {
  const runs = await installation.list(listed);
  const running = runs.filter(({ status }) => status === "RUNNING").length;
  const states = runs.map(({ name, status, lastState }) => `${name} ${status} ${lastState}`).join("\n");
  return {
    id: createHash("sha256").update(states).digest("hex").slice(0, 16),
    rest: JSON.stringify(runs.flatMap(({ progress }) => progress)),
    event: "run",
    say:
      running === 0
        ? "Nothing runs."
        : running === 1
          ? "One run is under way."
          : `${running} runs are under way.`,
  };
}
