import type { Random } from "./random.ts";

/** Words by the name of their slot. */
export type Lists = Readonly<Record<string, readonly string[]>>;

/** A sentence from a template: `{name}` is one of a list, `<a|b>` one of its choices, `{2-9}` a number from 2 to 9. */
export function expand(random: Random, template: string, lists: Lists): string {
  return template
    .replace(/\{([a-z]+)\}/g, (slot, name: string) => (lists[name] ? random.pick(lists[name]) : slot))
    .replace(/<([^>]*)>/g, (_, choices: string) => random.pick(choices.split("|")))
    .replace(/\{(\d+)-(\d+)\}/g, (_, low: string, high: string) => String(random.between(+low, +high)));
}
