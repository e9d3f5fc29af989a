import { readFile } from "node:fs/promises";
import { setTimeout as pause } from "node:timers/promises";
import { runPrefix } from "../../schemas/bucket.ts";
import modelCardSchema from "../../schemas/models/model-card.schema.json" with { type: "json" };
import { NamedError } from "../../schemas/tables/errors.ts";
import type { ModelCard, RunReceipt } from "../../schemas/types.ts";
import { parseObject } from "../formats/parse-object.ts";
import { door } from "../lambda/door.ts";
import { modelCardOf } from "../report/model-card.ts";
import { reportOf } from "../report/report.ts";
import { readRunFiles } from "../report/run-files.ts";
import { viewOf } from "../report/run-view.ts";
import { readSpread } from "../report/spread.ts";
import type { ObjectStore } from "../store/store.ts";

// Notify has a minute, and needs seconds of it for the rest.
const longestMs = 30_000;

const pages = ["report.html", "model-card.md"] as const;
type PageName = (typeof pages)[number];

const without = (page: PageName) => `There is no ${page}: `;

const checkModelCard = door<ModelCard>(modelCardSchema, { what: "model-card.json", name: "InvalidInput" });

/**
 * Writes report.html and, of a run with a model, model-card.md beside the receipt. Never throws: a page that cannot be
 * made is a warning, since a promoted model without a page is a promoted model.
 *
 * @param modelCard The file of what people say of the models; null, or not there: they say nothing.
 * @returns the receipt's warnings.
 */
export async function writePages(
  store: ObjectStore,
  receipt: RunReceipt,
  { options, modelCard }: { options: string; modelCard: string | null },
): Promise<string[]> {
  const others = (receipt.warnings ?? []).filter(
    (warning) => !pages.some((page) => warning.startsWith(without(page))),
  );
  const time = new AbortController();
  const late = pause(longestMs, [`${without("report.html")}it took too long.`], { signal: time.signal });
  // When the pages were first.
  late.catch(() => {});
  const made = makePages(store, { ...receipt, warnings: others }, { options, modelCard });
  const missing = await Promise.race([made, late]);
  time.abort();
  return [...others, ...missing];
}

/** Each page by itself, so that a damaged card costs no report. */
async function makePages(
  store: ObjectStore,
  receipt: RunReceipt,
  { options, modelCard }: { options: string; modelCard: string | null },
): Promise<string[]> {
  const prefix = runPrefix(receipt.execution);
  const missing: string[] = [];
  const attempt = async (page: PageName, make: () => Promise<string>) => {
    try {
      await store.write(prefix + page, await make());
    } catch (error) {
      missing.push(`${without(page)}${whyOf(error)}.`);
    }
  };
  const read = async () => {
    const files = await readRunFiles(store, receipt.execution);
    const spread = await readSpread(store, receipt.execution, files);
    return viewOf({ ...files, receipt }, { spread, options });
  };
  const view = read();
  // Awaited by each page, so that each says why it is missing.
  view.catch(() => {});
  await attempt("report.html", async () => reportOf(await view));
  if (receipt.metrics)
    await attempt("model-card.md", async () => modelCardOf(await view, await readModelCard(modelCard)));
  return missing;
}

/** Our own words, or an error's name alone: its message may quote what could not be read. */
const whyOf = (error: unknown) =>
  error instanceof NamedError
    ? error.message.replace(/\.$/, "")
    : error instanceof Error
      ? error.name
      : "Error";

/** Throws InvalidInput for a card that is not as its schema says. */
async function readModelCard(file: string | null): Promise<ModelCard | null> {
  if (file === null) return null;
  try {
    return checkModelCard(parseObject(await readFile(file, "utf8")));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return null;
    throw error;
  }
}
