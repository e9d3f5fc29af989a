import { createReadStream } from "node:fs";
import { NamedError } from "../../../schemas/tables/errors.ts";
import type { Profile } from "../../../schemas/types.ts";
import { validateExport } from "../../../tasks/preprocess/validate-export.ts";
import { withDefaults } from "../../complete-input.ts";
import { requireExport } from "../../local/events/exports.ts";
import type { Command } from "../command.ts";
import { anyExport, buildInput, inputOptions } from "../execution-input.ts";
import { readingOptions, withExport } from "../importing.ts";
import { printJson, printText } from "../output/output.ts";
import { profileText } from "../output/profile.ts";
import { watched } from "../output/watched.ts";

export const profile: Command = {
  name: "profile",
  summary: "tell what an export is like: labels, lengths, facets and their balance",
  details:
    "Nothing is written, and nothing is trained. The profile has counts and shares only, never a text; a facet's value\nwith fewer than 5 documents is not named. pbp compare tells how two exports differ.",
  arguments: [{ name: "export", help: "the export file, or what another tool wrote (see pbp import)" }],
  options: { "test-fraction": inputOptions["test-fraction"]!, ...readingOptions },
  examples: ["profile export.json.gz", "profile export.jsonl --json"],
  async run({ arguments: [file = ""], options }) {
    const { profile } = await readProfile(file, options);
    if (options.json !== undefined) printJson(profile);
    else printText(profileText(profile));
    return 0;
  },
};

/** The profile of an export file. Throws the error that the export is refused by, where it cannot be read to its end. */
export async function readProfile(
  file: string,
  options: Readonly<Record<string, string | undefined>>,
): Promise<{ profile: Profile; exportId: string }> {
  const input = withDefaults(await buildInput(options, anyExport));
  const { header, profile, problems } = await withExport(file, options, async (exported) => {
    const { size } = await requireExport(exported);
    return watched("Profile", createReadStream(exported), size, (stream) => validateExport(stream, input));
  });
  // What fails a training may still be looked at; what cannot be read may not.
  if (!header || !profile)
    throw (
      problems[0] ??
      new NamedError("InvalidExport", `${file} has no record to tell about. Export some notes.`)
    );
  return { profile, exportId: header.exportId };
}
