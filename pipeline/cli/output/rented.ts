// What only a run in AWS has to tell: instances that are paid for by the second, and a file system that can be away.
import { oneLine } from "../../../schemas/printable.ts";
import { duration } from "../../../tasks/report/format.ts";
import type { Summary } from "../../results/summary.ts";
import { table, wrap } from "./tables.ts";

/** Table of the jobs on rented instances and where their logs are read; nothing on one machine. */
export function rentedJobs(summary: Summary): string[] {
  const rented = summary.jobs.filter(({ instanceType }) => instanceType !== "local");
  if (rented.length === 0) return [];
  const seconds = (value: number | null) => (value === null ? "-" : duration(value));
  const rows = rented.map((job) => [
    nameOf(job, summary),
    job.status,
    job.instanceType === null ? "-" : `${job.instanceCount ?? "?"} × ${job.instanceType}`,
    seconds(job.seconds),
    seconds(job.billableSeconds),
    job.usd === null ? "-" : dollars(job.usd),
  ]);
  const columns = [
    { head: "Job" },
    { head: "Status" },
    { head: "Instance" },
    { head: "Took", numeric: true },
    { head: "Billed", numeric: true },
    { head: "USD", numeric: true },
  ];
  return [table(columns, rows), rented.map(({ job, log }) => `Log of ${job}:\n  ${log}`).join("\n")];
}

/** `Train 2`, where there are several trials. */
function nameOf({ state, trial }: Summary["jobs"][number], { jobs }: Summary): string {
  const areSeveral = jobs.some((other) => other.trial !== null && other.trial !== trial);
  return trial !== null && areSeveral ? `${state} ${trial}` : state;
}

// 128 and SIGKILL.
const killed = 137;

/** What became of the jobs that failed, with the end of their logs. */
export function failedJobs(summary: Summary, options: string): string[] {
  const { execution, jobs } = summary;
  return jobs
    .filter(({ failure }) => failure !== null)
    .map((failed) => ({ ...failed, name: nameOf(failed, summary) }))
    .map(({ name, job, status, failure, exitCode, log, lastLines }) =>
      [
        wrap(`${name} ${status.toLowerCase()}: ${oneLine(failure!)}`),
        ...(exitCode === killed ? ["  It was killed, most often because memory ran out."] : []),
        `  Log: ${log}`,
        ...(lastLines.length > 0
          ? [
              "  Its last lines:",
              ...lastLines.map((line) => `  | ${oneLine(line)}`),
              `  All of it: pbp logs ${execution} --job ${job}${options}`,
            ]
          : status === "Failed"
            ? ["  It had printed nothing."]
            : []),
      ].join("\n"),
    );
}

export function cost({ usd, pricesAsOf, region, unpriced }: NonNullable<Summary["cost"]>): string {
  const prices = `list prices of ${region}, ${pricesAsOf}`;
  if (usd !== null) return `${dollars(usd)} USD for the jobs' instances (${prices})`;
  const why = unpriced.length > 0 ? `no price for ${unpriced.join(", ")}` : "a job's time is not known";
  return `not known: ${why} (${prices})`;
}

export function fileSystem({ fileSystemId, ...it }: NonNullable<Summary["fileSystem"]>): string {
  const targets = it.mountTargets.map(({ zone, state }) => `${zone} ${state}`).join(", ");
  const door = it.accessPoint ? `${it.accessPoint.root} ${it.accessPoint.state}` : "no access point";
  return `${fileSystemId} ${it.state}, ${it.encrypted ? "encrypted" : "not encrypted"}; mount targets: ${targets || "none"}; ${door}`;
}

/** Cents, and what is less than one by its first digits. */
function dollars(usd: number): string {
  return usd === 0 || usd >= 0.01 ? usd.toFixed(2) : usd.toPrecision(1);
}
