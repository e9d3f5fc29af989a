/** The choice that `word` was probably meant to be; null when none is close. */
export function nearest(word: string, choices: readonly string[]): string | null {
  const ranked = choices
    .map((choice) => ({ choice, distance: editDistance(word.toLowerCase(), choice.toLowerCase()) }))
    .sort((a, b) => a.distance - b.distance);
  const best = ranked[0];
  // A third of the letters may be wrong: beyond that a suggestion is a guess.
  return best && best.distance <= Math.max(2, Math.ceil(word.length / 3)) ? best.choice : null;
}

/** ` Did you mean …?`, or nothing. */
export function didYouMean(word: string, choices: readonly string[], prefix = ""): string {
  const found = nearest(word, choices);
  return found === null ? "" : ` Did you mean ${prefix}${found}?`;
}

/** Insertions, deletions, replacements and swaps of neighbours that turn `a` into `b`. */
function editDistance(a: string, b: string): number {
  let before: number[] = [];
  let previous = Array.from({ length: b.length + 1 }, (_, column) => column);
  for (let row = 1; row <= a.length; row++) {
    const current = [row];
    for (let column = 1; column <= b.length; column++) {
      const same = a[row - 1] === b[column - 1] ? 0 : 1;
      let cost = Math.min(previous[column]! + 1, current[column - 1]! + 1, previous[column - 1]! + same);
      if (row > 1 && column > 1 && a[row - 1] === b[column - 2] && a[row - 2] === b[column - 1])
        cost = Math.min(cost, before[column - 2]! + 1);
      current.push(cost);
    }
    before = previous;
    previous = current;
  }
  return previous[b.length]!;
}
