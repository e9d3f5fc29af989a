import { folderOf } from "../../../schemas/bucket.ts";
import { card, grid, pairs } from "../../../tasks/report/elements.ts";
import { bytes } from "../../../tasks/report/format.ts";
import { html } from "../../../tasks/report/html.ts";
import { sectionsOf } from "../../../tasks/report/sections/sections.ts";
import { readResults } from "../../results/results.ts";
import { crumbs } from "../layout.ts";
import { type Asked, type Context, NotFound, type Page } from "../routes.ts";
import { runsTable } from "../runs-table.ts";
import { viewOf } from "../view.ts";
import { exportsOf } from "./exports.ts";

/** Sections of a run's page that are about what it was given. */
const ofData = new Set(["data", "profile", "balance", "length", "facets", "drift"]);

/** An export: what it started, and what the newest of these runs has found in it. */
export async function exportPage({ installation }: Context, { query }: Asked): Promise<Page> {
  // Not in the path, where the .json at its end would ask for the twin.
  const key = query.get("key") ?? "";
  const found = (await exportsOf(installation)).find((one) => one.key === key);
  if (!found || !["incoming", "exports"].includes(folderOf(key) ?? ""))
    throw new NotFound("There is no such export.");
  const { runs, sizeBytes, versionId } = found;
  const newest = runs[0]?.execution;
  const sections = newest === undefined ? [] : await sectionsOfRun(installation, newest);
  return {
    title: `Export ${key}`,
    data: { key, sizeBytes, versionId, executions: runs.map(({ execution }) => execution) },
    body: html`
${crumbs("/exports", key)}
<div class="headline"><h1>${key.split("/").at(-1)}</h1></div>
<p class="lead">${
      newest === undefined
        ? html`No run of it among the newest ones. To check it: <code>pbp validate</code>.`
        : html`What is told below was found by <a href="/runs/${newest}">${newest}</a>.`
    }</p>
${grid([
  card(
    { id: "object", title: "In the bucket", columns: 12 },
    pairs([
      ["Key", key],
      ["Size", bytes(sizeBytes)],
      ["Version", versionId],
    ]),
  ),
  ...sections,
  runs.length > 0 && card({ id: "runs", title: "Runs", columns: 12 }, runsTable(runs, { showsModel: true })),
])}`,
  };
}

async function sectionsOfRun(installation: Context["installation"], execution: string) {
  const results = await readResults(installation, execution);
  const { below } = sectionsOf(await viewOf(installation, results));
  return below.filter((section) => section && ofData.has(section.id));
}
