// What an operator acts on when a run has ended: the model that it trained, and what the gate has said of it.
import { runPrefix } from "../../schemas/bucket.ts";
import verdictSchema from "../../schemas/evaluation/verdict.schema.json" with { type: "json" };
import artifactsSchema from "../../schemas/execution/artifacts.schema.json" with { type: "json" };
import datasetSchema from "../../schemas/execution/dataset.schema.json" with { type: "json" };
import runSchema from "../../schemas/execution/run.schema.json" with { type: "json" };
import { NamedError } from "../../schemas/tables/errors.ts";
import type { Artifacts, Dataset, Run, Verdict } from "../../schemas/types.ts";
import { door } from "../lambda/door.ts";
import { ObjectInvalid, ObjectMissing, type ObjectStore, readJson } from "../store/store.ts";

export type Challenger = { run: Run; dataset: Dataset; artifacts: Artifacts };

const checkChallenger = door<Challenger>(
  {
    type: "object",
    additionalProperties: false,
    required: ["run", "dataset", "artifacts"],
    properties: { run: runSchema, dataset: datasetSchema, artifacts: artifactsSchema },
  },
  { what: "challenger.json", name: "InvalidInput" },
);
const checkVerdict = door<Verdict>(verdictSchema, { what: "verdict.json", name: "InvalidInput" });

/** Throws InvalidInput for an execution that the gate has not judged, or whose files are not those of one model. */
export async function readChallenger(
  store: ObjectStore,
  execution: string,
): Promise<{ challenger: Challenger; verdict: Verdict; verdictKey: string }> {
  const prefix = runPrefix(execution);
  const verdictKey = `${prefix}verdict.json`;
  const verdict = checkVerdict(await readJudged(store, verdictKey, execution));
  const challenger = checkChallenger(await readJudged(store, `${prefix}challenger.json`, execution));
  if (verdict.challengerSha256 !== challenger.artifacts.model.sha256)
    throw new NamedError(
      "InvalidInput",
      `${verdictKey} is about another model. Run again: pbp rerun ${execution}.`,
    );
  return { challenger, verdict, verdictKey };
}

/** Throws InvalidInput when the bucket does not keep the model any more. */
export async function requireModelOf(
  store: ObjectStore,
  execution: string,
  { artifacts }: Challenger,
): Promise<void> {
  if ((await store.head(artifacts.model.key)) === null)
    throw new NamedError(
      "InvalidInput",
      `The model of ${execution} is not kept any more. Train it again: pbp rerun ${execution}.`,
    );
}

/** What QualityGate wrote about an execution. */
async function readJudged(store: ObjectStore, key: string, execution: string): Promise<unknown> {
  try {
    return await readJson(store, key);
  } catch (error) {
    if (!(error instanceof ObjectMissing || error instanceof ObjectInvalid)) throw error;
    throw new NamedError(
      "InvalidInput",
      `${key} is missing or not readable: only a model that the gate has judged can be promoted. See pbp show ${execution}.`,
    );
  }
}
