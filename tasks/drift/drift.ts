import type { Drift } from "../../schemas/types.ts";
import { type CountedProfile, type Pair, pairsOf } from "./distributions.ts";
import { type EmbeddingsProfile, movedEmbeddings, piecesPair } from "./embeddings.ts";
import { halvesOf } from "./halves.ts";
import { jensenShannonDistance } from "./jensen-shannon.ts";
import { populationStability } from "./population-stability.ts";
import { messageOf } from "./wording.ts";

export type DriftFinding = Drift["findings"][number];

/** One comparison in a hundred of exports that differ by chance alone has a finding that exceeds its limit, or fewer. */
const FALSE_ALARMS = 0.01;

/** What a comparison calls the two exports: "this export", "the champion's". */
export type Names = { one: string; other: string };

/** An export as drift sees it. The embeddings are null where nothing was embedded, or not by the same base model. */
export type Compared = { profile: CountedProfile; embeddings: EmbeddingsProfile | null };

/** How an export differs from another, one finding for each thing that both profiles count. It decides nothing. */
export function driftBetween(one: Compared, other: Compared, names: Names): DriftFinding[] {
  const pieces = one.embeddings && other.embeddings && piecesPair(one.embeddings, other.embeddings);
  const pairs = [...pairsOf(one.profile, other.profile), ...(pieces ? [pieces] : [])];
  const alarms = FALSE_ALARMS / (pairs.length + 1);
  const findings = pairs.map((pair) => findingOf(pair, alarms, names));
  const moved =
    one.embeddings && other.embeddings && movedEmbeddings(one.embeddings, other.embeddings, alarms);
  return moved ? [...findings, { ...moved, message: messageOf(moved, null, names) }] : findings;
}

/** How two distributions differ, as one of `comparisons` that are made at once. */
export function driftOf(pair: Pair, comparisons: number, names: Names): DriftFinding {
  return findingOf(pair, FALSE_ALARMS / comparisons, names);
}

function findingOf(pair: Pair, alarms: number, names: Names): DriftFinding {
  const [one, other] = [pair.one, pair.other].map(countsOf) as [number[], number[]];
  const [p, q] = [one, other].map(sharesOf) as [number[], number[]];
  const common = sharesOf(one.map((count, value) => count + other[value]!));
  const from = (move: Float64Array) =>
    sharesOf(common.map((share, value) => Math.max(0, share + move[value]!)));
  const halves = halvesOf(
    [deviationsOf(pair.one), deviationsOf(pair.other)],
    (mine, theirs) => jensenShannonDistance(from(mine), from(theirs)),
    alarms,
  );
  const distance = jensenShannonDistance(p, q);
  const finding = {
    what: pair.what,
    distance,
    psi: populationStability(one, other),
    halves: halves?.typical ?? null,
    limit: halves?.limit ?? null,
    exceeds: halves !== null && distance > halves.limit,
  };
  return { ...finding, message: messageOf(finding, { ...pair, p, q }, names) };
}

const countsOf = (values: readonly number[][]) =>
  values.map((parts) => parts.reduce((sum, count) => sum + count, 0));

function sharesOf(counts: readonly number[]): number[] {
  const all = counts.reduce((sum, count) => sum + count, 0);
  return counts.map((count) => count / all);
}

/** By part, what it has more of each value than its size gives it, in shares of the whole; of the parts that have any. */
function deviationsOf(values: readonly number[][]): number[][] {
  const shares = sharesOf(countsOf(values));
  const sizes = values[0]!.map((_, part) => values.reduce((sum, parts) => sum + parts[part]!, 0));
  const all = sizes.reduce((sum, size) => sum + size, 0);
  return sizes
    .map((size, part) => values.map((parts, value) => (parts[part]! - size * shares[value]!) / all))
    .filter((_, part) => sizes[part]! > 0);
}
