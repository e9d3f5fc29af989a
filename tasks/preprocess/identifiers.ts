import type { PreprocessReport } from "../../schemas/types.ts";

/** Kinds of direct identifiers (HIPAA safe harbour, 45 CFR 164.514) that have a shape which little else has. */
export type IdentifierKind = keyof PreprocessReport["identifiers"];

// Written for text in lower case with single spaces. Each is preceded by a plain search for a word or character without
// which it cannot match, since most notes have none and five regular expressions over a gigabyte take half a minute.
const DATE = String.raw`(?:\d{1,2}[/.-]\d{1,2}[/.-](?:\d{4}|\d{2})|\d{4}-\d{2}-\d{2}|[a-z]{3,9}\.? \d{1,2},? \d{4})(?!\d)`;
const NUMBER_SIGN = String.raw`(?: ?(?:number|no\.?|num\.?|#))?(?: is)? ?[:#=]? ?#?`;

const socialSecurityNumber =
  /(?<![\d-])(?!000|666|9)\d{3}-(?!00)\d{2}-(?!0000)\d{4}(?![\d-])|\b(?:ssn|social security)(?: ?(?:number|no\.?|#))?(?: is)? ?[:#=]? ?(?!000|666|9)\d{3}[ -]?\d{2}[ -]?\d{4}(?!\d)/;
const telephone =
  /(?<![\d.$-])(?:\+?1[ .-])?(?:\([2-9]\d{2}\) ?|[2-9]\d{2}[.-])[2-9]\d{2}[ .-]\d{4}(?![\d-])|\b(?:phone|telephone|tel|cell|fax)(?: ?(?:number|no\.?|#))?(?: is)? ?[:.]? ?(?:\+?1[ .-]?)?\(?[2-9]\d{2}\)?[ .-]?[2-9]\d{2}[ .-]?\d{4}(?!\d)/;
const email = /[a-z0-9][a-z0-9._%+-]*@[a-z0-9-]+(?:\.[a-z0-9-]+)*\.[a-z]{2,}/;
const recordNumber = new RegExp(
  String.raw`\b(?:mrn|medical record|chart|patient id|account)${NUMBER_SIGN}[a-z]{0,3}-?\d{5,}`,
);
const dateOfBirth = new RegExp(
  String.raw`\b(?:dob|d\.o\.b\.?|date of birth|birth ?date|born)(?: is| on)? ?[:=-]? ?${DATE}`,
);

/** Whether the text holds a number of three digits and then four, as those of persons and telephones do. */
const grouped = /\d{2,3}[) .-]{1,2}\d{4}/;

/**
 * The kinds of direct identifiers in a text, folded (lower case, single spaces). Made for precision: names, addresses
 * and free dates are not looked for, so an empty result is no proof of de-identification.
 */
export function identifiersIn(folded: string): IdentifierKind[] {
  const found: IdentifierKind[] = [];
  const numbers = grouped.test(folded);
  if ((numbers || has(folded, "ssn", "social security")) && socialSecurityNumber.test(folded))
    found.push("socialSecurityNumber");
  if ((numbers || has(folded, "phone", "tel", "cell", "fax")) && telephone.test(folded))
    found.push("telephone");
  if (has(folded, "@") && email.test(folded)) found.push("email");
  if (has(folded, "mrn", "medical record", "chart", "patient id", "account") && recordNumber.test(folded))
    found.push("recordNumber");
  if (has(folded, "dob", "d.o.b", "birth", "born") && dateOfBirth.test(folded)) found.push("dateOfBirth");
  return found;
}

function has(text: string, ...words: string[]): boolean {
  return words.some((word) => text.includes(word));
}
