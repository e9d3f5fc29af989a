import type { EmbeddingsManifest } from "../../schemas/types.ts";
import { noParts } from "../preprocess/profile/parts.ts";
import type { Pair } from "./distributions.ts";
import { type Halves, halvesOf } from "./halves.ts";

/** Where an export's vectors lie, by random part of the export; and how many word pieces the base model did not know. */
export type EmbeddingsProfile = NonNullable<EmbeddingsManifest["profile"]> & { embeddingKey: string };

/** What a manifest says of where the vectors lie; null for one of an earlier version. */
export function embeddingsProfile({ profile, embeddingKey }: EmbeddingsManifest): EmbeddingsProfile | null {
  return profile ? { ...profile, embeddingKey } : null;
}

/**
 * How far the mean vector of one export lies from that of another, in units of the other's spread (the root of the mean
 * squared distance from its mean). null where the vectors are not of the same base model.
 */
export function movedEmbeddings(one: EmbeddingsProfile, other: EmbeddingsProfile, alarms: number) {
  if (one.embeddingKey !== other.embeddingKey || other.spread === 0) return null;
  const [mean, before] = [one, other].map(meanOf) as [number[], number[]];
  const halves: Halves | null = halvesOf(
    [deviationsOf(one, mean), deviationsOf(other, before)],
    (mine, theirs) => length(mine, theirs) / other.spread,
    alarms,
  );
  const distance = length(mean, before) / other.spread;
  if (!Number.isFinite(distance)) return null;
  return {
    what: "embeddings",
    distance,
    psi: null,
    halves: halves?.typical ?? null,
    limit: halves?.limit ?? null,
    exceeds: halves !== null && distance > halves.limit,
  };
}

/**
 * Word pieces by whether the vocabulary knows them, of the texts that each execution embedded itself. null where one of
 * them embedded none, all its vectors being there already.
 */
export function piecesPair(one: EmbeddingsProfile, other: EmbeddingsProfile): Pair | null {
  if (one.embeddingKey !== other.embeddingKey) return null;
  const [mine, theirs] = [one, other].map(countsOf) as [number[][], number[][]];
  if ([mine, theirs].some((counts) => counts.flat().every((count) => count === 0))) return null;
  const names = ["pieces of unknown words", "known pieces"];
  return { what: "unknown-pieces", noun: "word pieces", names, one: mine, other: theirs };
}

function countsOf({ parts }: EmbeddingsProfile): number[][] {
  const unknown = noParts();
  const known = noParts();
  for (const { part, pieces, unknown: count } of parts) {
    unknown[part] = count;
    known[part] = pieces - count;
  }
  return [unknown, known];
}

function meanOf({ parts }: EmbeddingsProfile): number[] {
  const all = parts.reduce((sum, { texts }) => sum + texts, 0);
  return parts[0]!.mean.map(
    (_, at) => parts.reduce((sum, { texts, mean }) => sum + texts * mean[at]!, 0) / all,
  );
}

function deviationsOf({ parts }: EmbeddingsProfile, mean: readonly number[]): number[][] {
  const all = parts.reduce((sum, { texts }) => sum + texts, 0);
  return parts.map((part) => part.mean.map((value, at) => (part.texts * (value - mean[at]!)) / all));
}

function length(one: ArrayLike<number>, other: ArrayLike<number>): number {
  let squares = 0;
  for (let at = 0; at < one.length; at++) squares += (one[at]! - other[at]!) ** 2;
  return Math.sqrt(squares);
}
