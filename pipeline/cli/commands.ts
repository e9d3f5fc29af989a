import type { Command } from "./command.ts";

/** Every command by its name, in the order of the help. All of them take three times as long to load as one. */
const places: Readonly<Record<string, () => Promise<Command>>> = {
  run: async () => (await import("./commands/run.ts")).run,
  rerun: async () => (await import("./commands/rerun.ts")).rerun,
  resume: async () => (await import("./commands/resume.ts")).resume,
  stop: async () => (await import("./commands/stop.ts")).stop,
  runs: async () => (await import("./commands/runs.ts")).runs,
  show: async () => (await import("./commands/show.ts")).show,
  report: async () => (await import("./commands/report.ts")).report,
  compare: async () => (await import("./commands/compare.ts")).compare,
  errors: async () => (await import("./commands/errors.ts")).errors,
  logs: async () => (await import("./commands/logs.ts")).logs,
  get: async () => (await import("./commands/get.ts")).get,
  track: async () => (await import("./commands/track.ts")).track,
  watch: async () => (await import("./commands/watch.ts")).watch,
  receive: async () => (await import("./commands/data/receive.ts")).receive,
  validate: async () => (await import("./commands/validate.ts")).validate,
  import: async () => (await import("./commands/data/import.ts")).importCommand,
  suggest: async () => (await import("./commands/data/suggest.ts")).suggest,
  "train-curve": async () => (await import("./commands/train-curve.ts")).trainCurve,
  profile: async () => (await import("./commands/profile.ts")).profile,
  demo: async () => (await import("./commands/demo.ts")).demo,
  console: async () => (await import("./commands/console.ts")).console,
  serve: async () => (await import("./commands/models/serve.ts")).serve,
  predict: async () => (await import("./commands/models/predict.ts")).predict,
  history: async () => (await import("./commands/models/history.ts")).history,
  lineage: async () => (await import("./commands/models/lineage.ts")).lineage,
  rollback: async () => (await import("./commands/models/rollback.ts")).rollback,
  promote: async () => (await import("./commands/models/promote.ts")).promote,
  publish: async () => (await import("./commands/models/publish.ts")).publish,
  "traffic set": async () => (await import("./commands/models/traffic.ts")).trafficSet,
  "traffic show": async () => (await import("./commands/models/traffic.ts")).trafficShow,
  "traffic stop": async () => (await import("./commands/models/traffic.ts")).trafficStop,
  "policy set": async () => (await import("./commands/models/policy.ts")).policySet,
  "policy show": async () => (await import("./commands/models/policy.ts")).policyShow,
  monitor: async () => (await import("./commands/models/monitor.ts")).monitor,
  approve: async () => (await import("./commands/models/approve.ts")).approve,
  decline: async () => (await import("./commands/models/approve.ts")).decline,
  prune: async () => (await import("./commands/models/prune.ts")).prune,
  "base-model add": async () => (await import("./commands/models/base-model.ts")).baseModelAdd,
  "base-model get": async () => (await import("./commands/models/base-model.ts")).baseModelGet,
  "base-model list": async () => (await import("./commands/models/base-model.ts")).baseModelList,
  doctor: async () => (await import("./commands/doctor.ts")).doctor,
};

/** Every command, in the order of the help. */
export async function everyCommand(): Promise<readonly Command[]> {
  return Promise.all(Object.values(places).map((load) => load()));
}

/** The command that a command line names; where it names none, every command, for its help. */
export async function commandsFor(line: readonly string[]): Promise<readonly Command[]> {
  const name = [line.slice(0, 2).join(" "), line[0] ?? ""].find((words) => Object.hasOwn(places, words));
  return name === undefined ? everyCommand() : [await places[name]!()];
}
