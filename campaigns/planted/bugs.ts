// Bugs that a campaign must catch, each a change of one or two places. A place that is not there any more fails the run:
// whoever changes the code plants the bug anew.
import type { Bug } from "./bug.ts";
import { artefacts } from "./bugs/artefacts.ts";
import { exports } from "./bugs/exports.ts";
import { promotions } from "./bugs/promotions.ts";
import { runs } from "./bugs/runs.ts";

export const bugs: Bug[] = [...promotions, ...artefacts, ...exports, ...runs];
