import { createWriteStream } from "node:fs";
import { mkdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { createGzip } from "node:zlib";
import { classExport } from "../../../samples/classes/sample.ts";
import { classSamples } from "../../../samples/classes/samples.ts";
import executionInput from "../../../schemas/execution/execution-input.schema.json" with { type: "json" };
import { oneLine } from "../../../schemas/printable.ts";
import { shellWord } from "../../../schemas/shell-word.ts";
import { count } from "../../../tasks/report/format.ts";
import { homeAt, optionsFor } from "../../local/machine/home.ts";
import { type Command, UsageError } from "../command.ts";
import { didYouMean } from "../nearest.ts";
import { note } from "../output/output.ts";
import { wrap } from "../output/tables.ts";
import { run } from "./run.ts";

const names = Object.keys(classSamples);
/** A sample has fewer texts than a run asks for by default. */
const minSamples = "100";
const list = `${names.slice(0, -1).join(", ")} or ${names.at(-1)}`;

export const demo: Command = {
  name: "demo",
  summary: "run a small generated export of classes, in a home of its own",
  details: `In a minute or two on two quiet cores: an export is generated, models are trained on it (counts of words, the
base model's vectors and, except for the long notes of specialty, all of the base model), the best is judged and becomes
the first model in use.

${names.map((name) => `${name}: ${classSamples[name]!.about}.`).join("\n\n")}

The home is .pbp/demo-<sample>, which begins empty each time, unless --home names another one. The export stays in it,
to look at. No text of it is anybody's.`,
  arguments: [{ name: "sample", help: list }],
  options: {},
  examples: names.map((name) => `demo ${name}`),
  async run({ arguments: [name = ""], options }) {
    const sample = Object.hasOwn(classSamples, name) ? classSamples[name] : undefined;
    if (!sample) throw new UsageError(`pbp demo takes ${list}.${didYouMean(name, names, "pbp demo ")}`);
    if (options.cloud !== undefined) throw new UsageError("pbp demo runs on this machine, without --cloud.");
    const home = options.home ?? join(".pbp", `demo-${name}`);
    if (options.home === undefined) await rm(home, { recursive: true, force: true });
    await mkdir(home, { recursive: true, mode: 0o700 });
    const file = join(home, `${name}.json.gz`);
    note(wrap(`Writing an export of ${sample.records} texts (${sample.about}) to ${oneLine(file)} …`));
    await pipeline(
      Readable.from(classExport(name, sample)),
      createGzip({ level: 9 }),
      createWriteStream(file),
    );
    const code = await run.run({
      arguments: [file],
      options: {
        ...options,
        home,
        model: name,
        "min-samples": minSamples,
        algorithms: sample.algorithms?.join(","),
      },
    });
    if (code === 0) {
      const place = optionsFor(homeAt(home));
      note(`
What to type next:
  pbp show latest${place}
  pbp history --model ${name}${place}
  pbp validate ${oneLine(shellWord(file))} --min-samples ${minSamples}
A run asks for ${count(executionInput.properties.minSamples.default)} different texts, unless --min-samples says otherwise, as here.
Your own export, made like ${oneLine(file)} (see docs/kinds.md):
  pbp validate <export>
  pbp run <export> --model ${name}`);
    }
    return code;
  },
};
