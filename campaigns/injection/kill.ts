// kill -9 at every file-system call, then a second kill while the work is repeated, then the work once more.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { Campaign } from "../campaign.ts";
import type { Subject } from "../subjects/subject.ts";
import { described, undisturbed } from "./disturbed.ts";

const victim = fileURLToPath(new URL("victim.ts", import.meta.url));

export function killCampaign(name: string, subject: Subject): Campaign {
  return {
    what: `${name}: kill -9 at every file-system call, and again while it is repeated`,
    holds: "done or not done, never half; repeating it ends as if nothing had happened",
    cases: null,
    seeds: 3,
    async run(trial) {
      const { copyTo, calls } = await undisturbed(name, subject, trial);
      // The work repeated in this process reads its environment, of which there is one.
      let turn: Promise<unknown> = Promise.resolve();
      const recover = (folder: string) => {
        const recovered = turn.then(() => subject.recover(folder));
        turn = recovered.catch(() => undefined);
        return recovered;
      };
      await trial.each(
        calls.length,
        async ({ number, folder, random }) => {
          copyTo(folder);
          const where = described(calls[number - 1]!);
          const problems: string[] = [];
          const first = await kill(name, folder, number, random.pick([0, 0.5, 1]));
          if (first === "failed") problems.push("the work failed before it was killed");
          trial.count(first === "killed" ? "kills" : "ends before the kill");
          problems.push(...(await subject.inspect(folder, first === "done")));
          if (first === "killed" && random.chance(0.5)) {
            const again = await kill(name, folder, random.between(1, calls.length), random.pick([0, 0.5, 1]));
            if (again === "failed") problems.push("the repeated work failed before it was killed");
            if (again === "killed") trial.count("kills while repeating");
            problems.push(...(await subject.inspect(folder, again === "done")));
          }
          problems.push(...(await recover(folder)));
          return problems.map((problem) => `killed at ${where}: ${problem}`);
        },
        availableParallelism(),
      );
    },
  };
}

export function killAnyTimeCampaign(name: string, subject: Subject): Campaign {
  return {
    what: `${name}: kill -9 at any moment of the work, call or not`,
    holds: "as above",
    // Some of the work is done before its moment comes: a thousand are killed.
    cases: 1150,
    seeds: 1,
    async run(trial) {
      const { copyTo } = await undisturbed(name, subject, trial);
      const whole = join(trial.folder, "whole");
      copyTo(whole);
      const undisturbedMilliseconds = await milliseconds(() => kill(name, whole, "never", 0));
      await trial.each(trial.full!, async ({ folder, random }) => {
        copyTo(folder);
        const ended = await kill(name, folder, "never", 0, random.number() * undisturbedMilliseconds);
        trial.count(ended === "killed" ? "kills" : "ends before the kill");
        const problems = ended === "failed" ? ["the work failed before it was killed"] : [];
        problems.push(...(await subject.inspect(folder, ended === "done")));
        problems.push(...(await subject.recover(folder)));
        return problems;
      });
    },
  };
}

async function milliseconds(work: () => Promise<unknown>): Promise<number> {
  const started = performance.now();
  await work();
  return performance.now() - started;
}

async function kill(
  name: string,
  folder: string,
  at: number | "never",
  share: number,
  afterMilliseconds?: number,
): Promise<"done" | "killed" | "failed"> {
  const args = [victim, name, folder, String(at), String(share)];
  const child = spawn(process.execPath, args, { stdio: ["ignore", "ignore", "inherit"] });
  if (afterMilliseconds !== undefined) setTimeout(() => child.kill("SIGKILL"), afterMilliseconds);
  const [code, signal] = (await once(child, "exit")) as [number | null, string | null];
  if (signal === "SIGKILL") return "killed";
  return code === 0 ? "done" : "failed";
}
