// What the gate reads, damaged: metrics.json and documents.jsonl of a sound evaluation with one thing wrong in one of them.
import { Readable } from "node:stream";
import type { Random } from "../../samples/random.ts";
import { NamedError } from "../../schemas/tables/errors.ts";
import { readDocuments } from "../../tasks/quality-gate/documents.ts";
import { readEvaluation } from "../../tasks/quality-gate/evaluation.ts";
import { evaluated, type Scored } from "../../test/gate/evaluation.ts";
import type { Campaign } from "../campaign.ts";
import { simulated } from "./judge.ts";

const damagesOfACase = 100;

type Leaf = { path: (string | number)[]; value: unknown };
type Json = { [key: string]: Json } | Json[] | string | number | boolean | null;

export const gateEvidenceCampaign: Campaign = {
  what: "a sound evaluation is damaged in 100 ways per case: a value that is not a number, in quotes, missing, twice, changed a little, cut text",
  holds: "each is refused as MetricInvalid or ChampionUnreadable",
  cases: 1000,
  seeds: 1,
  async run(trial) {
    await trial.each(trial.full!, async ({ random }) => {
      const sound = evaluated(withEntity(simulated(random.between(20, 40), 0, random)));
      const problems: string[] = [];
      for (let number = 0; number < damagesOfACase; number++) {
        const { what, metrics, documents } = damaged(sound, random);
        const refusal = await refused(sound, metrics, documents);
        trial.count(refusal);
        if (refusal !== "MetricInvalid" && refusal !== "ChampionUnreadable")
          problems.push(`damage ${number}, ${what}: ${refusal}`);
      }
      return problems;
    });
  },
};

/** A note of whose one entity both models make the same: there is always a count that may not be changed. */
function withEntity(documents: Scored[]): Scored[] {
  const same = { right: 8, found: 1, invented: 1 };
  return [...documents, { units: 9, items: 1, challenger: same, champion: same }];
}

/** The error's name, or what happened instead of one. */
async function refused(
  about: ReturnType<typeof evaluated>,
  metrics: string,
  documents: string,
): Promise<string> {
  try {
    const evaluation = readEvaluation(metrics, about);
    await readDocuments(Readable.from([Buffer.from(documents)]), evaluation, "f1");
    return "accepted";
  } catch (error) {
    return error instanceof NamedError ? error.name : `threw ${String(error)}`;
  }
}

function damaged({ evaluation, lines }: ReturnType<typeof evaluated>, random: Random) {
  const inMetrics = random.chance(0.6);
  const line = random.between(0, lines.length - 1);
  const target = JSON.parse(JSON.stringify(inMetrics ? evaluation : lines[line])) as Json;
  const leaf = random.pick(leavesOf(target).filter(isChecked));
  const { what, text } = damage(target, leaf, random);
  const texts = lines.map((one, index) => (!inMetrics && index === line ? text : JSON.stringify(one)));
  return {
    what: `${what} at ${inMetrics ? "metrics.json" : "documents.jsonl"} ${leaf.path.join("/")}`,
    metrics: inMetrics ? text : JSON.stringify(evaluation),
    documents: texts.map((one) => `${one}\n`).join(""),
  };
}

/** Nothing else in the files says what the tagger that finds nothing would have got, or how a document is called. */
function isChecked({ path }: Leaf): boolean {
  return path.join("/") !== "baselines/nothing/accuracy" && path[0] !== "document";
}

function leavesOf(value: Json, path: Leaf["path"] = []): Leaf[] {
  if (typeof value !== "object" || value === null) return [{ path, value }];
  return Object.entries(value).flatMap(([key, inner]) => leavesOf(inner, [...path, key]));
}

function damage(target: Json, { path, value }: Leaf, random: Random): { what: string; text: string } {
  const place = "\u0000";
  const whole = JSON.stringify(replaced(target, path, place));
  const put = (text: string) => whole.replace(JSON.stringify(place), () => text);
  const sound = JSON.stringify(value);
  const wrong: Record<string, () => string> = {
    NaN: () => put("NaN"),
    infinity: () => put(random.pick(["Infinity", "1e400", "-1e400"])),
    "in quotes": () => put(JSON.stringify(sound)),
    null: () => put(random.pick(["null", "true", "{}", "[]"])),
    missing: () => JSON.stringify(replaced(target, path, undefined)),
    negative: () => put("-1"),
    "beyond every limit": () => put("9007199254740993"),
    "cut off": () => whole.slice(0, random.between(0, whole.length - 1)),
    "followed by more": () => `${put(sound)}${random.pick(["}", "0", "{}", ","])}`,
  };
  // In an array there are no keys.
  if (!path.some((part) => /^\d+$/.test(String(part)))) wrong.twice = () => twice(put(sound), path.at(-1)!);
  if (typeof value === "number")
    wrong.changed = () => put(String(Number.isInteger(value) && value !== 1 ? value + 1 : value * 0.999));
  if (typeof value === "string") wrong.changed = () => put(JSON.stringify(`${value.slice(0, -1)}0z`));
  const what = random.pick(Object.keys(wrong));
  return { what, text: wrong[what]!() };
}

function twice(text: string, key: string | number): string {
  const name = `${JSON.stringify(key)}:`;
  return text.replace(name, () => `${name}0,${name}`);
}

/** A copy with something else at a place; undefined leaves it out, of an array too. */
function replaced(target: Json, [key, ...rest]: Leaf["path"], by: Json | undefined): Json | undefined {
  if (key === undefined) return by;
  const entries = Object.entries(target as Record<string, Json>)
    .map(([name, inner]) => [name, name === key ? replaced(inner, rest, by) : inner] as const)
    .filter(([, inner]) => inner !== undefined);
  return Array.isArray(target) ? entries.map(([, inner]) => inner!) : (Object.fromEntries(entries) as Json);
}
