import type { Histogram, Profile } from "../../../schemas/types.ts";
import { type Card, type Cell, card, details, legend, pairs, table } from "../elements.ts";
import { capital, count, counted, percent } from "../format.ts";
import { type Html, html } from "../html.ts";
import type { RunFiles } from "../run-files.ts";
import { bars } from "../svg/bars.ts";
import { histogram } from "../svg/histogram.ts";

/** What became of the export's records. */
export function dataSection({ preprocess, dataset, embeddings }: RunFiles): Card | null {
  if (!preprocess) return null;
  const { spans, tokens, classes, duplicates, identifiers } = preprocess;
  const found = Object.values(identifiers).reduce((sum, one) => sum + one, 0);
  const rows: [string, Cell][] = [
    ["Records", count(preprocess.records)],
    ["Rejected", count(preprocess.rejected)],
    ["Without annotation", count(preprocess.unannotated)],
    ["Repeated", count(duplicates.records)],
  ];
  if (duplicates.conflicting > 0)
    rows.push(["Repeated with another annotation", count(duplicates.conflicting)]);
  if (dataset)
    rows.push([
      "Documents to train on, to test on",
      `${count(dataset.train.documents)}, ${count(dataset.test.documents)}`,
    ]);
  if (spans) rows.push(["Spans kept", `${count(spans.kept)} of ${count(spans.read)}`]);
  if (tokens) rows.push(["Gold tokens lost", count(tokens.goldLost)]);
  if (classes)
    rows.push(
      ["Classes of a document, on average", classes.perDocument.toFixed(2)],
      ["Documents without a class", count(classes.empty)],
      ["Texts with conflicting classes", count(classes.conflicts.texts)],
      ["Labels too rare to be judged", count(classes.tooRare.length)],
    );
  if (classes && classes.conflicts.texts > 0)
    rows.push(["Best accuracy that conflicts leave possible", percent(classes.conflicts.ceiling)]);
  rows.push(["Direct identifiers found", count(found)]);
  if (embeddings)
    rows.push(["Texts embedded", `${count(embeddings.embedded)} new, ${count(embeddings.reused)} reused`]);
  const exported = dataset
    ? `Export of ${dataset.exportedAt.slice(0, 10)}, SHA-256 ${dataset.exportSha256.slice(0, 12)}…`
    : null;
  return card(
    { id: "data", title: "Data", say: exported, columns: 4 },
    // Columns, where the card has the page to itself.
    pairs(rows, "flow"),
    ...preprocess.warnings.map((warning) => html`<p class="warning">${warning}</p>`),
    preprocess.rejected > 0 && details("Rejected by rule", counts(preprocess.rejectedByRule)),
    found > 0 && details("Identifiers by kind", counts({ ...identifiers })),
  );
}

const counts = (by: Record<string, number>): Html =>
  pairs(Object.entries(by).map(([name, number]) => [words(name), count(number)]));

/** `socialSecurityNumber` → `Social security number`. */
const words = (name: string) =>
  capital(name.replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`).replaceAll("-", " "));

// As many as a card holds.
const mostDrawn = 12;

/** How often each label was trained on and how often it is tested. */
export function balanceSection({ labels }: Pick<Profile, "labels">): Card {
  const sorted = labels
    .map(({ label, documents: { train, test } }) => ({ label, train, test }))
    .sort((a, b) => b.train - a.train);
  const drawn = sorted.slice(0, mostDrawn);
  const most = Math.max(1, ...drawn.map(({ train, test }) => Math.max(train, test)));
  const rest = sorted.slice(mostDrawn);
  return card(
    {
      id: "balance",
      title: "Balance",
      say:
        rest.length > 0
          ? `Documents with the label, training and test; the ${mostDrawn} most frequent of ${count(labels.length)} labels`
          : "Documents with the label, training and test",
      columns: 4,
    },
    table(
      [
        { head: "Label" },
        { head: "Documents", className: "drawn" },
        { head: "Training, test", numeric: true },
      ],
      drawn.map(({ label, train, test }) => [
        label,
        bars(
          `${label}: ${counted(train, ["document", "documents"])} to train on, ${count(test)} to test on.`,
          [
            { share: train / most, name: "" },
            { share: test / most, name: "second" },
          ],
        ),
        html`${count(train)}<br><small>${count(test)}</small>`,
      ]),
      "labels",
    ),
    rest.length > 0 &&
      html`<p class="note">The other ${count(rest.length)} have ${count(rest[0]!.train)} to ${count(rest.at(-1)!.train)} documents to train on.</p>`,
    legend([
      ["", "training"],
      ["second", "test"],
    ]),
  );
}

/** How long the texts are. The bins widen as texts grow, so that the many short ones can be told apart. */
export function lengthSection({ lengths, windows }: Pick<Profile, "lengths" | "windows">): Card | null {
  const [first, last] = [lengths[0], lengths.at(-1)];
  if (!first || !last) return null;
  const total = sum(lengths);
  let below = 0;
  const middle = lengths.find(({ documents }) => {
    below += documents;
    return below >= total / 2;
  })!;
  const cut = windows && sum(windows.filter(({ to }) => to > 1));
  const sentence = `${counted(total, ["document", "documents"])}; half of them have at most ${count(middle.to)} words, the longest at most ${count(last.to)}.`;
  const width = 100 / lengths.length;
  const at = lengths.indexOf(middle);
  return card(
    {
      id: "length",
      title: "Length",
      say: `${sentence} Bars further right stand for wider ranges.`,
      columns: 4,
    },
    histogram(
      sentence,
      lengths.map(({ from, to, documents }) => ({
        value: documents,
        title: `${count(from)} to ${count(to)} words: ${count(documents)}`,
      })),
      [
        { at: 0, text: count(first.from), anchor: "start" },
        ...(at > 2 && at < lengths.length - 3 ? [{ at: (at + 0.5) * width, text: count(middle.to) }] : []),
        { at: 100, text: count(last.to), anchor: "end" },
      ],
      190,
    ),
    cut !== null &&
      html`<p class="note">${counted(cut, ["document is", "documents are"])} cut into more than one row, at sentences; nothing of them is left out.</p>`,
    details(
      "Numbers",
      table(
        [{ head: "Words" }, { head: "Documents", numeric: true }],
        lengths.map(({ from, to, documents }) => [
          from === to ? count(from) : `${count(from)} to ${count(to)}`,
          count(documents),
        ]),
        "tight",
      ),
    ),
  );
}

const sum = (bins: Histogram) => bins.reduce((all, { documents }) => all + documents, 0);
