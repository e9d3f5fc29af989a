import { type Algorithm, needsOf } from "../../../schemas/tables/algorithms.ts";
import { NamedError } from "../../../schemas/tables/errors.ts";
import { wordsOf } from "../../../schemas/tables/kinds.ts";
import type { Kind } from "../../../schemas/types.ts";
import { type Asked, algorithmsOf } from "../tuning/choices.ts";

/** Whether a job would run out of memory, told before it is paid for. Only classes take a number for each decision. */
export function tooManyDecisions(
  texts: number,
  labels: number,
  kind: Kind,
  policy: Asked,
): NamedError | null {
  if (wordsOf(kind).annotation !== "classes") return null;
  const fits = (algorithm: Algorithm) => texts * labels <= needsOf(algorithm).mostDecisions;
  const tooLarge = algorithmsOf(kind, policy).filter((algorithm) => !fits(algorithm));
  if (tooLarge.length === 0) return null;
  const found = (most: number) =>
    `${inThousands(texts)} texts times ${inThousands(labels)} labels are more than the ${inThousands(most)} decisions that the memory of a job is enough for`;
  const mostOf = (some: Algorithm[]) => some.map((algorithm) => needsOf(algorithm).mostDecisions);
  const { algorithms } = wordsOf(kind);
  const others = algorithms.filter(fits);
  if (others.length > 0)
    return new NamedError(
      "InvalidInput",
      `/algorithms: ${found(Math.min(...mostOf(tooLarge)))} with ${tooLarge.join(" and ")}. Train others: --algorithms ${others.join(",")}.`,
    );
  return new NamedError(
    "InvalidExport",
    `The export is too large: ${found(Math.max(...mostOf(algorithms)))}. Export fewer texts, or fewer labels.`,
  );
}

const inThousands = (count: number) => count.toLocaleString("en-US");
