import { idOf, type Job } from "../../schemas/execution/jobs.ts";
import { algorithmsThat } from "../../schemas/tables/algorithms.ts";
import type { PassState, Value } from "../asl.ts";
import { limit } from "../limits.ts";
import { expression } from "../tasks.ts";

/** Embed → embedRung. A name per job: no branch may assign a variable of the scope around it. */
export const rungOf = (job: Job) => `${idOf(job)}Rung`;
/** How often SageMaker was too busy to take the request for a job. */
export const throttlesOf = (job: Job) => `${idOf(job)}Throttles`;

/** Where a job begins. */
export const countersOf = (job: Job) => ({ [rungOf(job)]: 0, [throttlesOf(job)]: 0 });

/** Whether something is true of the trial's algorithm, as a JSONata expression. */
export function trialIs(what: Parameters<typeof algorithmsThat>[0]): string {
  return `$trial.algorithm in [${algorithmsThat(what).map((name) => `'${name}'`)}]`;
}

// With nothing to embed, Embed only copies vectors: no GPU is rented for that.
const lists: Record<Job, string> = {
  PreprocessJob: "'${PreprocessJobInstances}'",
  Embed: "($dataset.embedding.missing > 0 ? '${EmbedInstances}' : '${EmbedIdleInstances}')",
  // A linear model is trained in seconds to minutes, on a CPU.
  Train: `(${trialIs(({ runsOn }) => runsOn === "cpu")} ? '\${TrainLinearInstances}' : '\${TrainInstances}')`,
  Evaluate: "'${EvaluateInstances}'",
};

/**
 * What a job asks of an instance, as JSONata expressions.
 *
 * A deployment lists instances in the order in which they are tried: `ml.g6.xlarge spot,ml.g6.xlarge`. Each is a type,
 * then `spot` (training jobs only), then `volume-key` where SageMaker takes a key for the volume: it refuses one for
 * types whose storage is local NVMe, which the instance encrypts itself. `$embedRung` counts the tries that found no
 * capacity.
 */
export function instancesOf(job: Job) {
  const all = `$split(${lists[job]}, ',')`;
  const instance = `${all}[$${rungOf(job)}]`;
  return {
    count: `$count(${all})`,
    isSpot: `$contains(${instance}, ' spot')`,
    /**
     * ClusterConfig or ResourceConfig, with a disk of so many GB: a number is the most that any run needs, an expression
     * what this one does.
     *
     * Of local NVMe a job gets all there is, whatever is asked for, and a request for more is refused, in which no other
     * instance is tried. Source: SageMaker API Reference, ProcessingClusterConfig and ResourceConfig, VolumeSizeInGB.
     */
    resources(count: Value, disk: Value): string {
      const always = {
        InstanceCount: count,
        InstanceType: `{% $substringBefore(${instance} & ' ', ' ') %}`,
        VolumeSizeInGB: typeof disk === "number" ? limit("localVolume") : disk,
      };
      const volume = {
        ...(typeof disk === "number" && { VolumeSizeInGB: disk }),
        VolumeKmsKeyId: "${DataKeyArn}",
      };
      return `{% $merge([${expression(always)}, $contains(${instance}, ' volume-key') ? ${expression(volume)} : {}]) %}`;
    },
  };
}

/** Starts at the first instance of a job's list. */
export function firstInstance(job: Job) {
  return {
    Comment: `${job} begins with the first instance of its list; a lack of capacity moves it down.`,
    Type: "Pass",
    Assign: countersOf(job),
    Next: job,
  } as const satisfies PassState;
}

/** Where a job's traffic may go: to its channels, and between its own instances. */
export const jobNetwork = {
  Subnets: "{% $split('${JobSubnetIds}', ',') %}",
  SecurityGroupIds: ["${JobSecurityGroupId}"],
};
