/**
 * Estimated cost of one run for three sizes, from measured throughput and dated prices.
 *
 *   node bench/cost.ts             prints the tables
 *   node bench/cost.ts --write     writes them into docs/costs.md, each after its <!-- costs: … --> mark
 */
import { readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import prices from "../tasks/notify/prices.json" with { type: "json" };
import { type Assumption, assumptions, devices, servicePrices } from "./cost/assumptions.ts";
import {
  defaults,
  type Estimate,
  estimate,
  flopsPerPiece,
  isPreparedByJob,
  type JobEstimate,
  ladders,
  monthly,
  mostNotes,
  obstacles,
  type Plan,
  reached,
  secondsOf,
  tunedTrials,
  tuning,
  usdPerHour,
} from "./cost/estimate.ts";
import {
  breakEven,
  capacity,
  host,
  instancesFor,
  requestsAMonth,
  served,
  usdOfAddress,
  usdOfInstances,
  usdServerless,
} from "./cost/serving.ts";

const file = fileURLToPath(new URL("../docs/costs.md", import.meta.url));
const block = /<!-- costs: ([a-z]+) -->\n[\s\S]*?<!-- end -->/g;

/** The sizes, and where their jobs run: on what a deployment has by default, as long as that suffices. */
export const sizes: { notes: number; plan: Plan; plans: string }[] = [
  { notes: 1_000, plan: defaults, plans: "default" },
  { notes: 100_000, plan: defaults, plans: "default" },
  {
    notes: 10_000_000,
    plan: {
      ...defaults,
      embed: { ...defaults.embed, instance: "ml.g6e.4xlarge" },
      train: { instance: "ml.p5.4xlarge" },
      evaluate: { instance: "ml.g6e.4xlarge" },
      promote: { hasTask: true },
    },
    plans:
      "Train on ml.p5.4xlarge, Embed and Evaluate on ml.g6e.4xlarge, Evaluate's image built on Embed's, `promote`",
  },
];

const levers = {
  start: "how often it runs: three instances start each time, and faster ones start no sooner",
  PreprocessJob: "`preprocess.instances`: a faster core",
  Embed: "new notes: only a text without a vector is computed",
  Train: "`epochs`; then spot, which Train asks for first and this table leaves out",
  Evaluate: "`evaluate.instances`: more cores with AMX, or a GPU and an image for it; then `testFraction`",
  services: "`keepVersions`, and the bundle's second copy of the vectors",
} as const;

/** What most of the money goes into: the jobs' starts, the work of one job, or the services around. */
export function dominating({ jobs, services, usd }: Estimate): { part: keyof typeof levers; share: number } {
  const perSecond = (job: JobEstimate) => job.usd / secondsOf(job);
  const spent: Record<keyof typeof levers, number> = {
    start: 0,
    PreprocessJob: 0,
    Embed: 0,
    Train: 0,
    Evaluate: 0,
    services,
  };
  for (const job of jobs) {
    spent.start += job.seconds.start * perSecond(job);
    spent[job.state] += job.usd - job.seconds.start * perSecond(job);
  }
  const [part, most] = Object.entries(spent).reduce((a, b) => (b[1] > a[1] ? b : a));
  return { part: part as keyof typeof levers, share: most / usd };
}

const count = (number: number) => number.toLocaleString("en-US");
const usd = (amount: number) => amount.toFixed(2);
const minutes = (seconds: number) =>
  seconds < 5400 ? `${(seconds / 60).toFixed(0)} min` : `${(seconds / 3600).toFixed(1)} h`;
const cell = (job: JobEstimate) => `${job.count} × ${minutes(secondsOf(job))}, ${usd(job.usd)}`;

function table(head: string[], rows: string[][]): string {
  return [head, head.map(() => "---"), ...rows].map((cells) => `| ${cells.join(" | ")} |`).join("\n");
}

function sizesTable(): string {
  const rows = sizes.flatMap(({ notes, plan, plans }) =>
    [false, true].map((isWarm) => {
      const made = estimate(notes, isWarm, plan);
      const { part, share } = dominating(made);
      return [
        count(notes),
        isWarm ? "warm" : "cold",
        ...(isPreparedByJob(notes) ? [] : ["function"]),
        ...made.jobs.map(cell),
        usd(made.services),
        `**${usd(made.usd)}**`,
        `${(share * 100).toFixed(0)} % ${part === "start" ? "starts" : part}: ${levers[part]}`,
        plans,
      ];
    }),
  );
  const head = [
    "notes",
    "run",
    "Preprocess",
    "Embed",
    "Train",
    "Evaluate",
    "services",
    "USD",
    "the lever",
    "instances",
  ];
  return table(head, rows);
}

function tuningTable(): string {
  const rows = sizes.map(({ notes, plan }) => {
    const { one, usd: all, seconds } = tuning(notes, plan);
    return [count(notes), cell(one), `${minutes(seconds)}, ${usd(all)}`, `\`${one.instance}\``];
  });
  return table(["notes", "one training", `${tunedTrials} trials, one after another`, "instance"], rows);
}

/** Where the time of the smallest size goes. Embed and Train run beside each other, so the longer of them counts. */
function timeTable(): string {
  const [{ notes, plan } = sizes[0]!] = sizes;
  const { jobs } = estimate(notes, false, plan);
  const parts = ["start", "transfer", "tokenise", "compute"] as const;
  const seconds = (all: readonly number[]) => all.map((one) => `${one.toFixed(0)} s`);
  const rows = jobs.map((job) => [
    job.state,
    ...seconds([...parts.map((part) => job.seconds[part]), secondsOf(job)]),
  ]);
  const [embed, train, evaluate] = jobs as [JobEstimate, JobEstimate, JobEstimate];
  const longer = secondsOf(train) > secondsOf(embed) ? train : embed;
  const whole = parts.map((part) => longer.seconds[part] + evaluate.seconds[part]);
  const sum = secondsOf(longer) + secondsOf(evaluate);
  const head = ["job", "start", "channels and outputs", "tokenising", "computing", "together"];
  return table(head, [...rows, [`both in a row: ${longer.state}, Evaluate`, ...seconds([...whole, sum])]]);
}

function obstaclesList(): string {
  return sizes
    .map(({ notes, plan }) => {
      const found = obstacles(notes, plan);
      if (found.length === 0) return `- **${count(notes)} notes**: fits.`;
      return `- **${count(notes)} notes**: does not fit in one export.\n${found.map((one) => `  - ${one}.`).join("\n")}`;
    })
    .join("\n");
}

function laddersTable(): string {
  const rows = Object.entries(ladders).map(([state, types]) => [
    state,
    types
      .map((type) => `\`${type}\` ${count(mostNotes(state as JobEstimate["state"], type))}`)
      .join(", then "),
  ]);
  return table(["job", "notes within 12 hours and the instance's memory"], rows);
}

function instancesTable(): string {
  const flops = 1e9 * flopsPerPiece(128);
  const rows = Object.entries(devices).map(([instance, { name, source }]) => [
    `\`${instance}\``,
    name,
    (reached(instance, "Embed") / 1e12).toFixed(1),
    String(usdPerHour(instance)),
    usd((flops / reached(instance, "Embed") / 3600) * usdPerHour(instance)),
    usd(((3 * flops) / reached(instance, "Train") / 3600) * usdPerHour(instance)),
    usd((flops / reached(instance, "Evaluate") / 3600) * usdPerHour(instance)),
    source,
  ]);
  const head = [
    "instance",
    "processor",
    "TFLOP/s reached",
    "USD/h",
    "USD, 10⁹ pieces read",
    "trained",
    "judged (fp32)",
    "source",
  ];
  return table(head, rows);
}

const assumptionsTable = (table_: Readonly<Record<string, Assumption>>) =>
  table(
    ["what", "value", "source"],
    Object.values(table_).map(({ what, value, source }) => [
      what,
      value >= 1e7 ? value.toExponential().replace("e+", "e") : String(value),
      source,
    ]),
  );

function monthlyTable(): string {
  const columns = sizes.map(({ notes, plan }) => monthly(notes, plan));
  const rows = columns[0]!.map(({ what }, index) => [
    what,
    ...columns.map((column) => usd(column[index]!.usd)),
  ]);
  const sums = columns.map((column) => usd(column.reduce((sum, one) => sum + one.usd, 0)));
  return table(
    ["a month", ...sizes.map(({ notes }) => `${count(notes)} notes`)],
    [...rows, ["together", ...sums]],
  );
}

function servingTable(): string {
  const rows = served.flatMap((model) => {
    const each = requestsAMonth.map((requests) => {
      const one = requests * usdServerless(model);
      const other = usdOfInstances(model, requests);
      const bold = (amount: number, isLess: boolean) => (isLess ? `**${usd(amount)}**` : usd(amount));
      return [
        bold(one, one < other),
        `${bold(other, other <= one)} (${instancesFor(model, requests)})`,
        usd(requests * usdOfAddress(model, one < other)),
      ];
    });
    const whats = [
      `serverless, ${model.gigabytes} GB`,
      `instances, \`${host}\` (how many)`,
      "function URL before the cheaper",
    ];
    const from = breakEven(model);
    const rounded = (requests: number) => count(Math.round(requests / 1e4) * 1e4);
    const cheaper =
      from === null
        ? "never"
        : `from ${rounded(from)} on one, and where ${rounded(capacity(model))} fill each`;
    return whats.map((what, row) => [
      row === 0 ? model.what : "",
      what,
      ...each.map((cells) => cells[row]!),
      row === 1 ? cheaper : "",
    ]);
  });
  return table(
    [
      "model",
      "answers by",
      ...requestsAMonth.map((requests) => `${count(requests)} requests`),
      "instances are cheaper",
    ],
    rows,
  );
}

const blocks: Readonly<Record<string, () => string>> = {
  sizes: sizesTable,
  time: timeTable,
  tuning: tuningTable,
  obstacles: obstaclesList,
  monthly: monthlyTable,
  serving: servingTable,
  ladders: laddersTable,
  instances: instancesTable,
  assumptions: () => assumptionsTable(assumptions),
  prices: () =>
    `Instances: ${prices.region}, ${prices.asOf} (\`tasks/notify/prices.json\`). ${prices.source}\n\n${assumptionsTable(servicePrices)}`,
};

/** The page with today's tables. Throws when a mark names no table, or a table has no mark. */
export function withCosts(page: string): string {
  const missing = new Set(Object.keys(blocks));
  const written = page.replace(block, (_, mark: string) => {
    const make = blocks[mark];
    if (!make) throw new Error(`docs/costs.md: there is no table ${mark}.`);
    missing.delete(mark);
    return `<!-- costs: ${mark} -->\n${make()}\n<!-- end -->`;
  });
  if (missing.size > 0) throw new Error(`docs/costs.md has no mark for: ${[...missing].join(", ")}.`);
  return written;
}

if (import.meta.main) {
  if (process.argv.includes("--write")) writeFileSync(file, withCosts(readFileSync(file, "utf8")));
  else
    for (const mark of ["sizes", "tuning", "obstacles", "monthly", "serving", "instances"])
      console.log(`${blocks[mark]!()}\n`);
}
