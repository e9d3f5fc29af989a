import type { Evaluation, ModelScores } from "../../schemas/types.ts";

type LabelFigures = Pick<ModelScores["perLabel"][string], "auroc" | "averagePrecision">;

/**
 * What Evaluate tells of a model beside the scores: nothing of it decides. A figure is absent where the model's kind has
 * none, or an earlier version measured none.
 */
export type ModelFigures = Pick<
  ModelScores,
  "subsetAccuracy" | "calibrationError" | "emptyPredictions" | "coverage" | "withoutSupport"
> & {
  /** Only labels that have one. */
  perLabel: Record<string, LabelFigures>;
};

export type EvaluationFigures = {
  /** Of the test rows: scores of runs with the same ones are comparable. */
  testSha256: string;
  challenger: ModelFigures;
  champion: ModelFigures | null;
};

/** null where there is no evaluation. */
export function figuresOf(evaluation: Evaluation | null): EvaluationFigures | null {
  return (
    evaluation && {
      testSha256: evaluation.testSha256,
      challenger: ofModel(evaluation.challenger),
      champion: evaluation.champion && ofModel(evaluation.champion),
    }
  );
}

function ofModel({ modelSha256, labels, scores, perLabel, ...figures }: ModelScores): ModelFigures {
  const labelled = Object.entries(perLabel).flatMap(([label, { auroc, averagePrecision }]) =>
    auroc === undefined && averagePrecision === undefined
      ? []
      : [
          [
            label,
            {
              ...(auroc !== undefined && { auroc }),
              ...(averagePrecision !== undefined && { averagePrecision }),
            },
          ],
        ],
  );
  return { ...figures, perLabel: Object.fromEntries(labelled) };
}
