// The one place of the command line that shows text of notes: only for `pbp errors --show-notes`.
import { oneLine } from "../../../schemas/printable.ts";
import type { ModelError } from "../../../schemas/types.ts";
import type { Row } from "../../results/analysis.ts";
import { errorLine } from "./errors.ts";
import { wrap } from "./tables.ts";

/** Tokens on either side of an error. */
const around = 12;
/** Characters of a text with classes. */
const mostText = 600;

/** An error with its text: both annotations, marked in it. */
export function annotated(error: ModelError & { rows?: Row[] }): string {
  const text =
    (error.rows ?? []).length === 0
      ? ["  (its rows are no longer here)"]
      : error.start === undefined
        ? classified(error)
        : marked(error);
  return [errorLine(error), ...text].join("\n");
}

function classified({ gold, predicted, rows = [] }: ModelError & { rows?: Row[] }): string[] {
  const text = rows.flatMap((row) => ("text" in row ? [row.text] : [])).join(" ");
  return [
    ...shown("annotated", gold ?? "–"),
    ...shown("model", predicted ?? "–"),
    ...shown("note", text.length > mostText ? `${text.slice(0, mostText)} …` : text),
  ];
}

/** Twice the same tokens: as annotated, and as the model says. */
function marked(error: ModelError & { rows?: Row[] }): string[] {
  const tokens = (error.rows ?? []).flatMap((row) => ("tokens" in row ? row.tokens : []));
  const { start = 0, end = 0, predictedStart = start, predictedEnd = end } = error;
  const from = Math.max(0, Math.min(start, predictedStart) - around);
  const to = Math.min(tokens.length, Math.max(end, predictedEnd) + around);
  const line = (label: string | null, first: number, after: number) => {
    const words = tokens.slice(from, to);
    if (label !== null) {
      words[after - 1 - from] += `]${label}`;
      words[first - from] = `[${words[first - from]}`;
    }
    return `${from > 0 ? "… " : ""}${words.join(" ")}${to < tokens.length ? " …" : ""}`;
  };
  return [
    ...shown("annotated", line(error.gold, start, end)),
    ...shown("model", line(error.predicted, predictedStart, predictedEnd)),
  ];
}

const shown = (what: string, text: string) =>
  wrap(oneLine(text), " ".repeat(13))
    .replace(" ".repeat(13), `  ${what.padEnd(11)}`)
    .split("\n");
