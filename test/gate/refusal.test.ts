import { expect, test } from "vitest";
import { equal } from "../../tasks/quality-gate/refusal.ts";

test("numbers are equal to nine digits after the point", () => {
  expect(equal(0.5, 0.5 + 0.9e-9)).toBe(true);
  expect(equal(1e-9, 0)).toBe(true);
  expect(equal(0.5, 0.5 - 1.1e-9)).toBe(false);
  expect(equal(Number.NaN, Number.NaN)).toBe(false);
});
