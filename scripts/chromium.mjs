// The browser that the console's tests drive: any Chromium that is installed. npm test runs this file before the tests;
// where none is found and apt may be used, it installs Debian's. Plain JavaScript, as scripts/setup.mjs.
import { spawnSync } from "node:child_process";
import { accessSync, constants } from "node:fs";
import { delimiter, join } from "node:path";

const names = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];
const elsewhere = [
  "/Applications/Chromium.app/Contents/MacOS/Chromium",
  "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
];

/** The program's path; null where there is none. */
export function findChromium() {
  const folders = (process.env.PATH ?? "").split(delimiter);
  const candidates = names.flatMap((name) => folders.map((folder) => join(folder, name)));
  return [...candidates, ...elsewhere].find(isProgram) ?? null;
}

function isProgram(file) {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** Installs Debian's package where this process may; says why not where it may not. */
function install() {
  if (process.platform !== "linux" || process.getuid?.() !== 0 || spawnSync("apt-get", ["--version"]).error)
    return "there is no apt-get, or this is not root";
  console.error("setup: installing Chromium for the console's tests, by apt-get (about 100 MB) …");
  const apt = (...args) =>
    spawnSync("apt-get", ["-qq", "-o", "DPkg::Lock::Timeout=300", ...args], {
      stdio: ["ignore", 2, 2],
      env: { ...process.env, DEBIAN_FRONTEND: "noninteractive" },
    }).status === 0;
  const isDone = apt("update") && apt("install", "-y", "--no-install-recommends", "chromium");
  return isDone ? null : "apt-get failed, see above";
}

if (import.meta.main && findChromium() === null) {
  const why = install();
  if (why !== null)
    console.error(
      `setup: Chromium is missing, and cannot be installed: ${why}. The console's browser tests will be skipped, and a skipped test counts as failed. On Debian: apt-get install chromium; elsewhere install Chrome or Chromium.`,
    );
}
