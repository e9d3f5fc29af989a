import profileSchema from "../../schemas/data/profile.schema.json" with { type: "json" };
import type { Profile } from "../../schemas/types.ts";
import { door } from "../../tasks/lambda/door.ts";
import { keptKeys } from "../../tasks/models/kept-keys.ts";
import { layout } from "../../tasks/models/layout.ts";
import { readCheckedOrNull } from "../../tasks/store/checked.ts";
import type { Installation } from "../installation.ts";
import { type Monitor, monitor } from "./monitor.ts";
import { readServed } from "./served.ts";

const checkProfile = door<Profile>(profileSchema, { what: "profile.json", name: "MetricInvalid" });
const HOUR_MS = 3_600_000;

/** Of the last hours, the present one among them. `served`: the folder that the workers write to. */
export async function readMonitor(
  { store }: Pick<Installation, "store">,
  { served, model, hours, now = new Date() }: { served: string; model: string; hours: number; now?: Date },
): Promise<Monitor> {
  const from = new Date(now.getTime() - (hours - 1) * HOUR_MS).toISOString().slice(0, "2026-11-27T08".length);
  const at = layout("models", model);
  return monitor(model, from, await readServed(served, model, from), (version) =>
    readCheckedOrNull(store, keptKeys(at, version).profile, checkProfile),
  );
}
