import { createHash } from "node:crypto";
import { publishedAs } from "../../schemas/installation/serving.ts";
import type { Promoted } from "./requests.ts";

// SageMaker takes 63 characters of [a-zA-Z0-9-], with a letter or a digit at both ends.
const longestName = 63;
const digestLength = 6;
const digest = (text: string) => createHash("sha256").update(text).digest("hex").slice(0, digestLength);

/**
 * What the Model and the EndpointConfig of a generation are called. Both never change, so their name is made of all that
 * they hold: of equal names the content is equal, and changed settings make a new one.
 */
export function configName(endpoint: string, { version, generation }: Promoted, content: object): string {
  return named(endpoint, `-${version}-${generation}-${digest(JSON.stringify(content))}`);
}

/** Whether {@link configName} makes such a name for this endpoint. */
export function isOfEndpoint(name: string, endpoint: string): boolean {
  const published = publishedAs(name);
  if (!published) return false;
  const { version } = published;
  return name === named(endpoint, name.slice(name.lastIndexOf(`-${version}-`)));
}

/** Of an endpoint's name, a digest where it does not fit. */
function named(endpoint: string, end: string): string {
  const room = longestName - end.length;
  if (endpoint.length <= room) return endpoint + end;
  return `${endpoint.slice(0, room - digestLength - 1)}-${digest(endpoint)}${end}`;
}
