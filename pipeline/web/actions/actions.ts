// Every form that changes something: where it is shown, and where it is sent.
import type { ActionRoute, PageRoute, UploadRoute } from "../routes.ts";
import { approve, approveForm, decline, declineForm } from "./approve.ts";
import { promote, promoteForm } from "./promote.ts";
import { rerun, rerunForm } from "./rerun.ts";
import { resume, resumeForm } from "./resume.ts";
import { rollback, rollbackForm } from "./rollback.ts";
import { stop, stopForm } from "./stop.ts";
import { setTraffic, stopTraffic, stopTrafficForm, trafficForm } from "./traffic.ts";
import { upload } from "./upload.ts";

export const formRoutes: readonly PageRoute[] = [
  { path: "/runs/:execution/rerun", show: rerunForm },
  { path: "/runs/:execution/resume", show: resumeForm },
  { path: "/runs/:execution/stop", show: stopForm },
  { path: "/runs/:execution/promote", show: promoteForm },
  { path: "/runs/:execution/approve", show: approveForm },
  { path: "/runs/:execution/decline", show: declineForm },
  { path: "/models/:model/:generation/rollback", show: rollbackForm },
  { path: "/models/:model/:generation/traffic", show: trafficForm },
  { path: "/models/:model/traffic/stop", show: stopTrafficForm },
];

export const actionRoutes: readonly ActionRoute[] = [
  { path: "/actions/rerun", act: rerun },
  { path: "/actions/resume", act: resume },
  { path: "/actions/stop", act: stop },
  { path: "/actions/promote", act: promote },
  { path: "/actions/approve", act: approve },
  { path: "/actions/decline", act: decline },
  { path: "/actions/rollback", act: rollback },
  { path: "/actions/traffic", act: setTraffic },
  { path: "/actions/stop-traffic", act: stopTraffic },
];

export const uploadRoutes: readonly UploadRoute[] = [{ path: "/actions/upload", receive: upload }];
