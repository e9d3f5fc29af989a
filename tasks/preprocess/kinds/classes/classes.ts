import type { NamedError } from "../../../../schemas/tables/errors.ts";
import type { PreprocessReport, Profile } from "../../../../schemas/types.ts";
import { listed } from "../../../store/label-set.ts";
import { FEWEST_TO_JUDGE } from "../../limits.ts";
import type { CountedProfile, ProfileCounter, Settled } from "../../profile/profile.ts";
import { Documents } from "../../sides/documents.ts";
import { type Side, sides } from "../../sides/split.ts";
import type { LineWriter } from "../../write/line-file.ts";
import { forEachLine } from "../../write/reroute.ts";
import { noCounts, type SideCounts, type Spool } from "../../write/spool.ts";
import type { KindReader, Place, Policy, ReadKind, RecordFacets } from "../kind.ts";
import { problemsOfClasses } from "./problems.ts";
import { type ClassSet, majority, union, Votes } from "./votes.ts";

/** Whether a text has exactly one class, or any number of them. */
export function classesReader(isExclusive: boolean): ReadKind {
  return ({ header, report, profile }) => new Classes(isExclusive, header.labels, report, profile);
}

/**
 * Texts with classes, one row each. What a text's classes are is known only when all its copies have come: till then
 * the rows lie in one file, without them.
 */
class Classes implements KindReader {
  readonly registry = new Documents();
  readonly documents: Record<Side, number> = { train: 0, validation: 0, test: 0 };
  private readonly isExclusive: boolean;
  private readonly labels: readonly string[];
  private readonly names: Uint8Array[];
  private readonly report: PreprocessReport;
  private readonly profile: ProfileCounter;
  private readonly votes = new Votes();
  private tokens = new Uint32Array(1 << 12);
  readonly isLooking = false;

  constructor(
    isExclusive: boolean,
    labels: readonly string[],
    report: PreprocessReport,
    profile: ProfileCounter,
  ) {
    this.isExclusive = isExclusive;
    this.labels = labels;
    this.names = labels.map((label) => Buffer.from(JSON.stringify(label)));
    this.report = report;
    this.profile = profile;
  }

  look(): void {}

  enter(
    { reading, claim, part, tokens }: Place,
    facets: RecordFacets,
    _: Int32Array,
    __: number,
    said: string,
  ) {
    const set = this.votes.numberOf(said);
    const { number, side } = this.registry.enter(reading, claim, Math.imul(set + 1, 0x9e3779b1));
    this.votes.add(number, set);
    if (side === null) return null;
    this.profile.enter(part, facets, tokens);
    if (number >= this.tokens.length) {
      const larger = new Uint32Array(2 * this.tokens.length);
      larger.set(this.tokens);
      this.tokens = larger;
    }
    this.tokens[number] = tokens;
    return "train" as const;
  }

  closeReport(): CountedProfile {
    const conflicts = { texts: 0, ties: 0, ceiling: 0 };
    let [said, empty, right] = [0, 0, 0];
    for (let number = 0; number < this.registry.count; number++) {
      const votes = this.votes.of(number);
      if (votes.length > 1) conflicts.texts++;
      right += Math.max(...votes.map(({ copies }) => copies));
      const classes = this.decided(votes);
      if (classes === null) conflicts.ties++;
      said += classes?.length ?? 0;
      if (classes?.length === 0) empty++;
    }
    const profile = this.profile.profile((number) => this.settled(number), { windows: null });
    Object.assign(this.documents, profile.documents);
    const { report } = this;
    const documents = sides.reduce((sum, side) => sum + this.documents[side], 0);
    conflicts.ceiling = report.annotated === 0 ? 1 : right / report.annotated;
    const tooRare = profile.labels.filter(({ items }) => items < FEWEST_TO_JUDGE).map(({ label }) => label);
    report.rows = documents;
    report.classes = { perDocument: documents === 0 ? 0 : said / documents, empty, tooRare, conflicts };
    if (tooRare.length > 0)
      report.warnings.push(
        `Labels with fewer than ${FEWEST_TO_JUDGE} documents are too rare to be judged: ${listed(tooRare, 5)}.`,
      );
    return profile;
  }

  private settled(number: number): Settled | null {
    const labels = this.decided(this.votes.of(number));
    return labels && { side: this.registry.sideOf(number), labels, items: labels.length };
  }

  causeOfRejects(): null {
    return null;
  }

  misread(): null {
    return null;
  }

  problems(policy: Policy, profile: Profile): NamedError[] {
    return problemsOfClasses(profile, this.registry.count, this.isExclusive, policy);
  }

  async write(spool: Spool) {
    const files = { train: spool.open(), validation: spool.open(), test: spool.open() };
    const counts = { train: noCounts(), validation: noCounts(), test: noCounts() };
    let number = 0;
    await forEachLine(spool.train, (row) => {
      const classes = this.decided(this.votes.of(number));
      const side = this.registry.sideOf(number);
      if (classes) {
        this.writeRow(files[side].lines, row, classes);
        this.count(counts[side], number, classes);
      }
      number++;
    });
    return { files, counts };
  }

  /** What a text's classes are; null where nobody knows. */
  private decided(votes: ReturnType<Votes["of"]>): ClassSet | null {
    return this.isExclusive ? majority(votes) : union(votes);
  }

  private writeRow(lines: LineWriter, row: Buffer, classes: ClassSet) {
    lines.bytes(row.subarray(0, -"}\n".length));
    lines.text(',"classes":[');
    for (const [index, one] of classes.entries()) {
      if (index > 0) lines.text(",");
      lines.few(this.names[one]!);
    }
    lines.text("]}\n");
  }

  private count(counts: SideCounts, number: number, classes: ClassSet) {
    counts.rows++;
    counts.tokens += this.tokens[number]!;
    counts.units += this.isExclusive ? 1 : this.labels.length;
    counts.items += classes.length;
  }
}
