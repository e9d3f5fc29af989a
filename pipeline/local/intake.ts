import { findBaseModel } from "../base-models.ts";
import type { Receiving } from "../installation.ts";
import { python } from "../python.ts";
import { addBaseModel, defaultBaseModel } from "./base-models.ts";
import type { Pipeline } from "./pipeline.ts";
import { watch } from "./watch.ts";

/**
 * Takes in what lies in the incoming folder, as `pbp watch` does, until the signal; at once done where another process
 * does so already. Never rejects.
 */
export async function takeIn(pipeline: Pipeline, receiving: Receiving): Promise<void> {
  try {
    await watchIn(pipeline, receiving);
  } catch (error) {
    const { name, message } = error as Error;
    if (name !== "WatchRunning") receiving.say(`Exports are not taken any more (${name}): ${message}`);
  }
}

async function watchIn(pipeline: Pipeline, { signal, say }: Receiving): Promise<void> {
  const { store, temporary } = pipeline;
  const { name } = defaultBaseModel;
  if ((await findBaseModel(store, name)) === null)
    await addBaseModel({ store, temporary, python, name, source: defaultBaseModel });
  await watch({
    pipeline,
    settings: {},
    takeOver: false,
    signal,
    watching: {},
    onTaken: (file) => say(`Took ${file}`),
    onLeft: (file, why) => say(`Left ${file}: ${why}`),
    onStarted: (execution) => say(`Execution ${execution}`),
    onEnded: ({ name: execution, status }) => say(`${execution}: ${status}`),
    onNotStarted: (error) => say(`An export starts no execution (${(error as Error).name}).`),
    onFinishing: (error) => say((error as Error).message),
  });
}
