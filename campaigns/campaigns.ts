import type { Campaign } from "./campaign.ts";
import { gateEqualClassesCampaign } from "./gate/classes.ts";
import { gateEvidenceCampaign } from "./gate/evidence.ts";
import { gateInputsCampaign } from "./gate/inputs.ts";
import { gateEqualsCampaign, gateImprovementCampaign } from "./gate/statistics.ts";
import {
  diskFullCampaign,
  errorsCampaign,
  fullFileSystemCampaign,
  lostReplyCampaign,
} from "./injection/errors.ts";
import { killAnyTimeCampaign, killCampaign } from "./injection/kill.ts";
import { powerCutCampaign } from "./injection/power-cut.ts";
import { damageCampaign, hostileCampaign, liesCampaign } from "./input/artefacts.ts";
import { canariesCampaign } from "./input/canaries.ts";
import { classJobCanariesCampaign, jobCanariesCampaign } from "./input/canaries-jobs.ts";
import { exportsCampaign, inputsCampaign } from "./input/malformed.ts";
import { selectionsCampaign } from "./input/selections.ts";
import { raceCampaign } from "./races/race.ts";
import { uploadsCampaign } from "./races/uploads.ts";
import { largePreprocess, preprocess } from "./subjects/preprocess.ts";
import { promote } from "./subjects/promote.ts";
import { subjects } from "./subjects/subjects.ts";

/** Every campaign by its name, in the order of the report. */
export const campaigns: Record<string, Campaign> = {
  ...each("kill", killCampaign),
  "kill-promote-any-time": killAnyTimeCampaign("promote", promote),
  ...each("errors", (name, subject) => errorsCampaign(name, subject)),
  "errors-preprocess-large": errorsCampaign("preprocess of two threads", largePreprocess, 150),
  ...each("lost-reply", lostReplyCampaign),
  ...each("disk-full", diskFullCampaign),
  "tmpfs-promote": fullFileSystemCampaign("promote", promote),
  "tmpfs-preprocess": fullFileSystemCampaign("preprocess", preprocess),
  ...each("power-cut", powerCutCampaign),
  damage: damageCampaign,
  lies: liesCampaign,
  hostile: hostileCampaign,
  // A thousand rounds and a million loads.
  race: raceCampaign("TypeScript", "race-reader.ts", 290),
  "race-python": raceCampaign("Python", "race_reader.py", 29),
  uploads: uploadsCampaign,
  "malformed-exports": exportsCampaign,
  "malformed-inputs": inputsCampaign,
  "malformed-selections": selectionsCampaign,
  canaries: canariesCampaign,
  "canaries-jobs": jobCanariesCampaign,
  "canaries-jobs-classes": classJobCanariesCampaign,
  "gate-inputs": gateInputsCampaign,
  "gate-evidence": gateEvidenceCampaign,
  "gate-equals": gateEqualsCampaign,
  "gate-equal-classes": gateEqualClassesCampaign,
  "gate-improvement": gateImprovementCampaign,
};

function each(kind: string, campaign: (name: string, subject: (typeof subjects)[string]) => Campaign) {
  return Object.fromEntries(
    Object.entries(subjects).map(([name, subject]) => [`${kind}-${name}`, campaign(name, subject)]),
  );
}
