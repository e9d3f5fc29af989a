import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { withTables } from "../../scripts/generate-security.ts";

const page = readFileSync(fileURLToPath(new URL("../../docs/security.md", import.meta.url)), "utf8");

test("the tables are those of today's roles and findings", () => {
  expect(page, "run: node scripts/generate-security.ts").toBe(withTables(page));
});

test("a table that the page no longer holds is missed, and a mark without a table refused", () => {
  expect(() => withTables(page.replace("<!-- generated: findings -->", ""))).toThrow("no mark for: findings");
  expect(() => withTables(page.replace("generated: findings", "generated: finding"))).toThrow(
    "no table finding",
  );
});

test("the operators' machine has a row, which names each function that it calls", () => {
  const row = page.split("\n").find((line) => line.startsWith("| operators' state machine |"))!;
  expect(row).toMatch(/`rollback`.*`approve`.*publish to the topic \|$/);
  expect(withTables(page.replace("`rollback`, `", "`"))).toBe(page);
  expect(() => withTables(page.replace(row, ""))).toThrow("no row of the operators' machine");
});
