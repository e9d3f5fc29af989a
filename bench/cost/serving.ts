// What the answers cost, by requests a month: an endpoint without instances, one with them, and the function URL before
// either. A request has one note. docs/serving.md#in-aws
import { functions } from "../../pipeline/functions.ts";
import { servicePrices, value } from "./assumptions.ts";
import { flopsPerPiece, hours, reached, usdPerHour } from "./estimate.ts";

export const requestsAMonth = [10_000, 100_000, 1_000_000, 10_000_000];

/** A model, the memory that a serverless copy of it needs, and how long a core takes for a note. */
export type Served = { what: string; gigabytes: number; seconds: (flops: number) => number };

/** The instance of the table: the smallest whose cores are fast in float32, in which the service computes. */
export const host = "ml.c7i.large";

export const served: readonly Served[] = [
  { what: "linear", gigabytes: 1, seconds: () => value("linearSeconds") },
  {
    what: "transformer (BERT-base)",
    gigabytes: 2,
    seconds: (flops) => (value("piecesPerNote") * flopsPerPiece(128)) / flops,
  },
];

/** Of one request, as far as the endpoint bills it. A worker computes with one thread, so a second vCPU is idle. */
const secondsServerless = ({ gigabytes, seconds }: Served) =>
  seconds(value("cpuFlops")) / Math.min(1, (gigabytes * 1024) / value("serverlessVcpuMegabytes"));
const secondsOnInstance = ({ seconds }: Served) => seconds(reached(host, "Evaluate"));

/** USD of a request that an endpoint without instances answers. */
export const usdServerless = (model: Served): number =>
  secondsServerless(model) * model.gigabytes * price("serverlessGigabyteSecond") + usdOfData();

/** How many instances the busiest hours need. */
export function instancesFor(model: Served, requests: number): number {
  const perSecond = (requests * value("peakFactor")) / (hours * 3600);
  return Math.max(1, Math.ceil(perSecond * secondsOnInstance(model)));
}

/** USD a month. */
export const usdOfInstances = (model: Served, requests: number): number =>
  instancesFor(model, requests) * hours * usdPerHour(host) + requests * usdOfData();

/** USD of a request that comes by the function URL, which waits for the endpoint's answer. */
export const usdOfAddress = (model: Served, isServerless: boolean): number =>
  price("lambdaRequest") +
  (isServerless ? secondsServerless(model) : secondsOnInstance(model)) *
    (functions.answer!.memoryMegabytes / 1024) *
    price("lambdaGigabyteSecond");

/** How many requests a month one instance answers. */
export const capacity = (model: Served): number =>
  (hours * 3600) / secondsOnInstance(model) / value("peakFactor");

/** From how many requests a month one instance costs less; null: not even one that is full does. */
export function breakEven(model: Served): number | null {
  const requests = (hours * usdPerHour(host)) / (usdServerless(model) - usdOfData());
  return requests < capacity(model) ? requests : null;
}

const usdOfData = () => ((value("requestBytes") + value("answerBytes")) / 1e9) * price("endpointData");
const price = (name: keyof typeof servicePrices) => servicePrices[name].value;
