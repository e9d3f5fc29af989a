import { hostname, userInfo } from "node:os";
import { join } from "node:path";
import { readHistory } from "../../tasks/models/history.ts";
import { rollback } from "../../tasks/models/rollback.ts";
import type { Installation } from "../installation.ts";
import { defaultBaseModel } from "./base-models.ts";
import { keepVersions, type Pipeline } from "./pipeline.ts";

const actor = () => `${userInfo().username}@${hostname()}`.slice(0, 128);

/** This machine's pipeline as the command line sees it. */
export function localInstallation(pipeline: Pipeline): Installation {
  const { home, store, bucket, temporary } = pipeline;
  return {
    place: home.root,
    options: "",
    store,
    bucket,
    temporary,
    ownBaseModel: defaultBaseModel.name,
    async list(limit) {
      return pipeline
        .list()
        .slice(0, limit)
        .map(({ name, status, isOwned, states, progress, startDate, stopDate, error }) => ({
          name,
          status: status === "RUNNING" && !isOwned ? "INTERRUPTED" : status,
          lastState: states.findLast(({ type }) => type !== "Choice" && type !== "Pass")?.name ?? "",
          progress,
          startDate,
          stopDate,
          error,
        }));
    },
    describe: async (name) => pipeline.describe(name),
    linkTo: () => null,
    async start(name, input, watching) {
      const started = await pipeline.start(name, input, watching);
      await started.result;
    },
    async resume(name, watching, takeOver) {
      await pipeline.resume(name, watching, takeOver);
    },
    jobs: async () => [],
    async promotion(name) {
      const generations = await readHistory(home.models);
      const found = generations.find(({ action, execution }) => action === "promote" && execution === name);
      return found
        ? { generation: found.generation, bundle: join(home.models, "versions", found.version) }
        : null;
    },
    history: () => readHistory(home.models),
    rollback: (request) =>
      rollback({
        ...request,
        modelsFolder: home.models,
        actor: actor(),
      }),
    async forcePromotion(request) {
      // With its schemas and the archive's reader it is the half of a start of pbp.
      const { force } = await import("../../tasks/promote/force.ts");
      const places = { store, modelsFolder: home.models, keep: keepVersions };
      return force({ ...request, actor: actor() }, places);
    },
    fileSystem: async () => null,
  };
}
