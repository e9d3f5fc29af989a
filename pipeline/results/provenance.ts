// A bundle's lineage in the vocabulary of W3C PROV, as PROV-JSON (https://www.w3.org/submissions/prov-json/). PROV and not
// OpenLineage: what is told is of what one thing was made, by whom and who agreed, which are PROV's entities, activities and
// agents; OpenLineage is a protocol for events of runs, sent to a collector while they happen.
import { defaultModel } from "../../schemas/models/registered-models.ts";
import type { Lineage } from "../../schemas/types.ts";
import type { BundleLineage } from "../../tasks/models/lineage.ts";

type Attributes = Record<string, string | number | { $: string; type: string }>;
type Records = Record<string, Record<string, Attributes>>;

const at = (instant: string) => ({ $: instant, type: "xsd:dateTime" });

/** Attributes without those that there is nothing to say of. */
const told = (attributes: Record<string, string | number | null | undefined>): Attributes =>
  Object.fromEntries(
    Object.entries(attributes).flatMap(([name, value]) => (value == null ? [] : [[name, value]])),
  );

/** A document of PROV-JSON. Identifiers are of digests and names that the pipeline knows; nothing of a note is in them. */
export function provenanceOf(
  { version, digest, execution, createdAt, model }: BundleLineage,
  lineage: Lineage,
  registered: string = defaultModel,
): object {
  const bundle = `pbp:bundle/${registered}/${version}`;
  const archive = `pbp:model/${lineage.trial.modelSha256}`;
  const source = `pbp:export/${lineage.export.sha256}`;
  const base = `pbp:weights/${lineage.baseModel.weightsSha256}`;
  const judged = `pbp:verdict/${execution}`;
  const run = `pbp:run/${execution}`;
  const promotion = `pbp:promotion/${registered}/${version}`;
  const code = `pbp:code/${lineage.code}`;
  const records: Records = {
    entity: {
      [bundle]: {
        ...told({ "prov:label": `${registered} ${version}`, "pbp:digest": digest }),
        "prov:type": "pbp:Bundle",
        "pbp:createdAt": at(createdAt),
      },
      [archive]: {
        "prov:type": "pbp:Model",
        ...told({ "pbp:key": model.key, "pbp:sha256": lineage.trial.modelSha256 }),
        ...told({ "pbp:algorithm": lineage.trial.algorithm, "pbp:trial": lineage.trial.trial }),
      },
      [source]: {
        "prov:type": "pbp:Export",
        ...told({ "pbp:exportId": lineage.export.exportId, "pbp:key": lineage.export.key }),
        ...told({ "pbp:versionId": lineage.export.versionId, "pbp:sha256": lineage.export.sha256 }),
        ...told({
          "pbp:trainDocuments": lineage.export.train.documents,
          "pbp:testDocuments": lineage.export.test.documents,
          "pbp:validationDocuments": lineage.export.validation?.documents,
        }),
        "pbp:exportedAt": at(lineage.export.exportedAt),
      },
      [base]: { "prov:type": "pbp:BaseModel", "prov:label": lineage.baseModel.name },
      [judged]: {
        "prov:type": "pbp:Verdict",
        ...told({ "pbp:key": lineage.verdict.key, "pbp:verdict": lineage.verdict.verdict }),
        ...told({ "pbp:f1": lineage.verdict.scores.f1, "pbp:accuracy": lineage.verdict.scores.accuracy }),
        ...told({ "pbp:championGeneration": lineage.verdict.championGeneration }),
      },
    },
    activity: {
      [run]: {
        "prov:startTime": lineage.startedAt,
        "prov:type": "pbp:Run",
        ...told({ "pbp:epochs": lineage.trial.epochs, "pbp:trials": lineage.trial.of }),
        "pbp:hyperparameters": JSON.stringify(lineage.trial.hyperparameters),
        "pbp:settings": JSON.stringify(lineage.settings),
        ...told({ "pbp:reason": lineage.reason || null }),
      },
      [promotion]: { "prov:endTime": createdAt, "prov:type": "pbp:Promotion" },
    },
    agent: { [code]: { "prov:type": "prov:SoftwareAgent" } },
    used: {},
    wasGeneratedBy: {},
    wasDerivedFrom: {},
    wasAssociatedWith: {},
  };
  let relations = 0;
  const relate = (relation: string, fields: Attributes) => {
    records[relation]![`_:r${++relations}`] = fields;
  };
  const person = (name: string) => {
    const id = `pbp:person/${encodeURIComponent(name)}`;
    records.agent![id] = { "prov:type": "prov:Person", "prov:label": name };
    return id;
  };
  for (const entity of [source, base]) relate("used", { "prov:activity": run, "prov:entity": entity });
  for (const entity of [archive, judged])
    relate("wasGeneratedBy", { "prov:entity": entity, "prov:activity": run });
  for (const entity of [archive, judged])
    relate("used", { "prov:activity": promotion, "prov:entity": entity });
  relate("wasGeneratedBy", { "prov:entity": bundle, "prov:activity": promotion });
  for (const [made, of] of [
    [archive, source],
    [archive, base],
    [bundle, archive],
  ] as const)
    relate("wasDerivedFrom", { "prov:generatedEntity": made, "prov:usedEntity": of });
  relate("wasAssociatedWith", { "prov:activity": promotion, "prov:agent": code });
  for (const [job, { uri, digest: image }] of Object.entries(lineage.images ?? {})) {
    const id = `pbp:image/${job}/${image ?? encodeURIComponent(uri)}`;
    records.agent![id] = { "prov:type": "prov:SoftwareAgent", "prov:label": uri };
    relate("wasAssociatedWith", { "prov:activity": run, "prov:agent": id });
  }
  if (lineage.startedBy !== null)
    relate("wasAssociatedWith", {
      "prov:activity": run,
      "prov:agent": person(lineage.startedBy),
      "prov:role": "started",
    });
  for (const [role, by] of [
    ["approved", lineage.approval],
    ["forced", lineage.forced],
  ] as const)
    if (by)
      relate("wasAssociatedWith", {
        "prov:activity": promotion,
        "prov:agent": person(by.by),
        "prov:role": role,
        "pbp:reason": by.reason,
      });
  return { prefix: { pbp: "urn:predictive-billing-pipeline:" }, ...records };
}
