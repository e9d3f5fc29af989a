import { readFileSync } from "node:fs";
import fc from "fast-check";
import { expect, test } from "vitest";
import { imported } from "./sources.ts";
import * as writers from "./writers.ts";

const canary = "zqxCANARYzqx";
const documents = Array.from({ length: 4 }, (_, index) => {
  const text = `${canary} \u{1f600} caf\u00e9 kidney stone seen ${index}`;
  const start = text.indexOf("kidney");
  return { text, spans: [{ start, end: start + "kidney stone".length, label: "problem" }] };
});
const fixture = (name: string) => readFileSync(new URL(`data/${name}`, import.meta.url));

const whole: Record<string, Record<string, string | Buffer>> = {
  doccano: writers.doccano(documents, "utf16"),
  "label-studio": writers.labelStudio(documents, "codepoint"),
  "label-studio-min": writers.labelStudioMin(documents, "codepoint"),
  prodigy: writers.prodigy(documents, "codepoint"),
  brat: writers.brat(documents, "codepoint"),
  "ground-truth": writers.groundTruth(documents, "utf16"),
  comprehend: writers.comprehend(documents, "codepoint"),
  pubtator: writers.pubtator(documents, "codepoint"),
  fasttext: { "a.txt": `__label__x ${canary} a\n__label__y b\n` },
  conll: { "a.conll": `-DOCSTART- O\n\n${canary} B-x\nb I-x\n\n-DOCSTART- O\n\nc O\n` },
  "hugging-face": { "a.json": `{"tokens":["${canary}","b"],"ner_tags":["B-x","O"]}\n` },
  "spacy-docbin": { "notes.spacy": fixture("notes.spacy") },
  table: { "mails.xlsx": fixture("mails.xlsx") },
};

const damage = fc.record({
  file: fc.nat(),
  at: fc.double({ min: 0, max: 1, noNaN: true }),
  removed: fc.nat(20),
  added: fc.oneof(
    fc.constantFrom("", "null", "-1", "1e99", "[]", "{}", '"', "\0", "\r", "\n", "\t", "|", "\\", "\u2028"),
    fc.uint8Array({ maxLength: 3 }),
  ),
});

test.each(Object.keys(whole))(
  "a damaged file of %s is read or refused by name, without a word of it",
  async (format) => {
    await fc.assert(
      fc.asyncProperty(fc.array(damage, { minLength: 1, maxLength: 3 }), async (damages) => {
        const files = { ...whole[format] };
        for (const { file, at, removed, added } of damages) {
          const names = Object.keys(files);
          const name = names[file % names.length]!;
          const bytes = Buffer.from(files[name] as string);
          const from = Math.floor(at * bytes.length);
          files[name] = Buffer.concat([
            bytes.subarray(0, from),
            Buffer.from(added as string),
            bytes.subarray(from + removed),
          ]);
        }
        const error = await imported(format, files).then(
          () => null,
          (thrown: Error) => thrown,
        );
        if (error === null) return;
        expect(error.name).toBe("InvalidExport");
        expect(error.message).not.toContain(canary);
      }),
      { numRuns: 40 },
    );
  },
);
