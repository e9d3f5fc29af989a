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

/** Without the text of spans, some disagree by chance: half a word was marked. Their texts are left unannotated. */
const STRAYS = 0.1;
/** Of spans without their text: more that begin or end inside a word are no chance, but offsets that are wrong. */
const PARTIAL = 0.5;

/** Which units each span agrees with, over a whole file. */
export class UnitSurvey {
  readonly candidates: readonly Unit[];
  private spans = 0;
  private verified = 0;
  /** Spans without their text that are whole words in no unit. */
  private readonly partial = { count: 0, first: "" };
  /** By the set of units that a span agrees with, as bits; only of spans that lie elsewhere in another unit. */
  private readonly telling = new Map<number, { count: number; first: string }>();

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
      const bits = places.reduce(
        (set, one, index) => (one && agrees(text, one, span.text) ? set | (1 << index) : set),
        0,
      );
      const known = this.telling.get(bits);
      if (known) known.count++;
      else this.telling.set(bits, { count: 1, first: place });
    }
  }

  private addUnverified(text: string, places: readonly (Place | null)[], place: string): void {
    const inText = places.filter((one) => one !== null);
    if (inText.length === 0 || inText.some((one) => isWhole(text, one))) return;
    if (this.partial.count++ === 0) this.partial.first = place;
  }

  /** @param asked What the operator says; then nothing is refused. */
  decide(asked: Unit | "auto"): UnitChoice {
    const all = [...this.telling].reduce((sum, [, { count }]) => sum + count, 0);
    const agreeing = this.candidates.map((_, index) => this.sum((bits) => (bits & (1 << index)) !== 0));
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
    const others = this.sum((bits) => bits !== 0 && (bits & (1 << best)) === 0);
    const most = this.verified === this.spans ? 0 : Math.floor(STRAYS * all);
    if (others > most || agreeing[best] === 0) throw this.mixture(best, agreeing, all);
    return {
      unit: this.candidates[best]!,
      said: `${agreeing[best]} of the ${all} spans that tell agree${this.alsoSaid(best, agreeing)}`,
    };
  }

  private alsoSaid(best: number, agreeing: number[]): string {
    const others = this.candidates.filter((_, index) => index !== best && agreeing[index] === agreeing[best]);
    return others.length === 0 ? "" : `, as they do with ${others.join(" and ")}`;
  }

  private sum(isMeant: (bits: number) => boolean): number {
    let sum = 0;
    for (const [bits, { count }] of this.telling) if (isMeant(bits)) sum += count;
    return sum;
  }

  private mixture(best: number, agreeing: number[], all: number) {
    const counts = this.candidates.map((unit, index) => `${unit} with ${agreeing[index]}`).join(", ");
    const stray = [...this.telling].find(([bits]) => bits === 0 || (bits & (1 << best)) === 0);
    return refusal(
      stray?.[1].first ?? "offsets",
      `expected offsets that count one thing in the whole file. Of ${all} spans that tell the units apart, ${counts} agree. Export again in one way, or say what they count with --offsets; texts with a span that disagrees are then left unannotated.`,
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
