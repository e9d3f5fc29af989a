// Which settings an endpoint of each mode has. SageMaker refuses the others, or passes over them, only when a model is
// published: after a training.
import type { Deployment } from "../../../schemas/types.ts";

type Serving = Deployment["serving"];
type Setting = Exclude<keyof Serving, "mode">;

const settings: Record<Serving["mode"], { needs: readonly Setting[]; may: readonly Setting[] }> = {
  none: { needs: [], may: [] },
  serverless: {
    needs: ["memoryMegabytes", "maxConcurrency"],
    may: ["provisionedConcurrency", "callerRoleArn"],
  },
  instance: { needs: ["instanceType", "instanceCount"], may: ["canaryPercent", "callerRoleArn"] },
};

/**
 * What is wrong with the settings, beside what the schema sees; null: nothing. Completes a sentence.
 *
 * @param zones Of the deployment's subnets; absent: the stack makes them, in two zones at least.
 */
export function servingProblem({ mode, ...given }: Serving, zones?: readonly string[]): string | null {
  const { needs, may } = settings[mode];
  const foreign = (Object.keys(given) as Setting[]).find((one) => !needs.includes(one) && !may.includes(one));
  if (foreign)
    return `serving.${foreign} means nothing with serving.mode "${mode}", which has ${[...needs, ...may].join(", ") || "no other settings"}`;
  const missing = needs.find((one) => given[one] === undefined);
  if (missing) return `serving.${missing} is missing, without which there is no endpoint of mode "${mode}"`;
  const { maxConcurrency = 0, provisionedConcurrency = 0, instanceCount, canaryPercent } = given;
  if (provisionedConcurrency > maxConcurrency)
    return "serving.provisionedConcurrency must be at most serving.maxConcurrency";
  if (instanceCount === 1 && canaryPercent !== undefined)
    return "serving.canaryPercent needs a serving.instanceCount of at least 2: one instance cannot take a part of the traffic";
  if (mode === "instance" && zones && new Set(zones).size < 2)
    return 'serving.mode "instance" needs network.subnetIds in two zones: SageMaker puts no model into a VPC with fewer';
  return null;
}

/** Whether anything names the image `serve`: an endpoint, a package of the Model Registry, or a job that answers a file. */
export const servesImage = ({
  serving,
  registry,
  predict,
}: Pick<Deployment, "serving" | "registry" | "predict">) =>
  serving.mode !== "none" || registry || predict !== undefined;
