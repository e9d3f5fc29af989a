import { hostname, userInfo } from "node:os";
import { setTimeout as wait } from "node:timers/promises";
import { modelAskedFor } from "../../schemas/models/registered-models.ts";
import { readHistory } from "../../tasks/models/history.ts";
import { layout } from "../../tasks/models/layout.ts";
import { readLineage } from "../../tasks/models/lineage.ts";
import { readPolicy, setPolicy } from "../../tasks/models/policy.ts";
import { registeredModels } from "../../tasks/models/registered.ts";
import { rollback } from "../../tasks/models/rollback.ts";
import { setTraffic } from "../../tasks/models/set-traffic.ts";
import { readTraffic } from "../../tasks/models/traffic.ts";
import { codeRevision } from "../code-revision.ts";
import { EXECUTION_NAME } from "../execution-names.ts";
import { type Installation, InstallationError, promotionOf } from "../installation.ts";
import { defaultBaseModel } from "./base-models.ts";
import { readHistory as readEvents } from "./engine/describe.ts";
import { latestExecutions, namesFrom } from "./engine/list.ts";
import { requestStop } from "./engine/stop-request.ts";
import { dropExport } from "./events/drop.ts";
import { jobsOf, logLines } from "./jobs/jobs.ts";
import { watchFolder } from "./machine/folder-watch.ts";
import { executionFiles, optionsFor } from "./machine/home.ts";
import { executionArn } from "./machine/identity.ts";
import { keepVersions, type Pipeline } from "./pipeline.ts";

// A job has half a minute to save what it can; its engine needs a moment before and after.
const patienceMs = 120_000;
const lookEveryMs = 200;

/** As the log of an approval has it: ASCII without blanks. */
const person = () => actor().replace(/[^!-~]/g, "?");

const actor = () => `${userInfo().username}@${hostname()}`.slice(0, 128);

/** This machine's pipeline as the command line sees it. */
export function localInstallation(pipeline: Pipeline): Installation {
  const { home, store, bucket, temporary } = pipeline;
  // Asked of git only when something is promoted.
  const placesNow = () => ({ store, modelsFolder: home.models, keep: keepVersions, code: codeRevision() });
  const decides = () => ({ ...placesNow(), options: optionsFor(home), modelCard: home.modelCard });
  let isTakingIn = false;
  return {
    place: home.root,
    options: optionsFor(home),
    store,
    bucket,
    served: home.served,
    temporary,
    runsHere: true,
    ownBaseModel: defaultBaseModel.name,
    namesFrom: async (beginning, limit) => namesFrom(home, beginning, limit),
    list: (limit, wanted) => latestExecutions(home, limit, wanted),
    describe: async (name) => pipeline.describe(name),
    events: async (name) => readEvents(home, name),
    onChange(name, tell, signal) {
      // A name that cannot be one has no folder, and never changes.
      if (name === null || EXECUTION_NAME.test(name))
        watchFolder(name === null ? home.executions : executionFiles(home, name).folder, tell, signal);
    },
    async receiveExport(name, body, receiving) {
      await dropExport(home, name, body);
      if (isTakingIn) return;
      isTakingIn = true;
      // The watch and what adds a base model: most starts of pbp need neither.
      const { takeIn } = await import("./intake.ts");
      void takeIn(pipeline, receiving).finally(() => {
        isTakingIn = false;
      });
    },
    linkTo: () => null,
    async start(name, input, watching) {
      const started = await pipeline.start(name, { ...input, startedBy: person() }, watching);
      await started.result;
    },
    async resume(name, watching, takeOver) {
      await pipeline.resume(name, watching, takeOver);
    },
    async stop(name) {
      const { folder } = executionFiles(home, name);
      const isRunning = () => {
        const { status, isOwned } = pipeline.describe(name);
        return status === "RUNNING" && isOwned;
      };
      for (const begun = performance.now(); isRunning(); await wait(lookEveryMs)) {
        if (performance.now() - begun > patienceMs)
          throw new InstallationError(
            "StillRunning",
            `${name} does not stop. Its process may be suspended, or older than pbp stop: end it there with Ctrl-C.`,
          );
        // Again and again: an engine that takes over in this moment withdraws what was asked of the one before.
        requestStop(folder);
      }
    },
    jobs: async (name) => jobsOf(home, executionArn(name)),
    logLines: async ({ job }, last) => logLines(home, job, last),
    async promotion(name) {
      const model = modelAskedFor(pipeline.describe(name).input);
      const generations = await readHistory(home.models, model);
      const found = generations.find(({ execution }) => execution === name);
      return found ? promotionOf(found, layout(home.models, model).version(found.version)) : null;
    },
    history: async (model) => ({
      generations: await readHistory(home.models, model),
      models: await registeredModels(home.models),
      traffic: await readTraffic(home.models, model),
      policy: await readPolicy(home.models, model),
    }),
    rollback: (request) =>
      rollback({
        ...request,
        modelsFolder: home.models,
        actor: actor(),
      }),
    async forcePromotion(request) {
      // With its schemas and the archive's reader it is the half of a start of pbp.
      const { force } = await import("../../tasks/promote/force.ts");
      return force({ ...request, actor: actor(), by: person() }, placesNow());
    },
    async approve(request) {
      const { approve } = await import("../../tasks/approval/approve.ts");
      return approve({ ...request, actor: person(), by: person() }, decides());
    },
    async decline(request) {
      const { decline } = await import("../../tasks/approval/approve.ts");
      await decline({ ...request, actor: person(), by: person() }, decides());
    },
    async lineage({ generation, model }) {
      return readLineage(home.models, generation, model);
    },
    predictions: null,
    publish: async () => ({
      publication: {
        status: "none",
        endpoint: null,
        message: "On one machine there are no endpoints: pbp serve follows the model in use by itself.",
      },
      registration: { status: "none", package: null, message: "On one machine there is no Model Registry." },
    }),
    setTraffic: (request) => setTraffic({ ...request, modelsFolder: home.models, actor: actor() }),
    setPolicy: (request) => setPolicy({ ...request, modelsFolder: home.models }),
    async explain(name, asked) {
      const promotion = await this.promotion(name);
      return promotion && (await import("./explain.ts")).explain(promotion.bundle, asked);
    },
    fileSystem: async () => null,
  };
}
