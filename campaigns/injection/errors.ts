// Calls that fail: once, from some moment on, or done with the reply lost; and a disk that is full.
import { execFileSync } from "node:child_process";
import { mkdirSync, readdirSync, readlinkSync, rmSync, statfsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Campaign, Trial } from "../campaign.ts";
import { canary } from "../subjects/models.ts";
import type { Subject } from "../subjects/subject.ts";
import { described, undisturbed } from "./disturbed.ts";
import { type Call, changes, type Fault, interpose } from "./interpose.ts";

const codes = ["EIO", "ENOSPC", "EDQUOT", "EACCES", "ESTALE", "EMFILE"];
// What the client of a network file system is told when the call was done, the reply lost, and the call repeated.
// (mkdir -p takes that answer for a yes.)
const repeated: Record<string, string> = {
  link: "EEXIST",
  mkdir: "EEXIST",
  symlink: "EEXIST",
  rename: "ENOENT",
  unlink: "ENOENT",
  rmdir: "ENOENT",
};

/** @param cases So many of them, spread evenly, where each takes long. */
export function errorsCampaign(name: string, subject: Subject, cases: number | null = null): Campaign {
  return {
    what: `${name}: every call fails with ${codes.join(", ")}; once, or it and all changes after it`,
    holds: "succeeds or fails by name, says nothing of the data, leaves no file open; repeating it succeeds",
    cases,
    seeds: cases === null ? 3 : 1,
    async run(trial) {
      const { copyTo, calls } = await undisturbed(name, subject, trial);
      const modes = codes.flatMap((code) => [
        { code, lasts: false },
        { code, lasts: true },
      ]);
      const all = calls.length * modes.length;
      const step = cases === null ? 1 : all / cases;
      await trial.each(cases ?? all, async ({ number, folder }) => {
        copyTo(folder);
        const index = Math.floor((number - 1) * step);
        const at = 1 + Math.floor(index / modes.length);
        const { code, lasts } = modes[index % modes.length]!;
        const react = (call: Call) =>
          call.number === at || (lasts && call.number > at && changes(call)) ? { refuse: code } : null;
        const what = `${code}${lasts ? " from" : " at"} ${described(calls[at - 1]!)} on`;
        return (await disturb(subject, folder, react, trial)).map((problem) => `${what}: ${problem}`);
      });
    },
  };
}

export function lostReplyCampaign(name: string, subject: Subject): Campaign {
  return {
    what: `${name}: every change of a name is made and its reply lost, as can happen on a network file system`,
    holds: "as above; a rename or link that was made counts as made",
    cases: null,
    seeds: 3,
    async run(trial) {
      const { copyTo, calls } = await undisturbed(name, subject, trial);
      const cases = calls
        .filter(({ name, recursive }) => name in repeated && !recursive)
        .flatMap((call) => [repeated[call.name]!, "EIO", "ESTALE"].map((code) => ({ call, code })));
      await trial.each(cases.length, async ({ number, folder }) => {
        copyTo(folder);
        const { call, code } = cases[number - 1]!;
        // Work that does several things at once makes its calls in another order each time.
        let met = call;
        const react = (one: Call) => {
          if (one.number !== call.number) return null;
          met = one;
          return one.name in repeated && !one.recursive ? { loseReply: code } : null;
        };
        const problems = await disturb(subject, folder, react, trial, (done) => {
          const counts = subject.mayBeRemote && (met.name === "rename" || met.name === "link");
          return counts && !done ? ["what was done is not taken for done"] : [];
        });
        return problems.map((problem) => `${code} after ${described(met)}: ${problem}`);
      });
    },
  };
}

/** How full the disk is when the work begins, in steps from full to just enough. */
const levels = 101;

export function diskFullCampaign(name: string, subject: Subject): Campaign {
  return {
    what: `${name}: the disk fills up at each of ${levels} points of what the work writes`,
    holds: "succeeds or fails by name; once there is room again, repeating it succeeds",
    cases: levels,
    seeds: 3,
    async run(trial) {
      const { copyTo, calls } = await undisturbed(name, subject, trial);
      const needed = calls.reduce((sum, call) => sum + costOf(call), 0);
      await trial.each(levels, async ({ number, folder }) => {
        copyTo(folder);
        let room = Math.floor((needed * (number - 1)) / (levels - 1));
        const react = (call: Call): Fault => {
          const cost = costOf(call);
          if (cost <= room) {
            room -= cost;
            return null;
          }
          const fits = room;
          room = 0;
          // A write takes what still fits; only the next one is refused.
          return call.name === "write" && fits > 0 ? { shorten: fits } : { refuse: "ENOSPC" };
        };
        return (await disturb(subject, folder, react, trial)).map(
          (problem) => `full at ${number - 1} %: ${problem}`,
        );
      });
    },
  };
}

// A new file, folder, link or name takes a block of a small file system.
const blockBytes = 4096;

function costOf(call: Call): number {
  if (call.name === "write") return call.bytes?.length ?? 0;
  return /^(mkdir|link|symlink)$/.test(call.name) || (call.name === "open" && changes(call)) ? blockBytes : 0;
}

/**
 * The same on its own real file system. Only root may mount one: elsewhere the campaign fails, and says so.
 */
export function fullFileSystemCampaign(name: string, subject: Subject): Campaign {
  return {
    what: `${name}: on a real file system (tmpfs) with each of ${levels} shares of the room that the work needs`,
    holds: "as above",
    cases: levels,
    seeds: 1,
    async run(trial) {
      const { copyTo, calls } = await undisturbed(name, subject, trial);
      const needed = calls.reduce((sum, call) => sum + blocksOf(call) * blockBytes, 0);
      await trial.each(levels, async ({ number, folder }) => {
        const root = subject.root(folder);
        mkdirSync(root);
        mount(root);
        try {
          copyTo(folder);
          const { bavail, bsize } = statfsSync(root);
          const filler = join(root, "filler");
          const room = Math.floor((needed * (number - 1)) / (levels - 1));
          writeFileSync(filler, Buffer.alloc(bavail * bsize - room));
          const problems = await disturb(
            subject,
            folder,
            () => null,
            trial,
            () => {
              rmSync(filler);
              return [];
            },
          );
          return problems.map((problem) => `${number - 1} % of the room: ${problem}`);
        } finally {
          execFileSync("umount", [root]);
        }
      });
    },
  };
}

function mount(folder: string): void {
  execFileSync("mount", ["-t", "tmpfs", "-o", "size=8m", "none", folder], { stdio: "ignore" });
}

/** What a small file system needs for a call; nothing is freed. */
function blocksOf(call: Call): number {
  return call.name === "write"
    ? Math.ceil((call.bytes?.length ?? 0) / blockBytes)
    : costOf(call) / blockBytes;
}

/** Does the work under faults and says what did not hold, then and after it was repeated without. */
async function disturb(
  subject: Subject,
  folder: string,
  react: (call: Call) => Fault,
  trial: Trial,
  judge: (done: boolean) => string[] = () => [],
): Promise<string[]> {
  const problems: string[] = [];
  const said: string[] = [];
  const open = openFiles();
  const { warn } = console;
  console.warn = (...text: unknown[]) => void said.push(text.join(" "));
  const restore = interpose(subject.root(folder), react);
  let done = false;
  try {
    await subject.act(folder);
    done = true;
    trial.count("ended well");
  } catch (error) {
    trial.count("ended by name");
    if (!subject.mayEndBy(error)) problems.push(`ended by ${String(error)}`);
  } finally {
    restore();
    console.warn = warn;
  }
  if (said.some((text) => canary.test(text))) problems.push("what it printed quotes a path");
  const left = await stillOpen(open);
  if (left !== null) problems.push(`${left} stays open`);
  problems.push(...judge(done), ...(await subject.inspect(folder, done)), ...(await subject.recover(folder)));
  return problems;
}

/** What this process has open, by descriptor. Linux alone tells. */
function openFiles(): Map<string, string> {
  if (process.platform !== "linux") return new Map();
  const files = readdirSync("/proc/self/fd").map((fd): [string, string] => {
    try {
      return [fd, readlinkSync(`/proc/self/fd/${fd}`)];
    } catch {
      // That of the reading itself.
      return [fd, ""];
    }
  });
  return new Map(files.filter(([, path]) => path.startsWith("/")));
}

/** A file that was not open before and is open now; what is being closed counts as closed. */
async function stillOpen(before: Map<string, string>): Promise<string | null> {
  for (let turn = 0; ; turn++) {
    const left = [...openFiles()].find(([fd, path]) => before.get(fd) !== path && !path.startsWith("/proc"));
    if (!left || turn === 200) return left ? described({ name: "", paths: [left[1]] }).trim() : null;
    await new Promise((resolve) => setImmediate(resolve));
  }
}
