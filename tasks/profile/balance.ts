// How unevenly a facet's value is represented, as SageMaker Clarify measures it before training. There a facet value d
// is compared with a, all other rows, and both numbers are signed.
// https://docs.aws.amazon.com/sagemaker/latest/dg/clarify-measure-data-bias.html

/** CI = (n_a - n_d) / (n_a + n_d): from -1, all rows have the value, to nearly 1, hardly any has it. */
export function classImbalance(withValue: number, all: number): number {
  return (all - 2 * withValue) / all;
}

/** Rows, and those among them that have a label. */
export type Labelled = { rows: number; positive: number };

/**
 * DPL = q_a - q_d: the share of the other rows that have the label, minus the share of the rows with the value. 0 where
 * there is nothing to compare.
 */
export function differenceInProportions(others: Labelled, withValue: Labelled): number {
  if (others.rows === 0 || withValue.rows === 0) return 0;
  return others.positive / others.rows - withValue.positive / withValue.rows;
}
