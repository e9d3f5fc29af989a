// What a campaign cannot see of itself: that it hangs, and that it grows.
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { Worker } from "node:worker_threads";
import type { Trial } from "../campaign.ts";

// The slowest case takes a second on a busy machine.
const patienceMilliseconds = 120_000;

/** Ends the process, and says at which case, when one takes too long: a separate thread looks, since ours may hang. */
export function watchTime(trial: Trial) {
  const beat = new Int32Array(new SharedArrayBuffer(4));
  const watcher = new Worker(
    `const { workerData, } = require("node:worker_threads");
     let last = -1;
     setInterval(() => {
       const now = Atomics.load(workerData.beat, 0);
       if (now === last) {
         require("node:fs").writeSync(2, "VIOLATION case " + now + " of seed " + workerData.seed + " hangs\\n");
         process.kill(process.pid, "SIGKILL");
       }
       last = now;
     }, workerData.patience);`,
    { eval: true, workerData: { beat, seed: trial.seed, patience: patienceMilliseconds } },
  );
  watcher.unref();
  return {
    begin: (number: number) => void Atomics.store(beat, 0, number),
    close: () => void watcher.terminate(),
  };
}

const casesBetweenLooks = 1000;
// What is left after a collection swings: 46 MB were seen over five looks that were gone ten looks later. A leak stays,
// so the least of many looks shows it, and over 80,000 cases half a kilobyte a case is enough.
const looksTogether = 12;
const mostGrowthBytes = 40e6;
// An export is read in constant memory; a case's own bytes are up to 60 MB, several times over while they are made.
const mostResidentKilobytes = 1_200_000;

/** Looks now and then at what is left after a garbage collection, and compares the last looks with the first. */
export function watchMemory(trial: Trial) {
  setFlagsFromString("--expose-gc");
  const collect = runInNewContext("gc") as () => void;
  let cases = 0;
  const looks: number[] = [];
  return {
    look(): string[] {
      if (++cases % casesBetweenLooks !== 0) return [];
      collect();
      const { heapUsed, external } = process.memoryUsage();
      const { maxRSS } = process.resourceUsage();
      looks.push(heapUsed + external);
      trial.count("looks at the memory");
      const growth = Math.min(...looks.slice(-looksTogether)) - Math.min(...looks.slice(0, looksTogether));
      return [
        ...(growth > mostGrowthBytes ? [`the memory grew by ${Math.round(growth / 1e6)} MB`] : []),
        ...(maxRSS > mostResidentKilobytes ? [`${Math.round(maxRSS / 1e3)} MB were resident`] : []),
      ];
    },
  };
}
