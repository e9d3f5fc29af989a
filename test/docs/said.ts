// What the pages, comments and docstrings tell a reader to type.
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

export const root = fileURLToPath(new URL("../../", import.meta.url));

/** A line that somebody is told to type, and where. `inline`: named in a sentence, where arguments may be left out. */
export type Said = { file: string; line: string; inline: boolean };
/** A fenced block of a page; `language` is "" where none is given. */
export type Block = { file: string; language: string; text: string };

const generated =
  /(^|\/)golden\/|^bench\/.*results\/|^samples\/|package-lock\.json$|^CHANGELOG\.md$|^LICENSE$/;

/** All text files that are kept in git and written by people. */
export const files = execFileSync("git", ["ls-files", "-z", "--cached", "--others", "--exclude-standard"], {
  cwd: root,
  encoding: "utf8",
})
  .split("\0")
  .filter((file) => /\.(md|ts|mjs|py|ya?ml|toml|json|txt)$/.test(file) && !generated.test(file));

export const read = (file: string) => readFileSync(root + file, "utf8");
export const pages = files.filter((file) => file.endsWith(".md"));

const programs = "pbp|npx|npm|node|python3?|\\.venv/bin/python|aws";
const environment = String.raw`(?:[A-Z_]+=\S+ )*`;
const command = new RegExp(`^${environment}(?:${programs}) \\S.*`);

export const blocks: Block[] = pages.flatMap((file) =>
  [...read(file).matchAll(/^( *)```(\w*)\n([\s\S]*?)^\1```/gm)].map(([, indent, language, text]) => ({
    file,
    language: language!,
    text: text!.replace(new RegExp(`^${indent}`, "gm"), ""),
  })),
);

/** Blocks in which something is typed: those of a shell, and unnamed ones that hold a command. */
export const shellBlocks = blocks.filter(
  ({ language, text }) =>
    /^(sh|bash)$/.test(language) ||
    // The help of a command is generated, and held elsewhere.
    (language === "" && !/^Usage: pbp/m.test(text) && typed(text).some((line) => command.test(line))),
);

/** The lines of a block that are typed; the others are what came of them, if any line has a prompt. */
export function typed(text: string): string[] {
  const lines = text.replace(/\\\n\s*/g, " ").split("\n");
  const prompted = lines.filter((line) => line.startsWith("$ ")).map((line) => line.slice(2));
  return prompted.length > 0 ? prompted : lines.map((line) => line.trim());
}

const fromBlocks: Said[] = shellBlocks.flatMap(({ file, text }) =>
  typed(text)
    .flatMap(withInner)
    .filter((line) => command.test(line))
    .map((line) => ({ file, line, inline: false })),
);

/** In backquotes, in a page or in the comment or message of a program. */
const inSentences: Said[] = files
  .filter((file) => !file.endsWith(".json"))
  .flatMap((file) => {
    const text = file.endsWith(".md") ? read(file).replace(/^( *)```[\s\S]*?^\1```/gm, "") : read(file);
    return [...text.matchAll(/`([^`\n]+)`/g)]
      .map(([, line]) => line!.replace(/\\$/, ""))
      .filter((line) => command.test(line) && !line.includes("${"))
      .map((line) => ({ file, line, inline: true }));
  });

/** Lines of their own in a comment or docstring: two spaces or more before them, as code is set. */
const inComments: Said[] = files
  .filter((file) => /\.(ts|mjs|py)$/.test(file))
  .flatMap((file) =>
    [...read(file).matchAll(new RegExp(`^ *(?:\\*|//|#)? {2,}(${environment}(?:${programs}) .*)$`, "gm"))]
      .map(([, line]) => line!)
      // A second column explains.
      .map((line) => ({ file, line: line.split(/ {3,}/)[0]!, inline: false }))
      // Code, not prose about it.
      .filter(({ line }) => !/[;{(=]\s*$|=>/.test(line)),
  );

export const said: Said[] = [...fromBlocks, ...inSentences, ...inComments];

/** A line, and what it runs inside of `$(…)`. */
function withInner(line: string): string[] {
  const inner = [...line.matchAll(/\$\((aws [^()]*)\)/g)].map(([, command]) => command!);
  return [...inner, line.replace(/\$\([^()]*\)/g, "inner")];
}

/** Words of a line up to the first pipe, redirection or `&&`, without quotes and comment; `<name>` is one word. */
export function wordsOf(line: string): string[] {
  const words: string[] = [];
  const pattern = /<[^<>|&;]+>[^\s]*|"(?:[^"\\]|\\.)*"|'[^']*'|#.*$|\||&&|;|[<>]|[^\s"'|;&<>]+/g;
  let end = 0;
  for (const match of line.matchAll(pattern)) {
    const [word] = match;
    if (/^(#.*|\||&&|;|[<>])$/.test(word)) break;
    const bare = word.replace(/^(["'])(.*)\1$/s, "$2");
    // A word may be made of parts: --query="…".
    if (match.index === end && words.length > 0) words[words.length - 1] += bare;
    else words.push(bare);
    end = match.index + word.length;
  }
  while (words[0] && /^[A-Z_]+=/.test(words[0])) words.shift();
  return words;
}
