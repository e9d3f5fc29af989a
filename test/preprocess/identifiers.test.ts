import { expect, test } from "vitest";
import { identifiersIn } from "../../tasks/preprocess/report/identifiers.ts";
import { fold } from "../../tasks/preprocess/sides/fold.ts";

test.each([
  ["SSN: 219-09-9999", "socialSecurityNumber"],
  ["social security number 219 09 9999", "socialSecurityNumber"],
  ["his number is 219-09-9999.", "socialSecurityNumber"],
  ["SSN 219099999", "socialSecurityNumber"],
  ["Call (212) 555-0187.", "telephone"],
  ["call 212-555-0187", "telephone"],
  ["call +1 212.555.0187", "telephone"],
  ["Phone: 212 555 0187", "telephone"],
  ["fax 2125550187", "telephone"],
  ["Jane.Doe+notes@mail.example.org", "email"],
  ["MRN 00482913", "recordNumber"],
  ["Medical Record Number: 00482913", "recordNumber"],
  ["Medical record #: AB-482913", "recordNumber"],
  ["account no. 4829134", "recordNumber"],
  ["DOB: 03/14/1961", "dateOfBirth"],
  ["D.O.B. 3-14-61", "dateOfBirth"],
  ["Date of Birth:\n 1961-03-14", "dateOfBirth"],
  ["born on March 14, 1961", "dateOfBirth"],
])("finds in %j a %s", (text, kind) => {
  expect(identifiersIn(fold(text))).toEqual([kind]);
});

test.each([
  "BP 120-80 at 1200",
  "000-12-3456 and 666-12-3456 and 912-12-3456 are no social security numbers",
  "part 2-219-09-9999-1",
  "codes 99213-99215, N20.0 and 64483-50",
  "dose 500.125.2500 mg, range 100-200-3000",
  "costs $212.555.0187",
  "GA 39 weeks, born at 3140 g",
  "birth weight 3-14",
  "seen on 03/14/2024, follow-up 2024-06-14",
  "twitter handle @clinic",
  "pain 8@10",
  "chart reviewed, 120 mg given",
  "the account of the event",
  "medical record reviewed 3 times",
  "cell count 4500",
  "telephone follow-up in 2 weeks",
  "WBC 12.3, platelets 212 555 a microlitre",
])("finds nothing in %j", (text) => {
  expect(identifiersIn(fold(text))).toEqual([]);
});

// What de-identification leaves: MIMIC-III's and MIMIC-IV's forms, tags of tools, blanks of people.
test.each([
  "Seen by [**Doctor Last Name 12**]. [**Medical Record Number 48211**] noted.",
  "MRN: [**Numeric Identifier 48211234**]",
  "DOB: [**2051-11-12**], tel [**Telephone/Fax (1) 212-555-0187**]",
  "MRN: [MRN-000123]",
  "MRN: [MRN] and <PHI>, [REDACTED], {{MRN_12}}, <<ID 7>>",
  "[Medical record number 0012]",
  "MRN 0000000",
  "MRN: 99999, account no. 1111111",
  "email: [EMAIL] or xxx@xxx.xxx",
  "XX@XXX.XX.XXX, none@none.com, Redacted@redacted.org",
  "MRN: ___, DOB: ___, SSN ___-__-____",
  "SSN XXX-XX-XXXX, phone (XXX) XXX-XXXX, MRN XXXXXXX, DOB XX/XX/XXXX",
  "SSN 111-11-1111, phone (555) 555-5555, call 222-222-2222",
  "DOB: 00/00/0000, date of birth 99/99/9999",
])("takes the placeholders in %j for none", (text) => {
  expect(identifiersIn(fold(text))).toEqual([]);
});

test.each([
  ["[**Hospital 12**] MRN 00482913", "recordNumber"],
  ["MRN [**Numeric Identifier 1**] 00482913", "recordNumber"],
  ["MRN: [MRN-000123], other MRN 4829134", "recordNumber"],
  ["MRN [REDACTED] 00482913", "recordNumber"],
  ["[MRN 00482913]", "recordNumber"],
  ["<MRN-4829134>", "recordNumber"],
  ["MRN 000000-482913", "recordNumber"],
  ["MRN 0000000 00482913", "recordNumber"],
  ["MRN 0000000001", "recordNumber"],
  ["MRN: ___ 00482913", "recordNumber"],
  ["[**Medical Record Number 48211**", "recordNumber"],
  ["xxx@xxx.xxx or jane@mail.example.org", "email"],
  ["xxx@mail.example.org", "email"],
  ["xxx.jane@xxx.xxx", "email"],
  ["jane@xxx.org", "email"],
  ["none@nonesuch.org", "email"],
  ["call [PHONE] 212-555-5555", "telephone"],
  ["SSN XXX-XX-XXXX, later 219-09-9999", "socialSecurityNumber"],
  ["SSN [SSN] 219-99-9999", "socialSecurityNumber"],
  ["DOB: [DATE], DOB 11/11/1951", "dateOfBirth"],
  // Judgements: docs/security.md.
  ["birth weight 3100 g, born 12/05/23 at term", "dateOfBirth"],
  ["chart 123456 lines reviewed", "recordNumber"],
  ["call 212-555-0100", "telephone"],
])("finds the real one beside placeholders in %j: a %s", (text, kind) => {
  expect(identifiersIn(fold(text))).toEqual([kind]);
});

test("finds each kind once, all kinds at once", () => {
  const text = "MRN 1234567, DOB 1/2/1950, SSN 219-09-9999, tel 212-555-0187, fax 212-555-0188, a@b.org";
  expect(identifiersIn(fold(text))).toEqual([
    "socialSecurityNumber",
    "telephone",
    "email",
    "recordNumber",
    "dateOfBirth",
  ]);
});

test.each([
  ["  A\t\tstone \n", "a stone"],
  ["A stone", "a stone"],
  ["a\u00a0\u3000STONE", "a stone"],
  ["", ""],
])("folds %j", (text, folded) => {
  expect(fold(text)).toBe(folded);
});

test("folds away all that JavaScript calls white space", () => {
  for (let unit = 0; unit < 65_536; unit++) {
    const space = String.fromCharCode(unit);
    // U+FEFF is white space to JavaScript; to Unicode, and to BERT, it is a character that nobody sees.
    if (/\s/.test(space)) expect(fold(`a${space}b`)).toBe(unit === 0xfeff ? "ab" : "a b");
  }
});
