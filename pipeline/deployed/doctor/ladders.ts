// Which instances the jobs ask for: read from the deployed definition, since that is what runs, whatever cdk.json says now.
export type Rung = { type: string; isSpot: boolean };
export type Ladder = { job: string; kind: "training" | "processing"; rungs: Rung[] };

export type Deployed = { ladders: Ladder[]; subnets: string[]; keyArn: string | null };

// As states/jobs/instances.ts writes them: a list in quotes, `<type>` with ` spot` or ` volume-key` behind it.
const list = /'(ml\.[^']+)'/g;

/** Reads the ladders, subnets and key of a definition with its placeholders filled in. */
export function readDefinition(text: string): Deployed {
  const ladders = tasksIn(JSON.parse(text)).flatMap(([job, { Arguments = {} }]): Ladder[] => {
    if (!("TrainingJobName" in Arguments || "ProcessingJobName" in Arguments)) return [];
    const lists = new Set([...JSON.stringify(Arguments).matchAll(list)].map(([, rungs]) => rungs!));
    return [...lists].map((rungs, index) => ({
      // Embed has a second one, which the definition takes when there is nothing to embed.
      job: index === 0 ? job : `${job} without new texts`,
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

function tasksIn(machine: { States?: Record<string, Task & { Branches?: object[] }> }): [string, Task][] {
  return Object.entries(machine.States ?? {}).flatMap(([name, state]) =>
    state.Type === "Task" ? [[name, state]] : (state.Branches ?? []).flatMap(tasksIn),
  ) as [string, Task][];
}

/** Service Quotas' own name: `ml.g6.xlarge for spot training job usage`. */
export function quotaName({ kind }: Ladder, { type, isSpot }: Rung): string {
  return `${type} for ${isSpot ? "spot " : ""}${kind} job usage`;
}
