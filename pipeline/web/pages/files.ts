import { runPrefix } from "../../../schemas/bucket.ts";
import { card, table } from "../../../tasks/report/elements.ts";
import { bytes, count } from "../../../tasks/report/format.ts";
import { html } from "../../../tasks/report/html.ts";
import type { StoredObject } from "../../../tasks/store/store.ts";
import { crumbs } from "../layout.ts";
import { type Asked, type Bytes, type Context, NotFound, type Page } from "../routes.ts";

/**
 * What of a run holds no text of notes: counts, scores, settings, digests. Everything else may: rows are texts, a model
 * knows some by heart, vectors can be turned back into them.
 */
const withoutText =
  /^(receipt\.json|verdict\.json|report\.html|model-card\.md|report\/[\w-]+\.svg|dataset\/(manifest|report|profile|labels)\.json|dataset\/rejects\.jsonl|embeddings\/manifest\.json|evaluation\/\d+\/(metrics|analysis)\.json|trials\/\d+\/training\.jsonl)$/;

const isWithoutText = (key: string, prefix: string) =>
  key.startsWith(prefix) && withoutText.test(key.slice(prefix.length));

/** Everything below the run's folder, and how large it is. */
export async function files(
  { installation, showNotes }: Context,
  { params: { execution = "" } }: Asked,
): Promise<Page> {
  await installation.describe(execution);
  const prefix = runPrefix(execution);
  const objects: StoredObject[] = [];
  for await (const object of installation.store.list(prefix)) objects.push(object);
  const total = objects.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
  return {
    title: `Files of ${execution}`,
    data: { prefix, objects },
    body: html`
${crumbs(`/runs/${execution}`, "Files")}
<div class="headline"><h1>Files</h1></div>
<p class="lead">${count(objects.length)} files, ${bytes(total)}, below <code>${prefix}</code> in ${installation.bucket}.${
      !showNotes && " Those that hold text of notes, or what was computed of it, can be fetched with pbp get."
    }</p>
<div class="grid">${card(
      { id: "files", title: "What the run left", columns: 12 },
      objects.length > 0
        ? table(
            [{ head: "File" }, { head: "Size", numeric: true }],
            objects.map(({ key, sizeBytes }) => {
              const name = key.slice(prefix.length);
              return [
                showNotes || isWithoutText(key, prefix)
                  ? html`<a href="/runs/${execution}/file/${pathOf(name)}">${name}</a>`
                  : html`${name}<small>may hold text of notes</small>`,
                bytes(sizeBytes),
              ];
            }),
          )
        : html`<p class="empty">Nothing yet.</p>`,
    )}</div>`,
  };
}

const pathOf = (name: string) => name.split("/").map(encodeURIComponent).join("/");

/** One of these files, for the browser to save. */
export async function file({ installation, showNotes }: Context, { params }: Asked): Promise<Bytes> {
  const { execution = "", file: name = "" } = params;
  await installation.describe(execution);
  const prefix = runPrefix(execution);
  const key = prefix + name;
  const found = await installation.store.head(key).catch((error: Error) => {
    // No key at all.
    if (error instanceof RangeError) return null;
    throw error;
  });
  if (!found) throw new NotFound("The run has no such file.");
  if (!showNotes && !isWithoutText(key, prefix))
    throw new NotFound("The file may hold text of notes, which this console does not show. Use pbp get.");
  return {
    // Saved, never shown: a file of the store is no page of ours.
    type: "application/octet-stream",
    saveAs: name
      .split("/")
      .at(-1)!
      .replaceAll(/[^\w.-]/g, "_"),
    headers: { "Content-Length": String(found.sizeBytes) },
    body: await installation.store.read(key, { versionId: found.versionId }),
  };
}
