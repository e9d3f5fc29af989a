import { type Bundle, ModelsError } from "./bundle.ts";
import { eachFeature, type Hashing } from "./features.ts";
import { numbersOf, tensorsOf } from "./tensors.ts";

const shareUnits = 2 ** 20;

/**
 * The linear model's scores of a text: log-odds by label, before temperature and thresholds. They are those of the job to
 * the last bit, since all that is added up are whole numbers below 2^53: see containers/pbp_jobs/linear/model.py.
 *
 * @param folder The model's folder in the bundle, with its slash.
 * @param labels How many.
 * Throws as {@link Bundle.read}.
 */
export async function readLinear(
  bundle: Bundle,
  folder: string,
  labels: number,
): Promise<(text: string) => Float64Array> {
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

  return (text) => {
    const found: number[] = [];
    eachFeature(text, settings, (bucket) => {
      const feature = featureOf[bucket]!;
      if (feature >= 0 && counts[feature]!++ === 0) found.push(feature);
    });
    const products = found.map((feature) => counts[feature]! * rarities[feature]!);
    const totals = [0, 0]; // of tokens, of characters
    const halves = found.map((feature) => (buckets[feature]! < size / 2 ? 0 : 1));
    for (const [place, half] of halves.entries()) totals[half]! += products[place]!;
    const sums = new Float64Array(labels);
    for (const [place, feature] of found.entries()) {
      counts[feature] = 0;
      const part = Math.sqrt(products[place]! / totals[halves[place]!]!);
      const share = Math.floor(part * shareUnits + 0.5);
      for (let label = 0, at = feature * labels; label < labels; label++)
        sums[label]! += share * weights[at++]!;
    }
    return sums.map((sum, label) => bias[label]! + scales[label]! * sum);
  };
}
