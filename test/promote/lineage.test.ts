// What went into a bundle, told from the bundle alone, and as PROV-JSON that PROV's own library reads.
import { execFileSync } from "node:child_process";
import { rmSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, expect, test } from "vitest";
import { provenanceOf } from "../../pipeline/results/provenance.ts";
import { verifyBundle } from "../../tasks/models/bundle.ts";
import { currentChampion } from "../../tasks/models/champion.ts";
import { layout } from "../../tasks/models/layout.ts";
import { readLineage } from "../../tasks/models/lineage.ts";
import { handler as history } from "../../tasks/operators/history.ts";
import { promote } from "../../tasks/promote/promotion.ts";
import { deploy, failure } from "../tasks/deployment.ts";
import { trained } from "./execution.ts";

let deployment: Awaited<ReturnType<typeof deploy>>;
beforeEach(async () => {
  deployment = await deploy();
});
afterEach(() => deployment.remove());

const code = "0123456789abcdef0123456789abcdef01234567";
const places = () => ({ store: deployment.store, modelsFolder: deployment.models, keep: 1, code });

test("export, settings, trial, images, code, verdict and who agreed, when the run's files are gone", async () => {
  const promotion = await trained(deployment.store, "first");
  const startedBy = "jane@desk";
  const images = Object.fromEntries(
    ["embed", "train", "evaluate"].map((job) => [
      job,
      { uri: `repo/${job}:1`, digest: `sha256:${"a".repeat(64)}` },
    ]),
  ) as unknown as NonNullable<typeof promotion.run.images>;
  const run = { ...promotion.run, approval: "required" as const, startedBy, images };
  const approved = { by: "arn:aws:sts::123456789012:assumed-role/Ops/ann", actor: "x-1", reason: "read 50" };
  await promote({ ...promotion, run, approved }, places());
  for await (const { key } of deployment.store.list("runs/")) await deployment.store.remove(key);
  const told = await readLineage(deployment.models, 1);
  const { dataset, evidence } = promotion;
  expect(told.lineage).toMatchObject({
    startedBy,
    reason: "why first",
    export: {
      exportId: dataset.exportId,
      sha256: dataset.exportSha256,
      versionId: run.source.versionId,
      train: { documents: dataset.train.documents, sha256: dataset.train.sha256 },
    },
    baseModel: { name: dataset.trials[0]!.baseModel.name },
    settings: { gate: run.gate, approval: "required" },
    trial: { trial: 0, of: dataset.trials.length, modelSha256: promotion.artifacts.model.sha256 },
    code,
    images,
    verdict: { key: "runs/first/verdict.json", scores: evidence.metrics.challenger },
    approval: { by: approved.by, reason: "read 50" },
    forced: null,
  });
  // The operators' machine tells the same.
  expect(await history({ lineageOf: 1 })).toEqual({ lineage: told });
  // Of its digest it is no part: the same files are the same bundle, whoever approved it.
  const at = layout(deployment.models);
  expect((await verifyBundle(at, told.version)).digest).toBe(told.digest);

  const document = provenanceOf(told, told.lineage!);
  const script = [
    "import sys",
    "from prov.model import ProvDocument",
    "document = ProvDocument.deserialize(sys.stdin, format='json')",
    "records = document.get_records()",
    "again = ProvDocument.deserialize(content=document.serialize(format='json'), format='json')",
    "assert again == document",
    "print(document.get_provn())",
  ].join("\n");
  const python = fileURLToPath(new URL("../../.venv/bin/python", import.meta.url));
  const notation = execFileSync(python, ["-c", script], {
    input: JSON.stringify(document),
    encoding: "utf8",
  });
  for (const words of [
    `entity(pbp:bundle/keyphrases/${told.version}`,
    `entity(pbp:export/${dataset.exportSha256}`,
    "activity(pbp:run/first, 2026-",
    `agent(pbp:code/${code}`,
    'prov:role="approved"',
    'prov:role="started"',
    `wasDerivedFrom(pbp:bundle/keyphrases/${told.version}, pbp:model/`,
  ])
    expect(notation).toContain(words);
});

test("of a generation that is not there, and of a bundle that is gone", async () => {
  expect((await failure(readLineage(deployment.models, 1))).message).toContain("No model has been promoted");
  await promote(await trained(deployment.store, "first"), places());
  const refused = await failure(readLineage(deployment.models, 7));
  expect(refused).toEqual({
    name: "InvalidInput",
    message: "There is no generation 7: they count from 1 to 1.",
  });
  const { version } = (await currentChampion(deployment.models))!;
  rmSync(join(deployment.models, "versions", version), { recursive: true });
  expect((await failure(readLineage(deployment.models, 1))).message).toContain("was removed or is damaged");
});
