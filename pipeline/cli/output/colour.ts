import { styleText } from "node:util";

const colourOf: Readonly<Record<string, "green" | "red" | "yellow" | "cyan">> = {
  SUCCEEDED: "green",
  FAILED: "red",
  TIMED_OUT: "red",
  ABORTED: "yellow",
  INTERRUPTED: "yellow",
  RUNNING: "cyan",
  failed: "red",
  promote: "green",
  reject: "red",
  inconclusive: "yellow",
  "✓": "green",
  "✗": "red",
};

// A status that is a line's value or a cell of a table, a verdict, the mark before a reason, a state
// that failed: never a word in a sentence.
const places =
  /(?<=^Status +| {2})(?:SUCCEEDED|FAILED|TIMED_OUT|ABORTED|INTERRUPTED|RUNNING)(?= {2}|$)|(?<=^Verdict: )\w+$|(?<=^ +)[✓✗](?= )|(?<=^ {2}\w+ )failed(?=: )/gm;

/**
 * A text for people with its words of status in their colours, where the stream has colours: a terminal, unless NO_COLOR
 * is set or TERM is dumb; FORCE_COLOR asks for them elsewhere. The colour never says more than the word.
 */
export function coloured(text: string, stream: NodeJS.WriteStream): string {
  return text.replace(places, (word) => {
    const colour = colourOf[word];
    return colour ? styleText(colour, word, { stream }) : word;
  });
}
