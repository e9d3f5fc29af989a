import { readFile } from "node:fs/promises";
import homeSettingsSchema from "../../schemas/installation/home-settings.schema.json" with { type: "json" };
import type { GatePolicy, HomeSettings, Run } from "../../schemas/types.ts";
import { parseObject } from "../formats/parse-object.ts";
import { door } from "../lambda/door.ts";
import { isMissing } from "../models/durable.ts";

export type Approval = NonNullable<Run["approval"]>;

const byStrictness: readonly Approval[] = ["none", "required", "four-eyes"];

const checkSettings = door<Required<HomeSettings>>(homeSettingsSchema, {
  what: "settings.json of the home",
  name: "InvalidInput",
  useDefaults: true,
});

/**
 * What a run needs before its model comes into use: the stricter of what the installation and the input ask for.
 *
 * @param installed The setting itself, or the path of a home's settings.json, which may be absent.
 * Throws InvalidInput for settings that are not as their schema says: what they ask for must not be lost by a slip.
 */
export async function approvalOf(installed: string, asked: GatePolicy["approval"]): Promise<Approval> {
  const own = installed.startsWith("/") ? await settingOfHome(installed) : (installed as Approval);
  const strictness = Math.max(byStrictness.indexOf(own), byStrictness.indexOf(asked ?? "none"));
  return byStrictness[strictness]!;
}

async function settingOfHome(file: string): Promise<Approval> {
  try {
    return checkSettings(parseObject(await readFile(file, "utf8"))).approval;
  } catch (error) {
    if (isMissing(error)) return "none";
    throw error;
  }
}
