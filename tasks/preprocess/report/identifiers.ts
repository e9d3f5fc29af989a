import type { PreprocessReport } from "../../../schemas/types.ts";
import { withoutPlaceholders } from "./placeholders.ts";

/** Kinds of direct identifiers (HIPAA safe harbour, 45 CFR 164.514) that have a shape which little else has. */
export type IdentifierKind = keyof PreprocessReport["identifiers"];
export const identifierKinds: readonly IdentifierKind[] = [
  "socialSecurityNumber",
  "telephone",
  "email",
  "recordNumber",
  "dateOfBirth",
];

// Written for text in lower case with single spaces. A simple expression stands before each, since most notes have none
// of these, and the full ones over a gigabyte would take half a minute.
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

// What must stand in a text for the expressions above to match: a number of three digits and then four, or a word.
const grouped = /\d{2,3}[) .-]{1,2}\d{4}/;
const numbersNamed = /ssn|social security|phone|tel|cell|fax/;
const recordNamed = /mrn|medical record|chart|patient id|account/;
const birthNamed = /dob|d\.o\.b|birth|born/;
const NONE: readonly IdentifierKind[] = [];

/** What each of the full expressions needs: an @, four digits in a row, or a date. */
const anything = /@|\d{4}|\d[/.-]\d\d?[/.-]\d\d/;

/**
 * The kinds of direct identifiers in a text, folded (lower case, single spaces). Made for precision: names, addresses
 * and free dates are not looked for, so an empty result is no proof of de-identification. What de-identification left
 * in an identifier's place is none.
 */
export function identifiersIn(folded: string): readonly IdentifierKind[] {
  if (!anything.test(folded)) return NONE;
  const address = folded.includes("@");
  const numbers = grouped.test(folded) || numbersNamed.test(folded);
  const record = recordNamed.test(folded);
  const birth = birthNamed.test(folded);
  if (!numbers && !address && !record && !birth) return NONE;
  const text = withoutPlaceholders(folded);
  const found: IdentifierKind[] = [];
  if (numbers && socialSecurityNumber.test(text)) found.push("socialSecurityNumber");
  if (numbers && telephone.test(text)) found.push("telephone");
  if (address && email.test(text)) found.push("email");
  if (record && recordNumber.test(text)) found.push("recordNumber");
  if (birth && dateOfBirth.test(text)) found.push("dateOfBirth");
  return found;
}
