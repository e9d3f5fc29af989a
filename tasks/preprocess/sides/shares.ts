import { DigestMap } from "./digest-map.ts";
import { placeInCurve } from "./split.ts";

// Finer than any share that can be asked for.
const steps = 1_000_000;

/**
 * Which documents belong to a share of the training groups. A share is the groups whose place is below it, so that a
 * larger one holds every smaller one, and none divides a group.
 */
export class Shares {
  private readonly places = new DigestMap({ bits: 64, values: Uint32Array });

  /** A document whose copies are in several groups comes with the first of them. */
  enter(document: string, groupDigest: string) {
    const place = Math.floor(placeInCurve(groupDigest) * steps);
    const known = this.places.get(document);
    if (known < 0 || place < known) this.places.set(document, place);
  }

  has(document: string, share: number): boolean {
    return this.places.get(document) < share * steps;
  }
}
