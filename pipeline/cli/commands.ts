import type { Command } from "./command.ts";
import { compare } from "./commands/compare.ts";
import { console } from "./commands/console.ts";
import { importCommand } from "./commands/data/import.ts";
import { receive } from "./commands/data/receive.ts";
import { suggest } from "./commands/data/suggest.ts";
import { demo } from "./commands/demo.ts";
import { doctor } from "./commands/doctor.ts";
import { errors } from "./commands/errors.ts";
import { get } from "./commands/get.ts";
import { logs } from "./commands/logs.ts";
import { approve, decline } from "./commands/models/approve.ts";
import { baseModelAdd, baseModelGet, baseModelList } from "./commands/models/base-model.ts";
import { history } from "./commands/models/history.ts";
import { lineage } from "./commands/models/lineage.ts";
import { monitor } from "./commands/models/monitor.ts";
import { policySet, policyShow } from "./commands/models/policy.ts";
import { predict } from "./commands/models/predict.ts";
import { promote } from "./commands/models/promote.ts";
import { prune } from "./commands/models/prune.ts";
import { rollback } from "./commands/models/rollback.ts";
import { serve } from "./commands/models/serve.ts";
import { trafficSet, trafficShow, trafficStop } from "./commands/models/traffic.ts";
import { profile } from "./commands/profile.ts";
import { report } from "./commands/report.ts";
import { rerun } from "./commands/rerun.ts";
import { resume } from "./commands/resume.ts";
import { run } from "./commands/run.ts";
import { runs } from "./commands/runs.ts";
import { show } from "./commands/show.ts";
import { stop } from "./commands/stop.ts";
import { track } from "./commands/track.ts";
import { trainCurve } from "./commands/train-curve.ts";
import { validate } from "./commands/validate.ts";
import { watch } from "./commands/watch.ts";

/** Every command, in the order of the help. */
export const commands: readonly Command[] = [
  run,
  rerun,
  resume,
  stop,
  runs,
  show,
  report,
  compare,
  errors,
  logs,
  get,
  track,
  watch,
  receive,
  validate,
  importCommand,
  suggest,
  trainCurve,
  profile,
  demo,
  console,
  serve,
  predict,
  history,
  lineage,
  rollback,
  promote,
  trafficSet,
  trafficShow,
  trafficStop,
  policySet,
  policyShow,
  monitor,
  approve,
  decline,
  prune,
  baseModelAdd,
  baseModelGet,
  baseModelList,
  doctor,
];
