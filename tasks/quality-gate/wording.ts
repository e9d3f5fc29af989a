/** "Token accuracy 0.9600 is not above the minimum 0.9700." */
export function compared(
  name: string,
  score: number,
  what: string,
  other: number,
  passed: boolean,
  margin = "",
): string {
  const [left, right] = distinct(score, other);
  return `${name} ${left} is ${passed ? "" : "not "}above ${what} ${right}${margin}.`;
}

/** Four digits, or all of them where four would show two different numbers as one. */
function distinct(a: number, b: number): [string, string] {
  const short: [string, string] = [a.toFixed(4), b.toFixed(4)];
  return a !== b && short[0] === short[1] ? [String(a), String(b)] : short;
}

/** 0.95 → "95 %". */
export function percent(level: number): string {
  return `${Number((level * 100).toFixed(1))} %`;
}
