// Files do not say what their offsets count. Where a text has a character outside of plain ones, the units differ, and
// what the spans hit tells them apart: decided over the whole file, never span by span.
import { agrees, isWhole, type Place, Positions } from "./offsets.ts";
import type { SourceSpan, Unit } from "./record.ts";
import { refusal } from "./refusal.ts";

export type UnitChoice = {
  unit: Unit;
  /** A sentence for people: how many spans spoke for it. */
  said: string;
};

/** Of spans without their text: more that begin or end inside a word are no chance, but offsets that are wrong. */
const PARTIAL = 0.5;

/** Spans that agree with the same units, and but for white space at their ends fit the same: sets, as bits. */
type Telling = { bits: number; fits: number; count: number; verified: number; first: string };

/** Which units each span agrees with, over a whole file. */
export class UnitSurvey {
  readonly candidates: readonly Unit[];
  private spans = 0;
  private verified = 0;
  /** Spans without their text that are whole words in no unit. */
  private readonly partial = { count: 0, first: "" };
  /** Of spans that lie elsewhere in another unit; in the order in which they came first. */
  private readonly telling = new Map<number, Telling>();

  /** @param candidates The likeliest first: it is taken where nothing tells them apart. */
  constructor(candidates: readonly Unit[]) {
    this.candidates = candidates;
  }

  add(text: string, spans: readonly SourceSpan[], place: string): void {
    if (spans.length === 0 || this.candidates.length === 0) return;
    const positions = new Positions(text);
    for (const span of spans) {
      this.spans++;
      if (span.text !== undefined) this.verified++;
      const places = this.candidates.map((unit) => positions.place(span, unit));
      const [first] = places;
      const isTelling = !places.every((one) => one?.start === first?.start && one?.end === first?.end);
      if (span.text === undefined) this.addUnverified(text, isTelling ? places : [first!], place);
      if (!isTelling) continue;
      const bits = bitsOf(places, (one) => agrees(text, one, span.text));
      // White space at an end is no sign of another unit, as little as it is one of its own.
      const fits = span.text === undefined ? bitsOf(places, (one) => isWhole(text, one)) : bits;
      const key = bits | (fits << this.candidates.length);
      const known = this.telling.get(key) ?? { bits, fits, count: 0, verified: 0, first: place };
      known.count++;
      if (span.text !== undefined) known.verified++;
      this.telling.set(key, known);
    }
  }

  private addUnverified(text: string, places: readonly (Place | null)[], place: string): void {
    const inText = places.filter((one) => one !== null);
    if (inText.length === 0 || inText.some((one) => isWhole(text, one))) return;
    if (this.partial.count++ === 0) this.partial.first = place;
  }

  /** @param asked What the operator says; then nothing is refused. */
  decide(asked: Unit | "auto"): UnitChoice {
    const all = this.count(() => true);
    const agreeing = this.candidates.map((_, index) => this.count(({ bits }) => has(bits, index)));
    if (asked !== "auto") {
      const index = this.candidates.indexOf(asked);
      return {
        unit: asked,
        said: all === 0 ? "as asked" : `as asked; ${agreeing[index]} of the ${all} spans that tell agree`,
      };
    }
    if (this.partial.count > PARTIAL * (this.spans - this.verified)) throw this.inWords();
    const [likeliest] = this.candidates;
    if (all === 0) return { unit: likeliest!, said: `every unit gives the same ${this.spans} spans` };
    const best = agreeing.indexOf(Math.max(...agreeing));
    if (agreeing[best] === 0) throw this.noUnit(all);
    if (this.isMixture(best)) throw this.mixture(best, all);
    return {
      unit: this.candidates[best]!,
      said: `${agreeing[best]} of the ${all} spans that tell agree${this.alsoSaid(best, agreeing)}`,
    };
  }

  /**
   * Spans that disagree with the file's unit are of another population, as what was uploaded beside what was marked in a
   * browser, or they are bad: half a word was marked. Bad ones mostly fit no unit; some fit another by chance, but never
   * with their text.
   */
  private isMixture(best: number): boolean {
    const others = ({ bits, fits }: Telling) => bits !== 0 && !has(fits, best);
    const fitNone = this.count(({ fits }) => fits === 0);
    return this.count(others) > fitNone || this.count(others, "verified") > 0;
  }

  private alsoSaid(best: number, agreeing: number[]): string {
    const others = this.candidates.filter((_, index) => index !== best && agreeing[index] === agreeing[best]);
    return others.length === 0 ? "" : `, as they do with ${others.join(" and ")}`;
  }

  private count(isMeant: (telling: Telling) => boolean, of: "count" | "verified" = "count"): number {
    return [...this.telling.values()].reduce((sum, one) => sum + (isMeant(one) ? one[of] : 0), 0);
  }

  private firstOf(isMeant: (telling: Telling) => boolean): string {
    return [...this.telling.values()].find(isMeant)?.first ?? "";
  }

  private mixture(best: number, all: number) {
    const agrees = ({ bits }: Telling) => has(bits, best);
    const isStray = (index: number) => (one: Telling) => has(one.bits, index) && !has(one.fits, best);
    const strays = this.candidates.map((_, index) => this.count(isStray(index)));
    const other = strays.indexOf(Math.max(...strays));
    const [unit, otherUnit] = [this.candidates[best]!, this.candidates[other]!];
    return refusal(
      this.firstOf(isStray(other)),
      `expected offsets that count one thing in the whole file. Of ${all} spans that tell the units apart, ${this.count(agrees)} count in ${unit} (first: ${this.firstOf(agrees)}), and ${strays[other]} do not, but in ${otherUnit} (first: here). Import the two kinds from files of their own; or say --offsets ${unit}: texts with a span that counts otherwise are then left unannotated.`,
    );
  }

  private noUnit(all: number) {
    return refusal(
      this.firstOf(() => true),
      `expected spans that are where the file says. Of ${all} that lie elsewhere in another unit, none is, be it in ${this.candidates.join(", ")}. The texts may have changed since: export again.`,
    );
  }

  private inWords() {
    const { count, first } = this.partial;
    return refusal(
      first,
      `expected spans that begin and end with a word. ${count} of the ${this.spans - this.verified} whose text the file does not say begin or end inside one, as where offsets are one off. Export again; or, if parts of words were marked, say what the offsets count with --offsets: then they are counted and taken.`,
    );
  }
}

const has = (bits: number, index: number) => (bits & (1 << index)) !== 0;

const bitsOf = (places: readonly (Place | null)[], isMeant: (place: Place) => boolean) =>
  places.reduce((set, one, index) => (one && isMeant(one) ? set | (1 << index) : set), 0);
