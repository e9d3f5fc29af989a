/**
 * A text with runs of white space as one space, trimmed, in lower case: texts that fold to the same are one document.
 */
export function fold(text: string): string {
  // Most texts have lone spaces only; replacing each by itself would cost more than all the rest.
  const spaced = /[^\S ]|\s\s/.test(text) ? text.replace(/\s+/g, " ") : text;
  return spaced.trim().toLowerCase();
}
