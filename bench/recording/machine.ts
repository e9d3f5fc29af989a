// What a figure must be read with: which machine, and how busy it was with other things.
import { readFileSync } from "node:fs";
import { availableParallelism, cpus, totalmem } from "node:os";

const CLOCK_TICKS = 100; // USER_HZ, the same on every Linux that Node runs on

/** In words. Of a processor also what decides how fast it multiplies matrices, on Linux. */
export function machineInWords(): string {
  const model = (cpus()[0]?.model ?? "an unknown processor").replaceAll(/\((?:R|TM)\)/g, "").trim();
  const flags = read("/proc/cpuinfo").match(/^flags.*$/m)?.[0] ?? "";
  const has = (flag: string) => flags.includes(` ${flag}`);
  const products = has("amx_bf16")
    ? ", AMX"
    : has("avx512_bf16")
      ? ", AVX-512 bf16, no AMX"
      : has("avx512f")
        ? ", AVX-512"
        : "";
  return `${availableParallelism()} cores of ${model}${products}, ${Math.round(totalmem() / 2 ** 30)} GiB`;
}

/** CPU seconds of the whole machine so far, and of this process with the children it has waited for. Linux only. */
export type CpuSeconds = { all: number; ours: number };

export function cpuSeconds(): CpuSeconds | null {
  if (process.platform !== "linux") return null;
  const [user, nice, system, , , irq, softirq] = read("/proc/stat")
    .split("\n")[0]!
    .split(/\s+/)
    .slice(1)
    .map(Number);
  // After the name, which may hold spaces: utime, stime, cutime and cstime are the fields 14 to 17.
  const own = read("/proc/self/stat").split(") ").at(-1)!.split(" ").slice(11, 15).map(Number);
  const sum = (ticks: (number | undefined)[]) => ticks.reduce<number>((all, one) => all + (one ?? 0), 0);
  return { all: sum([user, nice, system, irq, softirq]) / CLOCK_TICKS, ours: sum(own) / CLOCK_TICKS };
}

function read(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return "";
  }
}
