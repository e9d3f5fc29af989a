import errors from "./errors.json" with { type: "json" };

/** The names that the tasks throw, the retriers and catchers match, the jobs exit with, and the runbook explains. */
export type ErrorName = keyof typeof errors.pipeline;

/** Every error name of ours with a sentence on what it means. */
export const errorMeanings = Object.fromEntries(
  Object.entries(errors.pipeline).map(([name, { means }]) => [name, means]),
) as Record<ErrorName, string>;

/**
 * An error whose name is part of the contract: Step Functions matches on it and the runbook has a heading for it.
 * The message says what was expected, where, and what to do; it never carries a value from the data.
 */
export class NamedError extends Error {
  constructor(name: ErrorName, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = name;
  }
}
