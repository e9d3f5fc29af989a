// The power goes after every call that changes the disk.
import { cpSync, mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import type { Campaign } from "../campaign.ts";
import type { Subject } from "../subjects/subject.ts";
import { Disk, type Loss } from "./disk.ts";
import { described, undisturbed } from "./disturbed.ts";
import { type Call, changes, interpose } from "./interpose.ts";

const losses: Loss[] = ["all", "nothing", "bytes", "any", "any", "any"];

export function powerCutCampaign(name: string, subject: Subject): Campaign {
  return {
    what: `${name}: the power fails after every change; what no fsync has promised is lost, in part or as a whole`,
    holds: "done or not done, never half; what was reported as done is done; repeating it succeeds",
    cases: null,
    seeds: 3,
    async run(trial) {
      const { copyTo, calls } = await undisturbed(name, subject, trial);
      const cuts = calls.filter((call) => changes(call) || call.name === "fsync").map(({ number }) => number);
      await trial.each((cuts.length + 1) * losses.length, async ({ number, folder, random }) => {
        const index = Math.floor((number - 1) / losses.length);
        const loss = losses[(number - 1) % losses.length]!;
        // After the last: the work has said that it is done.
        const acknowledged = index === cuts.length;
        const cut = acknowledged ? Number.POSITIVE_INFINITY : cuts[index]!;
        const running = join(folder, "running");
        mkdirSync(running);
        copyTo(running);
        const disk = new Disk(subject.root(running));
        const restore = interpose(
          subject.root(running),
          () => null,
          (call: Call) => call.number <= cut && disk.record(call),
        );
        await subject.act(running).finally(restore);
        const after = join(folder, "after");
        // Beside the disk that lost its power lies what the campaign itself keeps.
        cpSync(running, after, {
          recursive: true,
          verbatimSymlinks: true,
          filter: (source) => source !== subject.root(running),
        });
        rmSync(subject.root(after), { recursive: true, force: true });
        disk.cutTo(subject.root(after), loss, random);
        if (subject.temporary) {
          rmSync(subject.temporary(after), { recursive: true, force: true });
          mkdirSync(subject.temporary(after), { recursive: true });
        }
        const problems = await subject.inspect(after, acknowledged);
        problems.push(...(await subject.recover(after)));
        const where = acknowledged ? "the end" : described(calls[cut - 1]!);
        return problems.map((problem) => `cut after ${where}, losing ${loss}: ${problem}`);
      });
    },
  };
}
