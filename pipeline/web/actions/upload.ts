import { Readable } from "node:stream";
import { below } from "../../../schemas/bucket.ts";
import {
  defaultModel,
  isModelName,
  modelNameExpectation,
} from "../../../schemas/models/registered-models.ts";
import { whyIgnored } from "../../../tasks/start-execution/name.ts";
import { BadForm, type Upload } from "../multipart.ts";
import type { Context, Redirect } from "../routes.ts";

/** An export that was dropped on the page goes where exports arrive, and starts its run from there. */
export async function upload(
  { installation, ending, say }: Context,
  { fields, fileName, file }: Upload,
): Promise<Redirect> {
  const model = fields.get("model")?.trim() || defaultModel;
  if (!isModelName(model)) throw new BadForm(`The model must have ${modelNameExpectation}.`);
  // Browsers send the name alone; whoever sends a path gets its end.
  const name = fileName.split(/[/\\]/).at(-1)!;
  if (name === "") throw new BadForm("No file was chosen.");
  if (Buffer.byteLength(name) > 200 || /\p{Cc}|\p{Bidi_Control}/u.test(name))
    throw new BadForm("The file's name is too long, or has characters that cannot be shown. Rename it.");
  const key = model === defaultModel ? name : `${model}/${name}`;
  const why = whyIgnored(below("incoming") + key);
  if (why !== null) throw new BadForm(why);
  await installation.receiveExport(key, Readable.from(file), { signal: ending, say });
  return { to: "/exports?done=upload" };
}
