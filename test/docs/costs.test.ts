import { readFileSync } from "node:fs";
import { ProcessingInstanceType, ProductionVariantInstanceType } from "@aws-sdk/client-sagemaker";
import { expect, test } from "vitest";
import { assumptions, devices } from "../../bench/cost/assumptions.ts";
import {
  defaults,
  estimate,
  flopsPerPiece,
  isPromotedByTask,
  ladders,
  longest,
  memoryOf,
  monthly,
  mostNotes,
  obstacles,
  secondsOf,
  tunedTrials,
  tuning,
  usdPerHour,
} from "../../bench/cost/estimate.ts";
import {
  breakEven,
  capacity,
  host,
  instancesFor,
  requestsAMonth,
  served,
  usdOfInstances,
  usdServerless,
} from "../../bench/cost/serving.ts";
import { dominating, sizes, withCosts } from "../../bench/cost.ts";
import { functions } from "../../pipeline/functions.ts";
import { jobNames } from "../../schemas/execution/jobs.ts";
import deploymentSchema from "../../schemas/installation/deployment.schema.json" with { type: "json" };
import { limit } from "../../states/limits.ts";

const jobOf = (made: ReturnType<typeof estimate>, state: string) =>
  made.jobs.find((job) => job.state === state)!;

test("docs/costs.md says what the estimate says today (npm run cost -- --write)", () => {
  const page = readFileSync(new URL("../../docs/costs.md", import.meta.url), "utf8");
  expect(withCosts(page)).toBe(page);
});

test("a page that lacks a table, or asks for one that is not there, is refused", () => {
  expect(() => withCosts("")).toThrow("no mark for: sizes");
  expect(() => withCosts("<!-- costs: foreign -->\n<!-- end -->")).toThrow("no table foreign");
});

test("BERT-base costs 175 MFLOP a word piece at length 128", () => {
  expect(flopsPerPiece(128) / 1e6).toBeCloseTo(174.6, 1);
});

test("tuning costs what its trials take: each as one training with half to twice the epochs", () => {
  const { one, usd, seconds } = tuning(100_000, defaults);
  expect(usd).toBeGreaterThan((tunedTrials * one.usd) / 2);
  expect(usd).toBeLessThan(tunedTrials * 2 * one.usd);
  expect(usd / seconds).toBeCloseTo(one.usd / secondsOf(one), 10);
});

test("every instance that a deployment has by default has a price and a processor", () => {
  const { embed, train, evaluate } = deploymentSchema.properties;
  const lists = [embed.properties.instances, embed.properties.idleInstances, train.properties.instances];
  for (const { default: types } of [...lists, evaluate.properties.instances])
    for (const type of types) expect(usdPerHour(type.replace(" spot", "")), type).toBeGreaterThan(0);
  expect(Object.keys(devices)).toEqual(
    expect.arrayContaining([defaults.embed.instance, defaults.train.instance, defaults.evaluate.instance]),
  );
  expect(() => usdPerHour("ml.x99.huge")).toThrow("no price for ml.x99.huge");
});

// Valid types: SageMaker API Reference, ProcessingClusterConfig, InstanceType (the SDK's enum is made from its model).
// https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_ProcessingClusterConfig.html
test.each(["Embed", "Evaluate"] as const)(
  "%s ends on a CPU, and SageMaker offers each of its types",
  (job) => {
    const offered: readonly string[] = Object.values(ProcessingInstanceType);
    for (const type of ladders[job]) expect(offered, type).toContain(type);
    const last = devices[ladders[job].at(-1)!]!;
    expect(last.peakFlops).toBe(0);
  },
);

test("any instance of a default list has time and memory for half a million notes, and for no more than the page says", () => {
  for (const state of jobNames)
    for (const instance of ladders[state]) {
      const most = mostNotes(state, instance);
      expect(most, `${state} on ${instance}`).toBeGreaterThan(500_000);
      const fits = (notes: number) =>
        secondsOf(longest(state, instance, notes)) <= limit("jobRuntime") &&
        memoryOf(state, notes) <= devices[instance]!.memoryBytes;
      expect([fits(most), fits(most + 10_000)]).toEqual([true, false]);
    }
});

test.each(sizes)(
  "$notes notes: a warm run embeds less, and the sum is that of its parts",
  ({ notes, plan }) => {
    const cold = estimate(notes, false, plan);
    const warm = estimate(notes, true, plan);
    expect(jobOf(warm, "Embed").usd).toBeLessThan(jobOf(cold, "Embed").usd);
    // The champion is scored as well.
    expect(jobOf(warm, "Evaluate").usd).toBeGreaterThan(jobOf(cold, "Evaluate").usd);
    expect(jobOf(warm, "Train")).toEqual(jobOf(cold, "Train"));
    for (const made of [cold, warm])
      expect(made.usd).toBeCloseTo(
        made.jobs.reduce((sum, { usd }) => sum + usd, made.services),
        10,
      );
  },
);

test("a function prepares what a deployment lets it, and a job more than that", () => {
  const { aboveMegabytes } = deploymentSchema.properties.preprocess.properties;
  const most = Math.floor((aboveMegabytes.default * 1e6) / assumptions.exportBytes.value);
  expect(jobOf(estimate(most, false), "PreprocessJob")).toBeUndefined();
  expect(jobOf(estimate(most + 1, false), "PreprocessJob").usd).toBeGreaterThan(0);
  // What the function then needs is what Lambda gives, with as much again to spare.
  const { ephemeralStorageMegabytes, timeoutSeconds } = functions.preprocess!;
  expect(aboveMegabytes.default * 1e6 * limit("spoolTimes") * 2).toBeLessThan(
    ephemeralStorageMegabytes! * 2 ** 20,
  );
  expect((aboveMegabytes.default * 1e6) / assumptions.preprocessBytes.value).toBeLessThan(timeoutSeconds / 2);
  expect(assumptions.spoolFactor.value).toBe(limit("spoolTimes"));
});

test("a function promotes what it has time for at a third of the assumed speed, and a task more than that", () => {
  const { plan } = sizes.at(-1)!;
  const most = deploymentSchema.properties.promote.properties.aboveMegabytes;
  expect((2 * most.default * 1e6) / (assumptions.bundleBytes.value / 3)).toBeLessThan(
    functions.promote!.timeoutSeconds,
  );
  expect((2 * most.maximum * 1e6) / assumptions.bundleBytes.value).toBeLessThan(
    functions.promote!.timeoutSeconds,
  );
  expect([1e6, 1e7].map((notes) => isPromotedByTask(notes, plan))).toEqual([false, true]);
  expect(isPromotedByTask(1e7, defaults)).toBe(false);
});

test("Embed takes as many instances as the definition says", () => {
  const counts = [1, 1e6, 1e6 + 1, 1e9].map((notes) => jobOf(estimate(notes, false), "Embed").count);
  expect(counts).toEqual([1, 1, 2, defaults.embed.maximum]);
});

test("the lever moves with the size: starts, then the work", () => {
  expect(dominating(estimate(1_000, true)).part).toBe("start");
  const { part, share } = dominating(estimate(10_000_000, true, sizes.at(-1)!.plan));
  expect(part).toBe("Train");
  expect(share).toBeGreaterThan(0.5);
});

test("says what does not fit, and only that", () => {
  expect(obstacles(1_000)).toEqual([]);
  expect(obstacles(100_000)).toEqual([]);
  const found = obstacles(10_000_000).join("\n");
  for (const words of ["Train on", "Evaluate on", "Promote moves"]) expect(found).toContain(words);
  // What Train, Embed's first host and Evaluate hold grows with the notes: the default instances have 16 GiB.
  for (const job of ["Embed", "Train", "Evaluate"])
    expect(found).toMatch(new RegExp(`^${job} needs \\d+ GB of memory; ml\\.\\S+ has 17$`, "m"));
  // With what a deployment may have, nothing; far beyond that Promote is one of the first.
  const largest = sizes.at(-1)!;
  expect(obstacles(largest.notes, largest.plan)).toEqual([]);
  expect(obstacles(60_000_000, largest.plan).join("\n")).toContain("its task has 120");
  // The plan of that size keeps every job within its time.
  const { notes, plan } = sizes.at(-1)!;
  for (const job of estimate(notes, true, plan).jobs)
    expect(secondsOf(job)).toBeLessThan(limit("jobRuntime"));
});

test("by the month, only what is stored grows", () => {
  const [small, large] = [monthly(1_000), monthly(100_000)];
  expect(small.map(({ what }) => what)).toEqual(large.map(({ what }) => what));
  expect(small.slice(0, 2)).toEqual(large.slice(0, 2));
  expect(large.at(-1)!.usd).toBeGreaterThan(small.at(-1)!.usd);
});

// ProductionVariantServerlessConfig and ProductionVariantInstanceType, SageMaker API Reference:
// https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_ProductionVariantServerlessConfig.html
test("what answers in the table of endpoints is what a deployment may ask for", () => {
  const { minimum, maximum, multipleOf } = deploymentSchema.properties.serving.properties.memoryMegabytes;
  for (const { gigabytes } of served) {
    expect(gigabytes * 1024).toBeGreaterThanOrEqual(minimum);
    expect(gigabytes * 1024).toBeLessThanOrEqual(maximum);
    expect((gigabytes * 1024) % multipleOf).toBe(0);
  }
  expect(Object.values<string>(ProductionVariantInstanceType)).toContain(host);
});

test("an instance is cheaper from where its hours cost what the requests would, until it is full", () => {
  const [linear, transformer] = served as [(typeof served)[0], (typeof served)[0]];
  expect(breakEven(linear)).toBeNull();
  const even = breakEven(transformer)!;
  expect(usdOfInstances(transformer, even * 0.99)).toBeGreaterThan(even * 0.99 * usdServerless(transformer));
  expect(usdOfInstances(transformer, even * 1.01)).toBeLessThan(even * 1.01 * usdServerless(transformer));
  expect(instancesFor(transformer, capacity(transformer) * 0.99)).toBe(1);
  expect(instancesFor(transformer, capacity(transformer) * 1.01)).toBe(2);
  for (const requests of requestsAMonth)
    expect(usdOfInstances(linear, requests)).toBeGreaterThan(requests * usdServerless(linear));
});

test("only a deployment that builds Evaluate's image for it is told of a GPU there", () => {
  const image = readFileSync(new URL("../../containers/evaluate/Dockerfile", import.meta.url), "utf8");
  expect(image).toContain("download.pytorch.org/whl/cpu");
  const plans = sizes.filter(({ plan }) => devices[plan.evaluate.instance]!.peakFlops > 0);
  for (const { plans: told } of plans) expect(told).toContain("Evaluate's image built on Embed's");
});
