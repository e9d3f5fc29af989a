// A report that SageMaker Clarify really wrote: pre-training bias of 22,626 clothing reviews by product category, for the
// label "positive". Its analysis.json gives each category's CI and DPL, no counts. Exactly one number of reviews makes all
// of n(1 - CI)/2 whole, and with it exactly one number of positive ones makes all of DPL's whole; the counts below are those,
// and sum up to all. Clarify's own KL confirms them to 1e-16.
// https://github.com/bullor/AWS-SageMaker-Detect-Data-Bias-Clarify, unbalanced/analysis.json of 2022-10-15; the data are
// the Women's E-Commerce Clothing Reviews, CC0.
import { expect, test } from "vitest";
import { profileOfFacets } from "../../tasks/preprocess/profile/balance.ts";
import { Facets } from "../../tasks/preprocess/profile/facets.ts";
import { PARTS } from "../../tasks/preprocess/profile/parts.ts";

/** Category, reviews, positive ones, and what Clarify said. */
const reported: readonly [category: string, rows: number, positive: number, ci: number, dpl: number][] = [
  ["Blouses", 2983, 2256, 0.7363210465835764, 0.016356035010386294],
  ["Dresses", 6145, 4634, 0.45681958808450457, 0.022482194527426058],
  ["Pants", 1350, 1074, 0.8806682577565632, -0.026661026508742247],
  ["Knits", 4626, 3523, 0.5910898965791567, 0.011212710765239997],
  ["Intimates", 147, 117, 0.9870060991779369, -0.025599402980196473],
  ["Outerwear", 319, 254, 0.9718023512772916, -0.026121240882959418],
  ["Lounge", 669, 545, 0.9408644921771413, -0.04550904734100136],
  ["Sweaters", 1380, 1036, 0.8780164412622646, 0.021044165858330355],
  ["Skirts", 903, 714, 0.9201803235216123, -0.02105259777173263],
  ["Fine gauge", 1059, 837, 0.9063908777512596, -0.02085929991405655],
  ["Sleep", 214, 175, 0.9810837090073367, -0.047723098940654296],
  ["Jackets", 683, 550, 0.9396269778131353, -0.03586832088382319],
  ["Swim", 332, 252, 0.9706532307964288, 0.011619637246392922],
  ["Trend", 118, 78, 0.9895695217890922, 0.11004222980605016],
  ["Jeans", 1104, 909, 0.9024131530098117, -0.055597053369050076],
  ["Legwear", 158, 126, 0.9860337664633607, -0.02717282300791224],
  ["Shorts", 304, 240, 0.9731282595244409, -0.01924700201359053],
  ["Layering", 132, 113, 0.9883320074250862, -0.08607749945440002],
];
const positive = 0;
const other = 1;

test("a profile says of a facet what Clarify said of the same rows, to fifteen digits", () => {
  const facets = new Facets();
  const documents = reported.flatMap(([group, rows, positives]) => {
    const combination = facets.combinationOf({ facets: { group } })!;
    return Array.from({ length: rows }, (_, at) => ({
      part: at % PARTS,
      combination,
      labels: [at < positives ? positive : other],
    }));
  });
  expect(documents).toHaveLength(22_626);
  const positives = documents.filter(({ labels }) => labels[0] === positive).length;
  const [facet] = profileOfFacets(
    facets,
    ["positive", "other"],
    [positives, documents.length - positives],
    () => documents,
  );
  expect(facet!.values).toHaveLength(reported.length);
  for (const [category, rows, , ci, dpl] of reported) {
    const value = facet!.values.find((one) => one.value === category)!;
    expect(value.documents).toBe(rows);
    expect(Math.abs(value.classImbalance - ci), category).toBeLessThan(1e-15);
    const { difference } = value.labels.find(({ label }) => label === "positive")!;
    expect(Math.abs(difference - dpl), category).toBeLessThan(1e-15);
  }
});
