import fc from "fast-check";
import { expect, test } from "vitest";
import { adviceIn } from "../../schemas/execution/advice.ts";
import { isModelName, nameFrom } from "../../schemas/models/registered-models.ts";

test("of any text comes a name that a registered model may have", () => {
  expect(nameFrom("Mails of 2026 (all)")).toBe("mails-of-2026-all");
  for (const odd of ["registered", "", "---", "ÄÖÜ"]) expect(nameFrom(odd)).toBe("new-model");
  fc.assert(fc.property(fc.string(), (text) => isModelName(nameFrom(text))));
});

test("an export of another kind is advised another name than the one that refused it, in a whole command", () => {
  const ended = { execution: "mails-0123456789ab", status: "FAILED", error: "KindMismatch" } as const;
  expect(adviceIn({ ...ended, model: "sentiment" }, " --cloud").type).toBe(
    "pbp rerun mails-0123456789ab --model mails --cloud",
  );
  expect(adviceIn({ ...ended, model: "mails" }).type).toBe("pbp rerun mails-0123456789ab --model new-mails");
});

test.each(["InsufficientSamples", "InvalidInput"])(
  "after %s the new run is one of the same model",
  (error) => {
    const ended = { execution: "mails-0123456789ab", status: "FAILED", error } as const;
    expect(adviceIn({ ...ended, model: "mails" }, " --cloud").type).toBe(
      "pbp run <export> --model mails --cloud",
    );
    for (const unnamed of [{}, { model: "keyphrases" }])
      expect(adviceIn({ ...ended, ...unnamed }).type).toBe("pbp run <export>");
  },
);
