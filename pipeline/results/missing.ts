/**
 * What could not be read, and the name of the error, for whoever tells it: `the jobs' status: AccessDenied`. An operator
 * may lack the permission to see a part; the rest is told all the same.
 */
export type Missing = string[];

/** For a promise's catch: notes what is missing and goes on with `fallback`. */
export function orElse<Fallback>(
  missing: Missing,
  what: string,
  fallback: Fallback,
): (error: Error) => Fallback {
  return ({ name }) => {
    missing.push(`${what}: ${name}`);
    return fallback;
  };
}
