// Bugs in what Promote refuses of a model and its embeddings.
import type { Bug } from "../bug.ts";

export const artefacts: Bug[] = [
  {
    bug: "the archive's digest is not compared",
    edits: [["tasks/promote/archive.ts", "sha256 === expected.sha256 && sizeBytes", "sizeBytes"]],
    campaign: "damage",
    cases: 2000,
  },
  {
    bug: "the embeddings' digests are not compared",
    edits: [
      [
        "tasks/promote/stage.ts",
        "      files[name]?.sha256 === artifacts.embeddings.files[name],",
        "      files[name] !== undefined,",
      ],
    ],
    campaign: "damage",
    cases: 100,
  },
  {
    bug: "what comes after an archive's end is passed over",
    edits: [
      [
        "tasks/promote/archive.ts",
        'refuseUnless(isZero(piece), "goes on',
        'refuseUnless(piece.length >= 0, "goes on',
      ],
    ],
    campaign: "hostile",
    cases: 300,
  },
  {
    bug: "files that the model's manifest does not list are let in",
    edits: [
      [
        "tasks/promote/check-model.ts",
        "  refuseUnless(sameKeys(others, manifest.files),",
        "  refuseUnless(sameKeys(others, others),",
      ],
    ],
    campaign: "hostile",
    cases: 300,
  },
  {
    bug: "file digests of the model's manifest are not compared",
    edits: [
      [
        "tasks/promote/check-model.ts",
        "    refuseUnless(others[name]?.sha256 === sha256,",
        "    refuseUnless(others[name] !== undefined && sha256 !== '',",
      ],
    ],
    campaign: "lies",
    cases: 300,
  },
  {
    bug: "a model that was trained on other rows is let in",
    edits: [
      [
        "tasks/promote/check-model.ts",
        "manifest.trainSha256 === expected.trainSha256",
        "manifest.trainSha256 !== ''",
      ],
    ],
    campaign: "lies",
    cases: 300,
  },
  {
    bug: "weights that are no numbers are let in",
    edits: [
      ["tasks/promote/safetensors.ts", "if (!look(part)) throw", "if (!look(part) && position < 0) throw"],
    ],
    campaign: "lies",
    cases: 300,
  },
  {
    bug: ">= for >: a text twice in the index",
    edits: [["tasks/promote/check-embeddings.ts", "text > before", "text >= before"]],
    campaign: "lies",
    cases: 300,
  },
];
