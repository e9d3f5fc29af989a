// Sets a fresh clone up: node_modules (with its own Node 24) and .venv. Idempotent; says what it does; seconds when
// warm. Plain JavaScript without dependencies, since it runs on the host's Node (20 or later) before anything is there.
import { spawn, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { cleanEnvironment } from "../pipeline/clean-environment.mjs";
import { installTorch, torchBuild } from "./setup-torch.mjs";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
process.chdir(root);
const windows = process.platform === "win32";
const pythonOf = (venv) => join(venv, windows ? "Scripts/python.exe" : "bin/python");

function stop(message) {
  console.error(`setup: ${message}`);
  process.exit(1);
}

/** Of steps that run; they end with the set-up. */
const running = new Set();

/** Runs a step, shows its output, and stops with the remedy when it fails. */
async function step(what, command, args, remedy) {
  console.error(`setup: ${what} …`);
  const started = performance.now();
  const child = spawn(command, args, { stdio: ["ignore", 2, 2], shell: windows, env: cleanEnvironment() });
  running.add(child);
  const status = await new Promise((resolve) => {
    child.on("error", () => resolve(1)).on("close", resolve);
  });
  running.delete(child);
  if (status !== 0) stop(`${what} failed. ${remedy}`);
  console.error(`setup: ${what}: done in ${Math.round((performance.now() - started) / 1000)} s`);
}

/** A part of the set-up: what it fetches, and the files that decide what that is. Megabytes as measured in November 2026. */
const parts = [
  {
    stamp: join("node_modules", ".setup-stamp"),
    files: ["package.json", "package-lock.json"],
    fetches: () => ["Node packages (about 210 MB)"],
    install: () =>
      step(
        "installing Node packages",
        "npm",
        ["ci", "--no-audit", "--no-fund", "--loglevel=error"],
        "Read npm's message above.",
      ),
  },
  {
    stamp: join(".venv", ".setup-stamp"),
    files: [
      join("containers", "requirements.txt"),
      join("containers", "serve", "requirements.txt"),
      join("containers", "requirements-dev.txt"),
    ],
    fetches() {
      const { name, size } = torchBuild();
      return [`PyTorch ${name} (${size})`, "other Python packages (about 230 MB)"];
    },
    async install(files) {
      const python = await makeVenv(".venv");
      await installTorch(python, files[0], pipInstall);
      await pipInstall("other Python packages", python, requirements(files));
    },
  },
  {
    // The emulator of AWS and moto, which stands in for S3, pin different versions of botocore.
    stamp: join(".venv", "emulator", ".setup-stamp"),
    files: [join("test", "emulator", "requirements.txt")],
    fetches: () => ["the tests' emulator of AWS (about 20 MB)"],
    install: async (files) =>
      pipInstall("the emulator of AWS", await makeVenv(join(".venv", "emulator")), requirements(files)),
  },
];

const digestOf = (files) => {
  const digest = createHash("sha256");
  for (const file of files) digest.update(readFileSync(file));
  return digest.digest("hex");
};

/**
 * Installs the parts whose stamp was not made from the same files, and says before what will be fetched. Node's packages
 * come while Python's do: npm mostly waits, pip mostly computes. Python's two parts go one after the other, since the
 * second lies in the first one's folder.
 */
async function install() {
  const missing = parts.filter(
    ({ stamp, files }) => !existsSync(stamp) || readFileSync(stamp, "utf8") !== digestOf(files),
  );
  if (missing.length === 0) return;
  console.error("setup: to fetch, unless a cache has it:");
  for (const { fetches } of missing) for (const one of fetches()) console.error(`setup:   ${one}`);
  const inTurn = async (some) => {
    for (const { stamp, files, install } of some) {
      await install(files);
      writeFileSync(stamp, digestOf(files));
    }
  };
  const isNode = (part) => part === parts[0];
  await Promise.all([inTurn(missing.filter(isNode)), inTurn(missing.filter((part) => !isNode(part)))]);
}

/** The first Python of 3.11 or later on the PATH. */
function findPython() {
  for (const name of ["python3", "python3.13", "python3.12", "python3.11", "python"]) {
    const probe = spawnSync(name, ["-c", "import sys; print(sys.version_info >= (3, 11))"], {
      encoding: "utf8",
      env: cleanEnvironment(),
    });
    if (probe.status === 0 && probe.stdout.trim() === "True") return name;
  }
  return stop(
    "Python 3.11 or later is needed and none is on the PATH. Install it and run the same command again.",
  );
}

const requirements = (files) => files.flatMap((file) => ["-r", file]);

/** Without compiling: all modules take 46 s of CPU, those that are imported some 6, at their first import. */
async function pipInstall(what, python, args) {
  const pip = ["-m", "pip", "install", "--quiet", "--no-compile", "--disable-pip-version-check"];
  await step(
    `installing ${what}`,
    python,
    [...pip, ...args],
    "Read pip's message above. To start over, delete .venv.",
  );
}

/** Makes a virtual environment where there is none. Gives its Python. */
async function makeVenv(venv) {
  if (!windows && root.includes(":"))
    stop(`Python makes no virtual environment below a folder with a colon in its name. Rename it: ${root}`);
  if (!existsSync(pythonOf(venv)))
    await step(
      `creating ${venv}`,
      findPython(),
      ["-m", "venv", venv],
      "On Debian and Ubuntu: apt-get install python3-venv.",
    );
  return pythonOf(venv);
}

// Two commands may be started at once in one clone: the second waits, and then finds everything there.
const lock = ".setup-lock";
const patienceMs = 30 * 60_000;
for (const started = performance.now(); ; ) {
  try {
    mkdirSync(lock);
    writeFileSync(join(lock, "pid"), String(process.pid));
    break;
  } catch (error) {
    if (error.code !== "EEXIST") throw error;
  }
  const owner = existsSync(join(lock, "pid")) ? Number(readFileSync(join(lock, "pid"), "utf8")) : 0;
  if (owner > 0 && !alive(owner)) rmSync(lock, { recursive: true, force: true });
  else if (performance.now() - started > patienceMs)
    stop(`another set-up has held ${lock} for half an hour. Delete it if none runs.`);
  else Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 500);
}
process.on("exit", () => {
  for (const child of running) child.kill();
  rmSync(lock, { recursive: true, force: true });
});
for (const signal of ["SIGINT", "SIGTERM"]) process.on(signal, () => process.exit(1));
await install();

function alive(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error.code === "EPERM";
  }
}
