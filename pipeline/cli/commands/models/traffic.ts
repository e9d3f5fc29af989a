import { defaultModel, modelOf, ofModel } from "../../../../schemas/models/registered-models.ts";
import { oneLine } from "../../../../schemas/printable.ts";
import type { TrafficRecord } from "../../../../schemas/types.ts";
import type { WantedArm } from "../../../../tasks/models/set-traffic.ts";
import type { Traffic } from "../../../../tasks/models/traffic.ts";
import { type Call, type Command, generationIn, UsageError } from "../../command.ts";
import { openInstallation } from "../../installation.ts";
import { printJson, printText } from "../../output/output.ts";
import { moment, wrap } from "../../output/tables.ts";
import { askedModel, modelOption, requireKnown, requireModel } from "../../registered-model.ts";
import { reasonOf } from "./rollback.ts";

const reasonOption = { value: "TEXT", help: "why, for the log (required; no patient data)" };

export const trafficSet: Command = {
  name: "traffic set",
  summary: "let an earlier generation answer a share of the callers beside the one in use",
  details: `A caller stays with one of the two, by a salted hash of the header x-pbp-sticky, or of the text if there is none; a
larger weight keeps those whom the smaller one had. The bundle is verified first. Any promotion or rollback ends it.`,
  arguments: [],
  options: {
    generation: { value: "N", help: "generation that is to answer, see pbp history (required)" },
    weight: {
      value: "P",
      help: "share of the callers in percent, above 0, up to 100; 0.01 counts (required)",
    },
    shadow: { help: "both answer, callers get the one in use, and the differences are counted" },
    reason: reasonOption,
    ...modelOption(`whose traffic is shared (default ${defaultModel})`),
  },
  examples: [
    'traffic set --generation 6 --weight 10 --reason "try the relabelled model"',
    'traffic set --generation 6 --weight 100 --shadow --reason "compare only"',
  ],
  async run({ options }) {
    const model = askedModel(options);
    const { weight = "", shadow } = options;
    const generation = generationIn(options.generation ?? "", "--generation");
    if (!/^(?=.*[1-9])(?:\d{1,2}(?:\.\d{1,2})?|100)$/.test(weight))
      throw new UsageError("--weight takes a percentage from 0.01 to 100. To end it: pbp traffic stop.");
    const arm = {
      generation,
      weight: Number(weight),
      shadow: shadow !== undefined,
    };
    return change({ model, arm, reason: reasonOf(options, "A change of the traffic") }, options);
  },
};

export const trafficStop: Command = {
  name: "traffic stop",
  summary: "let the generation in use answer alone again",
  arguments: [],
  options: { reason: reasonOption, ...modelOption(`whose traffic is shared (default ${defaultModel})`) },
  examples: ['traffic stop --reason "misses medications"'],
  async run({ options }) {
    const model = askedModel(options);
    return change({ model, arm: null, reason: reasonOf(options, "A change of the traffic") }, options);
  },
};

async function change(
  { model, arm, reason }: { model: string | undefined; arm: WantedArm | null; reason: string },
  options: Call["options"],
): Promise<0> {
  const installation = await openInstallation(options);
  await requireModel(installation, model);
  const record = await installation.setTraffic({ ...(model !== undefined && { model }), arm, reason });
  if (options.json !== undefined) printJson(record);
  else printText(wrap(`${inWords(record)}.`));
  return 0;
}

export const trafficShow: Command = {
  name: "traffic show",
  summary: "say which generation answers beside the one in use, since when and why",
  arguments: [],
  options: modelOption(`whose traffic is wanted (default ${defaultModel})`),
  examples: ["traffic show", "traffic show --model specialty --json"],
  async run({ options }) {
    const model = askedModel(options) ?? defaultModel;
    const installation = await openInstallation(options);
    const { models, traffic, generations } = await installation.history(model);
    requireKnown(model, models);
    if (options.json !== undefined) printJson({ model, traffic, inUse: generations[0]?.generation ?? null });
    else printText(shown(traffic, generations[0]?.generation ?? null));
    return 0;
  },
};

function shown({ newest, answers, problem }: Traffic, inUse: number | null): string {
  if (problem !== null) return wrap(problem);
  if (newest === null)
    return inUse === null ? "No model has been promoted yet." : `Generation ${inUse} answers alone.`;
  const { at, actor, reason, arm } = newest;
  const isOver = arm !== null && !answers;
  const ended = isOver ? `Generation ${inUse} came into use since, which has ended this:` : "";
  const said = [
    ended,
    `${inWords(newest)}.`,
    `${isOver ? "Set" : "Since"} ${moment(at)} UTC, by ${actor}: ${reason}`,
  ];
  return said.flatMap((line) => (line === "" ? [] : wrap(oneLine(line)))).join("\n");
}

/** What an entry says, without a full stop. */
function inWords(record: TrafficRecord): string {
  const { arm } = record;
  const of = ofModel(modelOf(record));
  if (arm === null) return `The generation in use${of} answers alone`;
  const { generation, beside, weight, shadow, version } = arm;
  return shadow
    ? `Generation ${generation}${of} (${version}) also reads what ${weight} % of the callers send; generation ${beside} answers`
    : `Generation ${generation}${of} (${version}) answers ${weight} % of the callers, generation ${beside} the others`;
}
