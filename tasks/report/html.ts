// Markup whose values cannot break out of their place: everything that is interpolated is escaped, unless it is itself
// made by the tag. Export keys, reasons, label names and error messages come from anybody.
import { printable } from "../../schemas/printable.ts";
import { stylesheet } from "./style/stylesheet.ts";

/** Markup that is safe to place into other markup. Only this file makes it, so no parsed JSON can pass for it. */
export class Html {
  readonly #text: string;
  constructor(text: string) {
    this.#text = text;
  }
  toString(): string {
    return this.#text;
  }
}

/** Our own stylesheet, for a page that is one file. */
export const styleElement = () => new Html(`<style>${stylesheet}</style>`);

type Value = Html | string | number | null | undefined | false | readonly Value[];

/** A piece of HTML or SVG. Attributes with a value in them must stand in double quotes. */
export function html(texts: TemplateStringsArray, ...values: Value[]): Html {
  return new Html(texts.reduce((whole, text, at) => whole + shown(values[at - 1]) + text));
}

function shown(value: Value): string {
  if (value instanceof Html) return value.toString();
  if (value === null || value === undefined || value === false) return "";
  return typeof value === "object" ? value.map(shown).join("") : escaped(String(value));
}

const entities: Record<string, string> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

/** Control characters and marks of direction are shown as their escapes. */
const escaped = (text: string) => printable(text).replace(/[&<>"']/g, (character) => entities[character]!);
