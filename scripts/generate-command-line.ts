// Writes the help texts into docs/command-line.md, each after its <!-- help: … --> mark. With --check: fails when the
// committed file differs.
import { readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { everyCommand } from "../pipeline/cli/commands.ts";
import { commandHelp, generalHelp } from "../pipeline/cli/help.ts";

const commands = await everyCommand();

const file = fileURLToPath(new URL("../docs/command-line.md", import.meta.url));
const block = /<!-- help: ([a-z -]+) -->\n```\n[\s\S]*?```\n/g;

/** The help texts by mark: `pbp`, and a command's name. */
function helpTexts(): Map<string, string> {
  return new Map([
    ["pbp", generalHelp(commands)],
    ...commands.map((command): [string, string] => [command.name, commandHelp(command)]),
  ]);
}

/** The page with today's help texts. Throws when a mark names no command or a command has no mark. */
export function withHelp(page: string): string {
  const texts = helpTexts();
  const missing = new Set(texts.keys());
  const written = page.replace(block, (_, mark: string) => {
    const text = texts.get(mark);
    if (text === undefined) throw new Error(`docs/command-line.md: there is no command ${mark}.`);
    missing.delete(mark);
    return `<!-- help: ${mark} -->\n\`\`\`\n${text}\`\`\`\n`;
  });
  if (missing.size > 0) throw new Error(`docs/command-line.md has no mark for: ${[...missing].join(", ")}.`);
  return written;
}

if (import.meta.main) {
  const page = readFileSync(file, "utf8");
  const written = withHelp(page);
  if (!process.argv.includes("--check")) writeFileSync(file, written);
  else if (written !== page) {
    console.error(
      "docs/command-line.md is older than the help texts. Run: node scripts/generate-command-line.ts",
    );
    process.exitCode = 1;
  }
}
