// How complex EventBridge finds a rule. It refuses one with "Rule is too complex", by a score and at a limit that its
// documentation does not tell. The score is that of MachineComplexityEvaluator in aws/event-ruler, the matcher that AWS
// published (https://github.com/aws/event-ruler, src/main/software/amazon/event/ruler); rules that people had refused
// scored 12 and 16 there, and accepted ones 8 and 9.

/** A leaf of a pattern: what a field may be. */
type Leaf = string | { wildcard?: string; [operator: string]: unknown };

/** The highest score that counts as safe: what EventBridge was seen to accept. */
export const safeComplexity = 8;

/** The complexity of an event pattern: that of its most complex field, since one field after the other is matched. */
export function complexityOf(pattern: unknown): number {
  if (Array.isArray(pattern)) return complexityOfField(pattern);
  if (pattern === null || typeof pattern !== "object") return 0;
  return Math.max(0, ...Object.values(pattern).map(complexityOf));
}

/** A place in the wildcards of a field, which share their common beginnings. */
type Place = { id: number; next: Map<string, Place>; loops: boolean; wildcards: Set<string> };

/**
 * The most wildcards that one value can be on the way to, counted once for each place that the value has led to.
 *
 * The wildcards become an automaton: a letter leads from a place to the next, and a star to a place that any letter
 * leads back to. A value is then at several places at once; each counts the wildcards that can still be met from it,
 * and every set of places that a value can reach is tried. Other kinds of matches (exact, prefix, suffix) do not count.
 * An approximation: a star is taken to begin where the letter before it ends, and letters are UTF-16 units, not bytes.
 */
function complexityOfField(leaves: readonly Leaf[]): number {
  const start: Place = place();
  const letters = new Set<string>(["\0"]); // one that stands in no wildcard
  for (const leaf of leaves) {
    const wildcard = typeof leaf === "object" ? leaf.wildcard : undefined;
    if (wildcard === undefined) continue;
    let at = start;
    for (const letter of wildcard) {
      letters.add(letter);
      const next = at.next.get(letter) ?? place();
      next.loops ||= letter === "*";
      next.wildcards.add(wildcard);
      at.next.set(letter, next);
      at = next;
    }
  }
  letters.delete("*");
  let most = 0;
  const seen = new Set<string>();
  const open = [withStars([start])];
  for (let places = open.pop(); places; places = open.pop()) {
    const name = [...places]
      .map(({ id }) => id)
      .sort()
      .join();
    if (seen.has(name)) continue;
    seen.add(name);
    most = Math.max(
      most,
      [...places].reduce((sum, { wildcards }) => sum + wildcards.size, 0),
    );
    for (const letter of letters)
      open.push(
        withStars(
          [...places].flatMap((one) => [...(one.loops ? [one] : []), one.next.get(letter) ?? []].flat()),
        ),
      );
  }
  return most;
}

let places = 0;
const place = (): Place => ({ id: places++, next: new Map(), loops: false, wildcards: new Set() });

/** A star stands for no letter, too: who is before it is also behind it. */
function withStars(places: readonly Place[]): Set<Place> {
  return new Set(places.flatMap((one) => [one, one.next.get("*") ?? []].flat()));
}
