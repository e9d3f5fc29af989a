import type { Readable } from "node:stream";
import { NamedError } from "../../schemas/tables/errors.ts";
import type { PreprocessReport, Profile, RejectedRecord } from "../../schemas/types.ts";
import { Preparation } from "./preparation.ts";
import type { ExportHeader } from "./read/header.ts";
import { type PolicyOfRun, problemsOf } from "./report/problems.ts";
import { emptyTexts } from "./sides/digest-map.ts";
import { choicesOf } from "./tuning/choices.ts";
import { LineWriter } from "./write/line-file.ts";

/** What Preprocess would say about an export. */
export type Validation = {
  /** null when the export could not be read to its end. */
  header: ExportHeader | null;
  report: PreprocessReport;
  /** What the export is like, as far as it could be read; null without a record. */
  profile: Profile | null;
  /** The first 20. */
  rejects: RejectedRecord[];
  /** The errors that an execution would fail by, the gravest first. Empty: the export is good. */
  problems: NamedError[];
};

/** Takes an export, gzip or plain, through all of Preprocess without writing a row. Throws only what reading throws. */
export async function validateExport(
  stored: Readable,
  policy: PolicyOfRun & Parameters<typeof choicesOf>[0],
): Promise<Validation> {
  const nowhere = new LineWriter(() => undefined);
  const preparation = new Preparation({
    outputs: {
      train: nowhere,
      validation: nowhere,
      test: nowhere,
      notes: nowhere,
      missing: nowhere,
      rejects: nowhere,
      facets: nowhere,
    },
    stored: emptyTexts(),
    choices: choicesOf(policy),
  });
  const { report, firstRejects: rejects } = preparation;
  try {
    const { header } = await preparation.read(stored);
    const { profile } = preparation;
    return { header, report, profile, rejects, problems: problemsOf(preparation.findings(), policy, null) };
  } catch (error) {
    if (!(error instanceof NamedError)) throw error;
    return { header: null, report, profile: preparation.profile, rejects, problems: [error] };
  }
}
