// A function is told what its code reads, and nothing else: one variable too few fails its first call in AWS, and no
// test of one machine need notice. What the code reads is found by esbuild, as what it bundles is: each variable becomes
// a module of its own, and a module that a function does not read is left out of its bundle.
import { readFile } from "node:fs/promises";
import { basename, join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { build, type Plugin } from "esbuild";
import { expect, test } from "vitest";
import { buildOptions, functionFiles } from "../../pipeline/bundle.ts";
import { functions } from "../../pipeline/functions.ts";
import { environment } from "../../tasks/lambda/environment.ts";

const root = fileURLToPath(new URL("../../", import.meta.url));

/** baseModel → BASE_MODEL, as environment.ts itself says when nothing is set. */
const variables = new Map(
  Object.entries(Object.getOwnPropertyDescriptors(environment)).map(([property, { get }]) => {
    try {
      get!();
    } catch (error) {
      return [property, /variable (\w+) must be/.exec((error as Error).message)![1]!];
    }
    throw new Error(`environment.${property} needs no variable here.`);
  }),
);

const oneModuleForEachVariable: Plugin = {
  name: "one-module-for-each-variable",
  setup({ onLoad, onResolve }) {
    onResolve({ filter: /\/environment\.ts$/ }, () => ({ path: "all", namespace: "environment" }));
    onResolve({ filter: /^variable:/ }, ({ path }) => ({
      path: path.replace("variable:", ""),
      namespace: "variable",
      sideEffects: false,
    }));
    onLoad({ filter: /.*/, namespace: "environment" }, () => ({
      contents: [...variables]
        .map(([property, name]) => `export { ${property} } from "variable:${name}";`)
        .join("\n"),
    }));
    onLoad({ filter: /.*/, namespace: "variable" }, ({ path }) => {
      const [property] = [...variables].find(([, name]) => name === path)!;
      return { contents: `export let ${property} = process.env.${path};` };
    });
    // What is read of a namespace esbuild knows one by one; of an object it does not. A whole `environment` that is
    // handed on or taken apart counts as every variable.
    onLoad({ filter: /\/tasks\/.*\.ts$/ }, async ({ path }) => ({
      contents: (await readFile(path, "utf8")).replace(
        /^import \{ environment \} from/m,
        "import * as environment from",
      ),
      loader: "ts",
    }));
  },
};

const files = await functionFiles();

async function readBy(name: string): Promise<string[]> {
  const { metafile } = await build({
    ...buildOptions,
    entryPoints: [relative(root, files.find((one) => one.name === name)!.path)],
    outdir: join(root, "dist", "not-written"),
    plugins: [oneModuleForEachVariable],
  });
  const inputs = Object.values(metafile!.outputs).flatMap((output) => Object.entries(output.inputs));
  return inputs
    .filter(([path, { bytesInOutput }]) => path.startsWith("variable:") && bytesInOutput > 0)
    .map(([path]) => basename(path).replace("variable:", ""));
}

test.each(Object.keys(functions))("%s is told what its code reads, and nothing else", async (name) => {
  expect((await readBy(name)).sort()).toEqual([...functions[name]!.variables].sort());
});
