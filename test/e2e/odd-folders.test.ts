// A clone below a folder with an odd name, and a home and exports with such names in it: whatever takes a path for a URL,
// a pattern or a command breaks here. So does whatever looks for code where the caller's environment says.
import { spawn } from "node:child_process";
import { cpSync, mkdirSync, renameSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, expect, test } from "vitest";
import { lastLine, outcomeOf } from "../cli/helpers.ts";
import { openWorkplace, settings, succeeded } from "./helpers.ts";

const root = fileURLToPath(new URL("../../", import.meta.url));
// A fragment, escapes, a query, a pattern, quotes, a variable, a blank, letters beyond ASCII. Not a colon, which venv
// refuses, nor a backslash, which Node's import does.
const odd = `C#proj 100%25done what? *[a]{b} it's "so" $HOME é`;
const workplace = openWorkplace();
afterAll(workplace.clean);

test("pbp runs in a folder of any name, whatever Python and Node the environment is set for", {
  timeout: 240_000,
}, async () => {
  const clone = join(workplace.folder, odd);
  mkdirSync(clone);
  for (const folder of [
    "pipeline",
    "importers",
    "samples",
    "schemas",
    "states",
    "tasks",
    "containers",
    "package.json",
  ])
    cpSync(join(root, folder), join(clone, folder), { recursive: true });
  for (const folder of ["node_modules", ".venv"]) symlinkSync(join(root, folder), join(clone, folder));
  const file = join(clone, `a\\b:${odd}.json`);
  renameSync(workplace.base, file);
  const model = join(clone, "model #1?");
  renameSync(join(workplace.folder, "tiny-model"), model);
  // What a shell of another project may have set.
  const poison = join(workplace.folder, "poison");
  mkdirSync(poison);
  for (const module of ["json", "torch", "sitecustomize", "usercustomize"])
    writeFileSync(join(poison, `${module}.py`), "raise SystemExit('code of another project')\n");
  const bomb = "if (process.argv[1]?.endsWith('pbp.ts')) throw new Error('code of another project')";
  const env = {
    ...process.env,
    PYTHONHOME: "/nowhere",
    PYTHONPATH: poison,
    PYTHONSTARTUP: join(poison, "json.py"),
    VIRTUAL_ENV: "/nowhere",
    NODE_OPTIONS: `--import="data:text/javascript,${encodeURIComponent(bomb)}"`,
    LD_PRELOAD: "/nowhere/libnothing.so",
  };
  const pbp = (...args: string[]) => {
    const line = [join(clone, "pipeline/cli/bin.mjs"), ...args, "--home", `home \\of: ${odd}`];
    return outcomeOf(spawn(process.execPath, line, { cwd: clone, env, stdio: ["ignore", "pipe", "pipe"] }));
  };
  succeeded(await pbp("base-model", "add", "tiny", model));
  const { stdout } = succeeded(await pbp("run", file, ...settings, "--json"));
  expect(lastLine(stdout)).toMatchObject({ status: "SUCCEEDED", error: null });
});
