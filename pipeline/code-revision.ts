import { execFileSync } from "node:child_process";
import { fileURLToPath } from "node:url";

/** The commit of this clone, `-dirty` behind it for changes that no commit has; `unknown` where there is no git. */
export function codeRevision(): string {
  const cwd = fileURLToPath(new URL("../", import.meta.url));
  try {
    // No tag matches an empty pattern, so that only the commit is told.
    const told = execFileSync("git", ["describe", "--always", "--dirty", "--abbrev=40", "--exclude", "*"], {
      cwd,
      encoding: "utf8",
      stdio: ["ignore", "pipe", "ignore"],
    }).trim();
    return /^[0-9a-f]{40}(-dirty)?$/.test(told) ? told : "unknown";
  } catch {
    return "unknown";
  }
}
