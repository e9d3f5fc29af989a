import fc from "fast-check";
import { expect, test } from "vitest";
import type { Claim } from "../../../tasks/preprocess/sides/documents.ts";
import { Documents } from "../../../tasks/preprocess/sides/documents.ts";
import { groupOf, type Side, sideOf } from "../../../tasks/preprocess/sides/split.ts";

const record = (more: object) => ({ recordId: "r", text: "t", ...more });
const patientSide = (patientId: string, fraction: number) =>
  sideOf(groupOf(record({ patientId }), "").digest, fraction);

test("a patient's side never changes: these were on it when the pipeline was first released", () => {
  const sides = Array.from({ length: 40 }, (_, index) => patientSide(`p-${index}`, 0.2));
  expect(sides.map((side) => (side === "test" ? 1 : 0)).join("")).toBe(
    "0000000001000000000000010110100001000010",
  );
});

test("groups by patient, else by encounter, else by text", () => {
  const patient = groupOf(record({ patientId: "x", encounterId: "e" }), "d");
  expect(patient).toEqual(groupOf(record({ patientId: "x", encounterId: "other" }), "other"));
  expect(patient.by).toBe("byPatient");
  const encounter = groupOf(record({ encounterId: "x" }), "d");
  expect(encounter.by).toBe("byEncounter");
  // The same id means another group as a patient, as an encounter and as a text.
  const text = groupOf(record({}), "x");
  expect(text.by).toBe("byText");
  expect(new Set([patient.digest, encounter.digest, text.digest]).size).toBe(3);
});

test("about the asked fraction is tested, and a larger one only moves groups to test", () => {
  const ids = Array.from({ length: 5000 }, (_, index) => `patient-${index}`);
  const share = ids.filter((id) => patientSide(id, 0.2) === "test").length / ids.length;
  // Six standard deviations around 0.2.
  expect(Math.abs(share - 0.2)).toBeLessThan(0.034);
  for (const id of ids) if (patientSide(id, 0.2) === "test") expect(patientSide(id, 0.3)).toBe("test");
});

const claims = fc.array(
  fc.tuple(
    fc.constantFrom("00000000aaaaaaaa", "11111111bbbbbbbb"),
    fc.constantFrom<Claim>("pinned-test", "train", "validation", "hashed-test"),
  ),
  { minLength: 1, maxLength: 12 },
);

function sidesOf(entries: [string, Claim][]) {
  const documents = new Documents();
  const written = new Map<string, Side>();
  for (const [document, claim] of entries) {
    const { side } = documents.enter(document, claim, 7);
    if (side) written.set(document, side);
  }
  const ends = {
    train: documents.sidesOf("train"),
    validation: documents.sidesOf("validation"),
    test: documents.sidesOf("test"),
  };
  const inOrder = [...written].map(([document, side]) => [document, ends[side].next().value!] as const);
  const sides = new Map(inOrder.sort(([one], [other]) => (one < other ? -1 : 1)));
  const { repeated, conflicting, movedFromTest, movedFromTrain, sides: counts, misplaced } = documents;
  return {
    sides,
    written,
    misplaced,
    same: { repeated, conflicting, movedFromTest, movedFromTrain, counts },
  };
}

test("the side of a text does not depend on the order of its copies, nor do the counts", () => {
  fc.assert(
    fc.property(claims, fc.infiniteStream(fc.nat()), (entries, random) => {
      const shuffled = entries
        .map((entry): [number, [string, Claim]] => [random.next().value, entry])
        .sort(([a], [b]) => a - b)
        .map(([, entry]) => entry);
      const one = sidesOf(entries);
      const other = sidesOf(shuffled);
      expect(other.sides).toEqual(one.sides);
      expect(other.same).toEqual(one.same);
    }),
  );
});

test("the strongest claim decides, and the counts are what one would count", () => {
  fc.assert(
    fc.property(claims, (entries) => {
      const { sides, written, misplaced, same } = sidesOf(entries);
      const expected = {
        counts: { train: 0, validation: 0, test: 0 },
        misplaced: { train: 0, validation: 0, test: 0 },
        fromTest: 0,
        fromTrain: 0,
      };
      for (const [document, side] of sides) {
        const own = new Set(entries.filter(([id]) => id === document).map(([, claim]) => claim));
        const trained = own.has("train") ? "train" : own.has("validation") ? "validation" : "test";
        expect(side).toBe(own.has("pinned-test") ? "test" : trained);
        expected.counts[side]++;
        if (side !== "test" && own.has("hashed-test")) expected.fromTest++;
        if (side === "test" && trained !== "test") expected.fromTrain++;
        if (written.get(document) !== side) expected.misplaced[written.get(document)!]++;
      }
      expect(same.counts).toEqual(expected.counts);
      expect([same.movedFromTest, same.movedFromTrain]).toEqual([expected.fromTest, expected.fromTrain]);
      expect(misplaced).toEqual(expected.misplaced);
      expect(same.repeated).toBe(entries.length - sides.size);
    }),
  );
});

test("a copy with other keyphrases is a conflict", () => {
  const documents = new Documents();
  for (const hash of [0xffffffff, 0xffffffff, 1]) documents.enter("ffffffffffffffff", "train", hash);
  expect(documents).toMatchObject({ count: 1, repeated: 2, conflicting: 1 });
});
