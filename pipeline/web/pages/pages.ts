// Every address that can be looked at.
import { formRoutes } from "../actions/actions.ts";
import type { BytesRoute, PageRoute } from "../routes.ts";
import { compare } from "./compare.ts";
import { errors } from "./errors.ts";
import { events } from "./events.ts";
import { exportPage } from "./export.ts";
import { exports } from "./exports.ts";
import { file, files } from "./files.ts";
import { generation } from "./generation.ts";
import { home } from "./home.ts";
import { log, wholeLog } from "./log.ts";
import { model, models } from "./models.ts";
import { monitorPage } from "./monitor.ts";
import { report } from "./report.ts";
import { run } from "./run.ts";
import { runs } from "./runs.ts";
import { traffic } from "./traffic.ts";
import { words } from "./words.ts";

export const pageRoutes: readonly PageRoute[] = [
  { path: "/", show: home },
  { path: "/runs", show: runs },
  { path: "/runs/:execution", show: run },
  { path: "/runs/:execution/events", show: events },
  { path: "/runs/:execution/jobs/:job/log", show: log },
  { path: "/runs/:execution/files", show: files },
  { path: "/runs/:execution/errors", show: errors },
  { path: "/runs/:execution/words", show: words },
  { path: "/models", show: models },
  { path: "/models/:model", show: model },
  { path: "/models/:model/traffic", show: traffic },
  { path: "/models/:model/monitor", show: monitorPage },
  { path: "/models/:model/:generation", show: generation },
  { path: "/compare", show: compare },
  { path: "/exports", show: exports },
  { path: "/exports/one", show: exportPage },
  ...formRoutes,
];

export const bytesRoutes: readonly BytesRoute[] = [
  { path: "/runs/:execution/jobs/:job/log.txt", send: wholeLog },
  { path: "/runs/:execution/file/:file*", send: file },
  { path: "/runs/:execution/report", send: report },
];
