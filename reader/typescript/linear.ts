import { type Attribution, attributionOf } from "./attribution.ts";
import { type Bundle, ModelsError } from "./bundle.ts";
import {
  eachCharacterNgram,
  eachFeature,
  eachTokenNgram,
  type Hashing,
  read as readText,
} from "./features.ts";
import { numbersOf, tensorsOf } from "./tensors.ts";

const shareUnits = 2 ** 20;

/** A linear model. Its scores are log-odds by label, before temperature and thresholds. */
export type LinearModel = {
  /**
   * Those of the job to the last bit, since all that is added up are whole numbers below 2^53: see
   * containers/pbp_jobs/linear/model.py.
   */
  score(text: string): Float64Array;
  /** What each word adds to the score of a label. */
  attribute(text: string, label: number): Attribution;
};

/**
 * @param folder The model's folder in the bundle, with its slash.
 * @param labels How many.
 * Throws as {@link Bundle.read}.
 */
export async function readLinear(bundle: Bundle, folder: string, labels: number): Promise<LinearModel> {
  const settings = (await bundle.readJson(`${folder}linear.json`)) as Hashing & { format: number };
  const tensors = tensorsOf(await bundle.read(`${folder}linear.safetensors`));
  const features = tensors?.get("buckets")?.shape[0] ?? 0;
  const buckets = numbersOf(tensors, "buckets", "I32", [features]);
  const rarities = numbersOf(tensors, "rarities", "I32", [features]);
  const weights = numbersOf(tensors, "weights", "I16", [features, labels]);
  const scales = numbersOf(tensors, "scales", "F32", [labels]);
  const bias = numbersOf(tensors, "bias", "F32", [labels]);
  if (settings.format !== 1 || !buckets || !rarities || !weights || !scales || !bias)
    throw new ModelsError(`The bundle ${bundle.version} has a linear model that this reader cannot read.`);

  const size = 2 ** settings.bits;
  const featureOf = new Int32Array(size).fill(-1);
  for (const [feature, bucket] of buckets.entries()) featureOf[bucket] = feature;
  const counts = new Int32Array(features); // all 0 between two calls

  /** The known features of a text, the share of each, and how many n-grams it has. */
  function read(text: string) {
    const found: number[] = [];
    eachFeature(text, settings, (bucket) => {
      const feature = featureOf[bucket]!;
      if (feature >= 0 && counts[feature]!++ === 0) found.push(feature);
    });
    const ngrams = found.map((feature) => counts[feature]!);
    const products = found.map((feature, place) => ngrams[place]! * rarities![feature]!);
    const totals = [0, 0]; // of tokens, of characters
    const halves = found.map((feature) => (buckets![feature]! < size / 2 ? 0 : 1));
    for (const [place, half] of halves.entries()) totals[half]! += products[place]!;
    const shares = products.map((product, place) => {
      counts[found[place]!] = 0;
      return Math.floor(Math.sqrt(product / totals[halves[place]!]!) * shareUnits + 0.5);
    });
    return { found, shares, ngrams };
  }

  function score(text: string): Float64Array {
    const { found, shares } = read(text);
    const sums = new Float64Array(labels);
    for (const [place, feature] of found.entries())
      for (let label = 0, at = feature * labels; label < labels; label++)
        sums[label]! += shares[place]! * weights![at++]!;
    return sums.map((sum, label) => bias![label]! + scales![label]! * sum);
  }

  function attribute(text: string, label: number): Attribution {
    const { found, shares, ngrams } = read(text);
    const parts = new Map<number, number>(); // what one n-gram of a bucket adds to the score
    for (const [place, feature] of found.entries()) {
      const all = scales![label]! * shares[place]! * weights![feature * labels + label]!;
      parts.set(buckets![feature]!, all / ngrams[place]!);
    }
    const reading = readText(text);
    const words = reading.starts.map((start, index) => ({ start, end: reading.ends[index]!, weight: 0 }));
    const divide = (owners: readonly number[]) => (bucket: number, first: number, end: number) => {
      const part = parts.get(bucket);
      if (part === undefined) return;
      let inside = 0;
      for (let at = first; at < end; at++) if (owners[at]! >= 0) inside++;
      for (let at = first; at < end; at++) {
        const word = words[owners[at]!];
        if (word) word.weight += part / inside;
      }
    };
    eachTokenNgram(reading, settings, divide(words.map((_, index) => index)));
    eachCharacterNgram(reading, settings, divide(reading.owners));
    return attributionOf(bias![label]!, score(text)[label]!, words);
  }

  return { score, attribute };
}
