import { readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { ModelsError } from "./bundle.ts";
import type { Answer } from "./classifier.ts";
import { placeOf } from "./models.ts";

const actions = ["allow", "flag", "block"] as const;
export type Action = (typeof actions)[number];

/** What is to be done, and which rule says so. No label: none applies, so it is what the policy says otherwise. */
export type Ruling = { action: Action; label: string | null; threshold: number | null };

/** What an application is to do with a text, by the labels that the model finds. */
export type Policy = {
  ofClasses(answer: Pick<Answer, "classes" | "probabilities">): Ruling;
  /** Of keyphrases that a service or the Python reader has found. */
  ofKeyphrases(keyphrases: readonly { label: string; confidence: number }[]): Ruling;
};

/**
 * A registered model's policy, policy.json beside its bundles; null: there is none. Asks the file system each time, and
 * reads the file when it is another one.
 *
 * @param folder The models folder, such as /mnt/models.
 * @param model Name of the registered model; absent: the default one.
 */
export function openPolicy(folder: string, model?: string) {
  const path = join(placeOf(folder, model), "policy.json");
  let known: { mark: string; policy: Policy } | null = null;
  return {
    /**
     * @param labels The model's. Throws ModelsError when the policy cannot be read, or has a rule for a label that the
     *   model lacks: then a text that must be blocked might pass.
     */
    async current(labels: readonly string[]): Promise<Policy | null> {
      try {
        const { mtimeNs, size, ino } = await stat(path, { bigint: true });
        const mark = JSON.stringify([String(mtimeNs), String(size), String(ino), labels]);
        if (known?.mark !== mark) known = { mark, policy: policyOf(await readFile(path, "utf8"), labels) };
        return known.policy;
      } catch (error) {
        const { code } = error as NodeJS.ErrnoException;
        if (code === "ENOENT") return null;
        if (code === undefined || error instanceof ModelsError) throw error;
        throw new ModelsError(`${path} cannot be read (${code}).`, { cause: error });
      }
    },
  };
}

/** Throws as `current`. */
export function policyOf(text: string, labels: readonly string[]): Policy {
  const { rules, otherwise } = parsed(text);
  for (const label of rules.keys())
    if (!labels.includes(label))
      throw new ModelsError(
        "policy.json has rules for labels that the model does not have. pbp policy show names them.",
      );
  const ordered = labels.flatMap((label) => rules.get(label) ?? []);
  /** The strictest rule that applies speaks; of equal ones the first. */
  const decide = (shares: ReadonlyMap<string, number>, said: ReadonlySet<string>): Ruling => {
    let strictest: Ruling | null = null;
    for (const rule of ordered)
      if (
        applies(rule, shares, said) &&
        (!strictest || actions.indexOf(rule.action) > actions.indexOf(strictest.action))
      )
        strictest = rule;
    return strictest ?? otherwise;
  };
  return {
    ofClasses: ({ classes, probabilities }) =>
      decide(new Map(Object.entries(probabilities)), new Set(classes)),
    ofKeyphrases(keyphrases) {
      const surest = new Map<string, number>();
      for (const { label, confidence } of keyphrases)
        surest.set(label, Math.max(confidence, surest.get(label) ?? 0));
      return decide(surest, new Set(surest.keys()));
    },
  };
}

function applies(
  { label, threshold }: Ruling,
  shares: ReadonlyMap<string, number>,
  said: ReadonlySet<string>,
): boolean {
  if (label === null || threshold === null) return said.has(label!);
  return (shares.get(label) ?? Number.NaN) >= threshold;
}

/** Two rules for a label would be one of them, and JSON.parse drops the first in silence. Throws as `current`. */
function requireOnce(text: string, value: unknown): void {
  // In text that is JSON, what is between quotes and before a colon is a name.
  const strings = [...text.matchAll(/"(?:[^"\\]|\\.)*"(\s*:)?/g)];
  if (strings.filter(([, colon]) => colon !== undefined).length !== namesIn(value))
    throw new ModelsError(
      "policy.json has a name twice, that of a label perhaps. Write it with pbp policy set.",
    );
}

function namesIn(value: unknown): number {
  if (typeof value !== "object" || value === null) return 0;
  const own = Array.isArray(value) ? 0 : Object.keys(value).length;
  return Object.values(value).reduce((count: number, part) => count + namesIn(part), own);
}

function parsed(text: string): { rules: Map<string, Ruling>; otherwise: Ruling } {
  try {
    const value = JSON.parse(text) as Record<string, unknown>;
    requireOnce(text, value);
    const { schemaVersion, labels, otherwise, ...others } = value;
    const isObject = typeof labels === "object" && labels !== null && !Array.isArray(labels);
    if (schemaVersion !== "1.0" || !isObject || Object.keys(others).length > 0) throw new TypeError();
    const entries = Object.entries(labels);
    return {
      rules: new Map(entries.map(([label, rule]) => [label, ruleOf(label, rule)])),
      otherwise: ruleOf(null, { action: otherwise }),
    };
  } catch (error) {
    if (error instanceof ModelsError) throw error;
    throw new ModelsError("policy.json is not a policy of this version. Write it with pbp policy set.");
  }
}

/** Throws TypeError when it is none. */
function ruleOf(label: string | null, rule: object): Ruling {
  const { action, threshold = null, ...others } = rule as Record<string, unknown>;
  const known = actions.find((one) => one === action);
  const isShare = typeof threshold === "number" && threshold >= 0 && threshold <= 1;
  const isGiven = Object.hasOwn(rule, "threshold");
  if (!known || Object.keys(others).length > 0 || isShare !== isGiven) throw new TypeError();
  return { action: known, label, threshold: isShare ? threshold : null };
}
