// The way out: notes to annotate, as tasks that a labelling tool takes. Each keeps the record's id where the tool's own
// export has it again, so that the answers find their record.
import { Buffer } from "node:buffer";
import type { SourceSpan } from "../record.ts";
import { digestOf, SUGGESTED } from "../suggested.ts";

/** A note, and what the model says about it. Offsets count code points, as the model's reader does. */
export type Task = {
  recordId: string;
  text: string;
  keyphrases?: { start: number; end: number; label: string }[];
  classes?: string[];
};

export type Tool = {
  /** As typed. */
  name: string;
  title: string;
  /** Whether it can be asked for classes. */
  takesClasses: boolean;
  /** How its people get the files in and out. */
  next: string;
  /** The files of a folder, by name. */
  files(
    tasks: readonly Task[],
    labels: readonly string[],
    version: string,
  ): [name: string, content: string][];
};

const lines = (values: readonly unknown[]) => values.map((value) => `${JSON.stringify(value)}\n`).join("");

const doccano: Tool = {
  name: "doccano",
  title: "doccano",
  takesClasses: true,
  next: "Import tasks.jsonl as JSONL into a project without graphemes; later export JSONL. What comes back unchanged is not taken, unless --reviewed says that people looked at each note.",
  files: (tasks) => [
    [
      "tasks.jsonl",
      lines(
        tasks.map(({ recordId, text, keyphrases, classes }) => {
          const position = utf16In(text);
          // Its page shows a label where the browser counts: in UTF-16 code units.
          const spans = keyphrases?.map(
            ({ start, end, label }): SourceSpan => ({
              start: position(start),
              end: position(end),
              label,
            }),
          );
          const label = spans?.map(({ start, end, label }) => [start, end, label]) ?? classes;
          return {
            text,
            label,
            recordId,
            [SUGGESTED]: digestOf({ ...(spans && { spans }), ...(classes && { classes }) }),
          };
        }),
      ),
    ],
  ],
};

const labelStudio: Tool = {
  name: "label-studio",
  title: "Label Studio",
  takesClasses: true,
  next: "Paste labels.xml as the labelling interface and import tasks.json; later export JSON.",
  files: (tasks, labels, version) => [
    ["labels.xml", interfaceOf(tasks, labels)],
    [
      "tasks.json",
      `${JSON.stringify(
        tasks.map(({ recordId, text, keyphrases, classes }) => ({
          data: { text, recordId },
          predictions: [
            {
              model_version: version,
              result: keyphrases?.map(({ start, end, label }, index) => ({
                id: `p${index}`,
                from_name: "label",
                to_name: "text",
                type: "labels",
                value: { start, end, text: sliced(text, start, end), labels: [label] },
              })) ?? [{ from_name: "label", to_name: "text", type: "choices", value: { choices: classes } }],
            },
          ],
        })),
      )}\n`,
    ],
  ],
};

/** https://labelstud.io/tags/labels and https://labelstud.io/tags/choices */
function interfaceOf(tasks: readonly Task[], labels: readonly string[]): string {
  const [tag, item, several] = tasks[0]?.keyphrases
    ? ["Labels", "Label", ""]
    : ["Choices", "Choice", ' choice="multiple"'];
  const items = labels.map((label) => `    <${item} value="${escaped(label)}"/>`).join("\n");
  return `<View>\n  <${tag} name="label" toName="text"${several}>\n${items}\n  </${tag}>\n  <Text name="text" value="$text"/>\n</View>\n`;
}

const escaped = (text: string) => text.replace(/[&<>"]/g, (sign) => `&#${sign.charCodeAt(0)};`);

const prodigy: Tool = {
  name: "prodigy",
  title: "Prodigy",
  takesClasses: true,
  next: "prodigy ner.manual DATASET blank:en tasks.jsonl --label …, or a recipe with the view choice for classes; later db-out.",
  files: (tasks, labels) => [
    [
      "tasks.jsonl",
      lines(
        tasks.map(({ recordId, text, keyphrases, classes }) => ({
          text,
          ...(keyphrases && { spans: keyphrases.map(({ start, end, label }) => ({ start, end, label })) }),
          ...(classes && { options: labels.map((id) => ({ id, text: id })), accept: classes }),
          recordId,
          meta: { recordId },
        })),
      ),
    ],
  ],
};

const brat: Tool = {
  name: "brat",
  title: "brat",
  takesClasses: false,
  next: "Put the folder into brat's data folder; later import the folder itself. What comes back unchanged is not taken, unless --reviewed says that people looked at each note.",
  files: (tasks, labels) => [
    [
      "annotation.conf",
      `[entities]\n${labels.map(bratType).join("\n")}\n\n[relations]\n\n[events]\n\n[attributes]\n`,
    ],
    [
      `${SUGGESTED}.json`,
      `${JSON.stringify(
        Object.fromEntries(
          tasks.map((task) => [fileNameOf(task.recordId), digestOf({ spans: bratSpans(task) })]),
        ),
      )}\n`,
    ],
    ...tasks.flatMap((task): [string, string][] => [
      [`${fileNameOf(task.recordId)}.txt`, task.text],
      [`${fileNameOf(task.recordId)}.ann`, bratSpans(task).map(bratLine).join("")],
    ]),
  ],
};

/** A type has no blank in it; --map gives the label its name back. */
const bratType = (label: string) => label.replaceAll(" ", "_");

/** brat reads a text with every line break as one character. */
const unified = (text: string) => text.replace(/\r\n?/g, "\n");

const bratSpans = ({ text, keyphrases = [] }: Task): Required<SourceSpan>[] =>
  keyphrases.map(({ start, end, label }) => {
    const begin = [...unified(sliced(text, 0, start))].length;
    const shown = unified(sliced(text, start, end));
    const length = [...shown].length;
    return { start: begin, end: begin + length, label: bratType(label), text: shown };
  });

/** brat wants a span over a line break as a part a line. */
function bratLine({ start, label, text }: Required<SourceSpan>, index: number): string {
  const parts: string[] = [];
  let at = start;
  for (const line of text.split("\n")) {
    const length = [...line].length;
    if (length > 0) parts.push(`${at} ${at + length}`);
    at += length + 1;
  }
  return `T${index + 1}\t${label} ${parts.join(";")}\t${text.replaceAll("\n", " ")}\n`;
}

/** A record's id as a file name that every system takes, and back: what is no letter or digit is written as %XX. */
const fileNameOf = (recordId: string) =>
  [...Buffer.from(recordId, "utf8")]
    .map((byte) =>
      /[0-9A-Za-z_-]/.test(String.fromCharCode(byte))
        ? String.fromCharCode(byte)
        : `%${byte.toString(16).toUpperCase().padStart(2, "0")}`,
    )
    .join("");

/** Of code points, the positions in UTF-16 code units. */
function utf16In(text: string): (codePoint: number) => number {
  if (!/[\ud800-\udfff]/.test(text)) return (at) => at;
  const positions: number[] = [];
  let at = 0;
  for (const character of text) {
    positions.push(at);
    at += character.length;
  }
  return (codePoint) => positions[codePoint] ?? at;
}

function sliced(text: string, start: number, end: number): string {
  const position = utf16In(text);
  return text.slice(position(start), position(end));
}

export const tools: readonly Tool[] = [doccano, labelStudio, prodigy, brat];
