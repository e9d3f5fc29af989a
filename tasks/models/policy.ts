// models/policy.json: what an application is to do with a text by the labels that the model finds. It belongs to the
// registered model, not to a bundle: it is changed without a new model, and stays when another one comes into use.
import { NamedError } from "../../schemas/tables/errors.ts";
import type { Policy } from "../../schemas/types.ts";
import { parseStrictly } from "../formats/strict-json.ts";
import { BundleDamaged, readManifest } from "./bundle.ts";
import { renameTo, textOf, writeDurably } from "./durable.ts";
import { type Layout, layout } from "./layout.ts";
import { newestEntry, unreadable } from "./log.ts";
import { checkPolicy, unknownIn, withoutRule } from "./policy-check.ts";
import { nothingPromoted } from "./registered.ts";
import { discard, prepareFolders, stagingPath } from "./staging.ts";

/** A registered model's policy, as far as it can be told. */
export type PolicyState = {
  /** null: there is none, or none that can be read. */
  policy: Policy | null;
  /** Why it cannot be read, or does not fit the model in use; the readers then keep what they had. */
  problem: string | null;
  /** Labels of the model in use that no rule names. */
  withoutRule: string[];
};

/** What was put into force. */
export type PolicySet = { policy: Policy; withoutRule: string[] };

/** What cannot be read hides nothing else. */
export async function readPolicy(modelsFolder: string, model?: string): Promise<PolicyState> {
  const at = layout(modelsFolder, model);
  const nothing = { policy: null, problem: null, withoutRule: [] };
  try {
    const text = await textOf(at.policy);
    if (text === null) return nothing;
    const policy = checkPolicy(parsed(text));
    const labels = (await labelsInUse(at)) ?? [];
    return { policy, problem: unknownIn(policy, labels) || null, withoutRule: withoutRule(policy, labels) };
  } catch (error) {
    return { ...nothing, problem: unreadable(error, "The policy").message };
  }
}

/**
 * Puts a policy into force: checked, against the labels of the model in use too, and written as a whole. Readers take it
 * up when they next look.
 *
 * Throws InvalidInput (not a policy, a label that the model does not have, nothing promoted), PromotionFailed (the disk
 * refused), ChampionUnreadable.
 */
export async function setPolicy(request: {
  modelsFolder: string;
  model?: string;
  policy: unknown;
}): Promise<PolicySet> {
  const at = layout(request.modelsFolder, request.model);
  const policy = checkPolicy(request.policy);
  const labels = await labelsInUse(at);
  if (!labels)
    throw await nothingPromoted(request.modelsFolder, at.model, "there are no labels to have rules for");
  const unknown = unknownIn(policy, labels);
  if (unknown) throw new NamedError("InvalidInput", unknown);
  const text = `${JSON.stringify(policy, null, 2)}\n`;
  try {
    await prepareFolders(at);
    const draft = stagingPath(at, "policy");
    await writeDurably(draft, text);
    await renameTo(draft, at.policy, async () => (await textOf(at.policy)) === text).catch(async (error) => {
      await discard(at, draft).catch(() => undefined);
      throw error;
    });
  } catch (error) {
    throw new NamedError("PromotionFailed", unreadable(error, "The policy's folder").message);
  }
  return { policy, withoutRule: withoutRule(policy, labels) };
}

function parsed(text: string): unknown {
  try {
    return parseStrictly(text);
  } catch (error) {
    throw new NamedError("InvalidInput", `The policy ${(error as Error).message}.`);
  }
}

/** null: nothing was promoted. */
async function labelsInUse(at: Layout): Promise<string[] | null> {
  const newest = await newestEntry(at);
  if (!newest) return null;
  try {
    return (await readManifest(at, newest.version)).labels;
  } catch (error) {
    const why = error instanceof BundleDamaged ? `${error.message}.` : null;
    if (why) throw new NamedError("ChampionUnreadable", `The bundle ${newest.version} ${why}`);
    throw unreadable(error, `The bundle ${newest.version}`);
  }
}
