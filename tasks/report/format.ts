// Numbers and times as pages and charts show them.

/** A score with the digits that a comparison needs; a dash for none. */
export const score = (value: number | null | undefined) =>
  value === null || value === undefined ? "–" : value.toFixed(4);

/** `+0.0123`, `−0.0040`. */
export const signed = (value: number) => `${value < 0 ? "−" : "+"}${score(Math.abs(value))}`;

/** `12,345`. */
export const count = (value: number) => String(value).replace(/\B(?=(\d{3})+$)/g, ",");

/** `1 note`, `12,345 notes`. */
export const counted = (value: number, [one, many]: readonly [string, string]) =>
  `${count(value)} ${value === 1 ? one : many}`;

/** 0.953 → `95.3 %`. */
export const percent = (share: number) => `${Number((share * 100).toFixed(1))} %`;

/** `0.4 s`, `12 s`, `2 min 05 s`, `1 h 02 min`. */
export function duration(ofTimestamps: number): string {
  // Between two time stamps the clock may have been set back.
  const seconds = Math.max(0, ofTimestamps);
  if (seconds < 9.95) return `${seconds.toFixed(1)} s`;
  const whole = Math.round(seconds);
  if (whole < 60) return `${whole} s`;
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${two(whole % 60)} s`;
  const minutes = Math.round(whole / 60);
  return `${Math.floor(minutes / 60)} h ${two(minutes % 60)} min`;
}

/** `0:30`, `12:05`, `1:02:05`: a place on a time axis. */
export function clock(seconds: number): string {
  const whole = Math.round(seconds);
  const minutes = Math.floor(whole / 60);
  return minutes < 60
    ? `${minutes}:${two(whole % 60)}`
    : `${Math.floor(minutes / 60)}:${two(minutes % 60)}:${two(whole % 60)}`;
}

const two = (number: number) => String(number).padStart(2, "0");

/** `2026-11-20 12:00:03 UTC`. */
export const instant = (date: string) => `${date.slice(0, 19).replace("T", " ")} UTC`;

/** `12:00:03`. */
export const timeOfDay = (date: string) => date.slice(11, 19);

/** `1.2 MB`. */
export function bytes(size: number): string {
  const units = ["bytes", "KB", "MB", "GB", "TB"];
  const power = size < 1000 ? 0 : Math.min(units.length - 1, Math.floor(Math.log10(size) / 3));
  const value = size / 1000 ** power;
  return `${power === 0 ? value : value.toFixed(value < 10 ? 1 : 0)} ${units[power]}`;
}

/** Begins a sentence. */
export const capital = (word: string) => word.slice(0, 1).toUpperCase() + word.slice(1);
