// Which instances the jobs ask for: read from the deployed definition, since that is what runs, whatever cdk.json says now.
export type Rung = { type: string; isSpot: boolean };
export type Ladder = { job: string; kind: "training" | "processing"; rungs: Rung[] };

export type Deployed = { ladders: Ladder[]; subnets: string[]; keyArn: string | null };

// When the definition takes a job's second list.
const second: Record<string, string> = { Embed: "without new texts", Train: "for linear models" };

// As states/jobs/instances.ts writes them: a list in quotes, `<type>` with ` spot` or ` volume-key` behind it.
const list = /'(ml\.[^']+)'/g;

/** Reads the ladders, subnets and key of a definition with its placeholders filled in. */
export function readDefinition(text: string): Deployed {
  const ladders = tasksIn(JSON.parse(text)).flatMap(([job, { Arguments = {} }]): Ladder[] => {
    if (!("TrainingJobName" in Arguments || "ProcessingJobName" in Arguments)) return [];
    const lists = new Set([...JSON.stringify(Arguments).matchAll(list)].map(([, rungs]) => rungs!));
    return [...lists].map((rungs, index) => ({
      job: index === 0 ? job : `${job} ${second[job]}`,
      kind: "TrainingJobName" in Arguments ? "training" : "processing",
      rungs: rungs.split(",").map((rung) => ({ type: rung.split(" ")[0]!, isSpot: / spot\b/.test(rung) })),
    }));
  });
  return {
    ladders,
    subnets: [...new Set(text.match(/\bsubnet-[0-9a-f]+/g))],
    keyArn: /arn:[a-z-]+:kms:[^'"\\ ]+/.exec(text)?.[0] ?? null,
  };
}

type Task = { Type?: string; Arguments?: Record<string, unknown> };
type Machine = { States?: Record<string, Task & { Branches?: Machine[]; ItemProcessor?: Machine }> };

function tasksIn(machine: Machine): [string, Task][] {
  return Object.entries(machine.States ?? {}).flatMap(([name, state]): [string, Task][] => {
    if (state.Type === "Task") return [[name, state]];
    return [...(state.Branches ?? []), ...(state.ItemProcessor ? [state.ItemProcessor] : [])].flatMap(
      tasksIn,
    );
  });
}

/** Service Quotas' own name: `ml.g6.xlarge for spot training job usage`. */
export function quotaName({ kind }: Ladder, { type, isSpot }: Rung): string {
  return `${type} for ${isSpot ? "spot " : ""}${kind} job usage`;
}
