import { expect, test } from "vitest";
import { fold } from "../../tasks/preprocess/fold.ts";
import { identifiersIn } from "../../tasks/preprocess/identifiers.ts";

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
    if (/\s/.test(space)) expect(fold(`a${space}b`)).toBe("a b");
  }
});
