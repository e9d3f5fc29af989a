// What a model is trained by. No code asks which algorithm it has: it asks this table what that algorithm needs.
import table from "./algorithms.json" with { type: "json" };

export type Algorithm = keyof typeof table;

/** What an operator may choose of a training, and tuning varies. */
export type Setting = "learningRate" | "batchSize" | "epochs" | "maxSequenceLength" | "regularization";

export type AlgorithmNeeds = {
  is: string;
  /** Whether it starts from a base model, and reads texts as word pieces in windows; else it learns from the texts alone. */
  readsBaseModel: boolean;
  /** The settings it learns by, in the order in which they are told; others do nothing to it. */
  settings: readonly Setting[];
  /** Which of the deployment's two lists of training instances it is for. */
  runsOn: "cpu" | "accelerator";
  /** Whether another seed gives another model: the order of its texts and its dropout are random. */
  usesSeed: boolean;
  /** Whether several hosts, or several GPUs of one, train one model together. */
  severalProcesses: boolean;
  /** The number format of its scores, in Evaluate and in the readers alike. */
  answersIn: "float64" | "float32";
  /**
   * Texts times labels of an export of classes for which the memory of the deployment's default instances, 16 GiB, is
   * enough: linear and frozen are fitted to a score for each at once; of a transformer's, Evaluate holds some numbers
   * for each. bench/jobs/many_labels_bench.py measures both.
   */
  mostDecisions: number;
};

/** All of them, the simplest first: of models that are as good as each other, the simplest is taken. */
export const algorithms = Object.keys(table) as Algorithm[];

/** What models are that do not say it: those of the first format. */
export const defaultAlgorithm: Algorithm = "transformer";

export function needsOf(algorithm: Algorithm): AlgorithmNeeds {
  return (table as Record<Algorithm, unknown>)[algorithm] as AlgorithmNeeds;
}

/** What some algorithm learns by. */
export const isSetting = (name: string): name is Setting =>
  algorithms.some((algorithm) => (needsOf(algorithm).settings as readonly string[]).includes(name));

/** Those of which something is true. */
export const algorithmsThat = (are: (needs: AlgorithmNeeds) => boolean): Algorithm[] =>
  algorithms.filter((algorithm) => are(needsOf(algorithm)));
