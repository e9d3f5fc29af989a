/** An execution's input that is refused before an export is read, and how. */
export type BadInput = {
  file: string;
  /** What is wrong with it. */
  why: string;
  input: object;
  /** How the message begins. The error is InvalidInput. */
  says: string;
};

/** Inputs for `--input`, in the words of an operator: the schema and ValidateInput refuse them. */
export function badInputs(): BadInput[] {
  const tuning = (more: object) => ({ tuning: { trials: 4, ...more } });
  return [
    {
      file: "input-empty-range.json",
      why: "a range of tuning that ends before it begins",
      input: tuning({ ranges: { learningRate: [0.001, 0.0001] } }),
      says: "/tuning/ranges/learningRate holds nothing: it goes from 0.001 to 0.0001. Give the smaller number first.",
    },
    {
      file: "input-range-one-end.json",
      why: "a range of tuning with one end",
      input: tuning({ ranges: { epochs: [3] } }),
      says: "The execution's input: /tuning/ranges/epochs must NOT have fewer than 2 items",
    },
    {
      file: "input-range-too-far.json",
      why: "a range of tuning beyond what the setting may be",
      input: tuning({ ranges: { regularization: [0.0001, 10] } }),
      says: "The execution's input: /tuning/ranges/regularization/0 must be >= 0.001",
    },
    {
      file: "input-one-trial.json",
      why: "a tuning of one trial",
      input: { tuning: { trials: 1 } },
      says: "The execution's input: /tuning/trials must be >= 2",
    },
    {
      file: "input-base-model.json",
      why: "tuning over a base model that there is not",
      input: tuning({ baseModels: ["no-such-model"] }),
      says: "There is no base model no-such-model. Add it: pbp base-model add no-such-model <folder>.",
    },
    {
      file: "input-algorithm.json",
      why: "an algorithm that there is not",
      input: { algorithms: ["forest"] },
      says: 'The execution\'s input: /algorithms/0 must be one of ["linear","frozen","transformer"]',
    },
    {
      file: "input-model-name.json",
      why: "a registered model's name with a slash",
      input: { model: "../keyphrases" },
      says: "The execution's input: /model must be a name of at most 40 lower-case letters, digits and hyphens",
    },
  ];
}

export const inputText = (input: object) => `${JSON.stringify(input)}\n`;
