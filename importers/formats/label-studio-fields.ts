// Which field of a task is its text, and which controls of a project count: Label Studio's files do not say.
import { isText, type ReadOptions } from "../format.ts";
import type { Losses } from "../losses.ts";
import { refusal } from "../refusal.ts";

/** Of an image, a recording or a text that Label Studio loads when it shows the task. */
const ADDRESS = /^(?:[a-z][a-z0-9+.-]*:\/\/|\/data\/)\S+$/i;

/** `data` has whatever fields the project wanted: the text is the one called `text`, or the only one that is text. */
export class TextField {
  private readonly asked: string | undefined;
  /** As the first task shows it. In a later one, another field may be the only text. */
  private found: string | undefined;

  constructor({ textField }: ReadOptions) {
    this.asked = textField;
  }

  /** Empty where the task has none, which is counted. */
  textIn(data: Record<string, unknown>, place: string, losses: Losses): string {
    const texts = Object.keys(data).filter((name) => isText(data[name]) && !isAddress(data[name]));
    const own = "text" in data ? "text" : (this.found ?? (texts.length === 1 ? texts[0] : undefined));
    const name = this.asked ?? own;
    if (name !== undefined && name in data) {
      if (name !== "text") this.found = name;
      return textOf(data[name], place, losses);
    }
    // A task of images or recordings among those of texts.
    if (texts.length === 0 && Object.values(data).some(isAddress)) return noText(place, losses);
    throw noField(place, '"data"');
  }
}

export const noField = (place: string, of: string) =>
  refusal(
    place,
    `expected text in the field "text" of ${of}. Name the field with --text-field. Dialogues (<Paragraphs>), images and recordings are not read.`,
  );

/** What a field holds as a text; a table that was uploaded has numbers and empty cells. */
export function textOf(value: unknown, place: string, losses: Losses): string {
  if (typeof value === "number") return String(value);
  if (value === null) return "";
  if (isAddress(value)) return noText(place, losses);
  if (typeof value === "string") return value;
  throw noField(place, "the task");
}

const isAddress = (value: unknown) => typeof value === "string" && ADDRESS.test(value);

function noText(place: string, losses: Losses): string {
  losses.add("addresses of files in place of texts", place);
  return "";
}

/** A project may ask several questions, with the same answers, and show several texts. */
export class Controls {
  private readonly asked: readonly string[] | undefined;
  private choices: string | undefined;
  private text: string | undefined;

  constructor({ labelField }: ReadOptions) {
    this.asked = labelField?.split(",").map((name) => name.trim());
  }

  readonly isAsked = (control: unknown): boolean =>
    this.asked === undefined || !isText(control) || this.asked.includes(control);

  /** Throws InvalidExport for a second control: `yes` of one is not `yes` of the other. */
  addChoice(control: unknown, place: string): void {
    if (!isText(control) || this.asked !== undefined) return;
    this.choices ??= control;
    if (control !== this.choices)
      throw refusal(
        place,
        `expected choices of one control, found those of "${this.choices}" and "${control}". Name the control that counts with --label-field, or several with commas.`,
      );
  }

  /** Throws InvalidExport for a region of a second text: it would be looked for in the first one. */
  addRegion({ from_name: control, to_name: text }: Record<string, unknown>, place: string): void {
    if (!isText(text)) return;
    this.text ??= text;
    if (text !== this.text)
      throw refusal(
        place,
        `expected regions of one text, found those of "${this.text}" and "${text}". Name the text's field with --text-field, and its control with --label-field${isText(control) ? `, such as "${control}"` : ""}.`,
      );
  }
}
