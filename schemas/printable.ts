// What may reach a terminal, a log or a mail. Reasons, file names and what jobs print come from anybody: an escape
// sequence among them could rewrite what is on the screen, a direction mark could show a name in another order.

// Control characters except tab and line feed; marks of direction; line separators; invisible tags; half a pair.
const harmful = /(?![\n\t])\p{Cc}|\p{Bidi_Control}|\p{Surrogate}|[\u2028\u2029\ufeff\u{e0000}-\u{e007f}]/gu;

const escaped = (character: string) =>
  [...Array(character.length).keys()]
    .map((at) => `\\u${character.charCodeAt(at).toString(16).padStart(4, "0")}`)
    .join("");

/** Text of several lines with every harmful character as its escape, `\u001b`; JSON stays the same JSON. */
export function printable(text: string): string {
  return text.replace(harmful, escaped);
}

/** The same for what belongs on one line: a line break is shown as `\n`, a tab as a space. */
export function oneLine(text: string): string {
  return printable(text).replaceAll("\n", "\\n").replaceAll("\t", " ");
}
