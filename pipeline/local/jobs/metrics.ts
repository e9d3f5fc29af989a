import { open } from "node:fs/promises";

/** A number that SageMaker reads from what a training prints: the regular expression's one group. */
export type MetricDefinition = { Name: string; Regex: string };
export type FinalMetric = { MetricName: string; Value: number; Timestamp: number };

/** FinalMetricDataList of DescribeTrainingJob: the last value that was printed of each metric, if any was. */
export async function finalMetrics(
  log: string,
  definitions: readonly MetricDefinition[],
  at: number,
): Promise<FinalMetric[]> {
  const patterns = definitions.map(({ Name, Regex }) => ({ name: Name, pattern: new RegExp(Regex) }));
  const values = new Map<string, number>();
  const file = await open(log);
  // It is closed at its end.
  for await (const line of file.readLines())
    for (const { name, pattern } of patterns) {
      const value = Number(pattern.exec(line)?.[1] ?? Number.NaN);
      if (Number.isFinite(value)) values.set(name, value);
    }
  return [...values].map(([MetricName, Value]) => ({ MetricName, Value, Timestamp: at }));
}
