// What tools and people put where an identifier was. Written for text in lower case with single spaces.
const placeholders = new RegExp(
  [
    // MIMIC's: whatever stands between the stars is made up, numbers included.
    String.raw`\[\*\*[^\]]{0,200}\*\*\]`,
    // A kind in brackets, with a running number: [mrn], <phi>, {{name_2}}, [mrn-000123]. A number of more than four
    // digits, leading zeros apart, may be a real one.
    String.raw`[[<{]{1,2}[a-z][a-z _/-]{0,40}(?:[ _:#-]?0*\d{1,4})?[\]>}]{1,2}`,
    // A blank to fill in: MIMIC-IV's.
    "_{2,}",
    // One digit over and over: 0000000, 999-99-9999, 00/00/0000; not as a part of a longer number.
    String.raw`(?<!\d[-./]?)\(?(\d)(?:[-./ ()]{0,2}\1){4,}(?![-./]?\d)`,
    // The letter x over and over: xxx-xx-xxxx, xxx@xxx.xxx; not as a part of a longer word or address.
    "(?<![a-z0-9]|[a-z0-9][@._%+-])x{2,}(?:[-@./]x+)*(?![a-z0-9]|[@._%+-][a-z0-9])",
    // An address that says that there is none.
    String.raw`(?<![a-z0-9._%+-])(none|email|redacted|removed)@\2\.[a-z]{2,}(?![a-z0-9]|[.-][a-z0-9])`,
  ].join("|"),
  "g",
);

/** A folded text with a space in place of each placeholder, so that what stands beside one is still read. */
export function withoutPlaceholders(folded: string): string {
  return folded.replace(placeholders, " ").replace(/ {2,}/g, " ");
}
