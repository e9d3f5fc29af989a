// Why this function exists: the models folder lies on EFS, which an operator's laptop cannot reach.
import { environment } from "./environment.ts";
import { type Generation, readHistory } from "./models/history.ts";
import { task } from "./task.ts";

const event = { type: "object", additionalProperties: false };

// An entry takes at most 2 KB, and a state's output may have 256 KB.
const mostRecords = 100;

/** The newest generations, newest first, and how many there are. */
export const handler = task(event, async (): Promise<{ generations: Generation[]; total: number }> => {
  const generations = await readHistory(environment.modelsFolder);
  return { generations: generations.slice(0, mostRecords), total: generations.length };
});
