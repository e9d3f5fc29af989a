// Markdown whose values cannot become markup: model-card.md is shown by repositories and wikis as a page.
import { oneLine } from "../../schemas/printable.ts";

/**
 * A value within a line of Markdown, behind words of ours: neither markup nor HTML of it takes effect. What means
 * something at the beginning of a line only, such as # and -, is left as it is.
 */
export const text = (value: string | number): string =>
  oneLine(String(value))
    .replace(/[\\`*_[\]|~>&]/g, "\\$&")
    // A backslash does not keep HTML out everywhere; an entity does.
    .replaceAll("<", "&lt;")
    // Bare addresses become links in GitHub's Markdown.
    .replace(/(https?|ftp):/gi, "$1&#58;")
    .replace(/\bwww\./gi, "www&#46;")
    .replaceAll("@", "&#64;");

/** A value in YAML, which reads JSON. */
export const yaml = (value: string | number): string =>
  JSON.stringify(typeof value === "string" ? oneLine(value) : value);

export const heading = (level: number, words: string) => `${"#".repeat(level)} ${words}\n`;

export const list = (rows: readonly (readonly [string, string])[]) =>
  `${rows.map(([name, value]) => `- **${name}:** ${value}`).join("\n")}\n`;

/** @param rows of cells that are Markdown already. */
export function markdownTable(heads: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(" | ")} |`;
  return `${[line(heads), line(heads.map((_, at) => (at === 0 ? "---" : "--:"))), ...rows.map(line)].join("\n")}\n`;
}
