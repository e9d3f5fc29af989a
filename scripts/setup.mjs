// Sets a fresh clone up: node_modules (with its own Node 24) and .venv. Idempotent; says what it does; seconds when
// warm. Plain JavaScript without dependencies, since it runs on the host's Node (20 or later) before anything is there.
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
process.chdir(root);
const windows = process.platform === "win32";
const pythonOf = (venv) => join(venv, windows ? "Scripts/python.exe" : "bin/python");

function stop(message) {
  console.error(`setup: ${message}`);
  process.exit(1);
}

/** Runs a step, shows its output, and stops with the remedy when it fails. */
function step(what, command, args, remedy) {
  console.error(`setup: ${what} …`);
  const started = Date.now();
  const { status } = spawnSync(command, args, { stdio: ["ignore", 2, 2], shell: windows });
  if (status !== 0) stop(`${what} failed. ${remedy}`);
  console.error(`setup: ${what}: done in ${Math.round((Date.now() - started) / 1000)} s`);
}

/** Runs `install` unless the stamp beside what it installs was made from the same files. */
function unlessCurrent(stamp, files, install) {
  const digest = createHash("sha256");
  for (const file of files) digest.update(readFileSync(file));
  const wanted = digest.digest("hex");
  if (existsSync(stamp) && readFileSync(stamp, "utf8") === wanted) return;
  install();
  writeFileSync(stamp, wanted);
}

/** The first Python of 3.11 or later on the PATH. */
function findPython() {
  for (const name of ["python3", "python3.13", "python3.12", "python3.11", "python"]) {
    const probe = spawnSync(name, ["-c", "import sys; print(sys.version_info >= (3, 11))"], {
      encoding: "utf8",
    });
    if (probe.status === 0 && probe.stdout.trim() === "True") return name;
  }
  return stop(
    "Python 3.11 or later is needed and none is on the PATH. Install it and run the same command again.",
  );
}

function install() {
  unlessCurrent(join("node_modules", ".setup-stamp"), ["package.json", "package-lock.json"], () =>
    step("installing Node packages", "npm", ["ci", "--no-audit", "--no-fund"], "Read npm's message above."),
  );
  installPython(".venv", "Python packages (PyTorch is large: some minutes)", [
    join("containers", "requirements.txt"),
    join("containers", "requirements-dev.txt"),
  ]);
  // The emulator of AWS and moto, which stands in for S3, pin different versions of botocore.
  installPython(join(".venv", "emulator"), "the emulator of AWS", [
    join("test", "emulator", "requirements.txt"),
  ]);
}

/** Installs requirements into a virtual environment, which is made when it is missing. */
function installPython(venv, what, requirements) {
  unlessCurrent(join(venv, ".setup-stamp"), requirements, () => {
    if (!existsSync(pythonOf(venv)))
      step(
        `creating ${venv}`,
        findPython(),
        ["-m", "venv", venv],
        "On Debian and Ubuntu: apt-get install python3-venv.",
      );
    const pip = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check"];
    step(
      `installing ${what}`,
      pythonOf(venv),
      [...pip, ...requirements.flatMap((file) => ["-r", file])],
      "Read pip's message above. To start over, delete .venv.",
    );
  });
}

// Two commands may be started at once in one clone: the second waits, and then finds everything there.
const lock = ".setup-lock";
const patienceMs = 30 * 60_000;
for (const started = Date.now(); ; ) {
  try {
    mkdirSync(lock);
    writeFileSync(join(lock, "pid"), String(process.pid));
    break;
  } catch (error) {
    if (error.code !== "EEXIST") throw error;
  }
  const owner = existsSync(join(lock, "pid")) ? Number(readFileSync(join(lock, "pid"), "utf8")) : 0;
  if (owner > 0 && !alive(owner)) rmSync(lock, { recursive: true, force: true });
  else if (Date.now() - started > patienceMs)
    stop(`another set-up has held ${lock} for half an hour. Delete it if none runs.`);
  else Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 500);
}
process.on("exit", () => rmSync(lock, { recursive: true, force: true }));
for (const signal of ["SIGINT", "SIGTERM"]) process.on(signal, () => process.exit(1));
install();

function alive(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error.code === "EPERM";
  }
}
