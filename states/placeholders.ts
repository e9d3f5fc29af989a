import type { StateMachine } from "./asl.ts";

type Values = Readonly<Record<string, string>>;

/** The names that a machine leaves open, as `${Name}`: what an engine must say before it can run. */
export function placeholdersOf(machine: StateMachine): string[] {
  const names = [...JSON.stringify(machine).matchAll(/\$\{(\w+)\}/g)].map(([, name]) => name!);
  return [...new Set(names)].sort();
}

/**
 * The values for a machine's placeholders, of all that an engine has.
 *
 * @throws Error when one is missing.
 */
export function valuesFor(machine: StateMachine, values: Values): Record<string, string> {
  return Object.fromEntries(
    placeholdersOf(machine).map((name) => {
      const value = values[name];
      if (value === undefined) throw new Error(`The definition needs a value for \${${name}}.`);
      return [name, value];
    }),
  );
}

/** Puts an engine's values into a machine, as CloudFormation does with DefinitionSubstitutions. */
export function fillIn(machine: StateMachine, values: Values): StateMachine {
  const known = valuesFor(machine, values);
  const text = JSON.stringify(machine).replace(/\$\{(\w+)\}/g, (_, name: string) =>
    JSON.stringify(known[name]).slice(1, -1),
  );
  return JSON.parse(text) as StateMachine;
}
