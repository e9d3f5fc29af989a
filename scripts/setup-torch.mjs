// Which build of PyTorch a set-up fetches. On Linux, PyPI's own build brings CUDA: some 3 GB that a machine without an
// NVIDIA GPU never uses. PyTorch's index has a build for the CPU, and is asked first there. Where it cannot be reached,
// the registry that pip is set up with decides, as it does on macOS, whose build has no CUDA.
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { cleanEnvironment } from "../pipeline/clean-environment.mjs";

const index = "https://download.pytorch.org/whl/cpu";
// Long enough for a slow line; a machine that is offline knows at once.
const patienceSeconds = 5;

const run = (command, args) =>
  spawnSync(command, args, {
    encoding: "utf8",
    timeout: 4 * patienceSeconds * 1000,
    env: cleanEnvironment(),
  });

// It comes with the driver, in WSL too, where the device has another name.
const hasNvidia = () => run("nvidia-smi", ["-L"]).status === 0;

/** The build that this machine should have, and about how much there is to fetch. */
export function torchBuild() {
  if (process.platform !== "linux") return { name: "for this system", size: "about 90 MB", cpuOnly: false };
  if (hasNvidia()) return { name: "with CUDA for the NVIDIA GPU", size: "about 3 GB", cpuOnly: false };
  return { name: "for the CPU", size: "about 190 MB", cpuOnly: true };
}

/**
 * Installs the version of PyTorch that a requirements file pins, for the CPU where that is all the machine has.
 * Does nothing where pip's registry is to decide.
 */
export async function installTorch(python, requirements, pipInstall) {
  if (!torchBuild().cpuOnly) return;
  const [pinned, version] = /^torch==(\S+)$/m.exec(readFileSync(requirements, "utf8"));
  // Without the machine's own pip configuration, whose registries would answer as well.
  const only = ["--isolated", "--index-url", index];
  const brief = ["--timeout", String(patienceSeconds), "--retries", "0"];
  const { stdout } = run(python, ["-m", "pip", "index", "versions", "torch", ...only, ...brief]);
  if (stdout?.includes(`${version}+cpu`))
    return pipInstall("PyTorch for the CPU (no NVIDIA GPU here)", python, ["--index-url", index, pinned]);
  console.error(`setup: ${new URL(index).host} cannot be reached or lacks torch ${version}.`);
  console.error("setup: PyTorch comes from pip's registry: perhaps with CUDA, about 3 GB.");
}
