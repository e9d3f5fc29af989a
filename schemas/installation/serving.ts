// What SageMaker's endpoints of the registered models are called. All in small letters: SageMaker writes ARNs so, and IAM
// compares letters.

/** The one endpoint of a registered model. At most 61 of the 63 characters that SageMaker takes. */
export const endpointName = (stackName: string, model: string) => `${stackName.toLowerCase()}-${model}`;

export const endpointAlarms = ["Errors", "Latency"] as const;
export type EndpointAlarm = (typeof endpointAlarms)[number];
/** What an alarm of a model's endpoint is called, behind the stack's name. */
export const endpointAlarmId = (what: EndpointAlarm | "*", model: string) => `Endpoint${what}-${model}`;
export const endpointAlarm = (stackName: string, what: EndpointAlarm | "*", model: string) =>
  `${stackName}-${endpointAlarmId(what, model)}`;

/** What every production variant is called: by this an alarm finds its endpoint's metrics. */
export const variantName = "AllTraffic";

/** What a Model and an EndpointConfig have in common: `…-000042-9f86d081884c-43-0a1b2c`, a version as generation 43. */
export function publishedAs(configName: string): { version: string; generation: number } | null {
  const found = configName.match(/-([0-9]{6}-[0-9a-f]{12})-([0-9]{1,6})-[0-9a-f]{6}$/);
  return found && { version: found[1]!, generation: Number(found[2]) };
}
