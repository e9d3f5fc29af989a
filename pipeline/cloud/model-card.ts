import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { FileSystem, type Stack } from "aws-cdk-lib";
import { Code, type ILayerVersion, LayerVersion } from "aws-cdk-lib/aws-lambda";
import type { ModelCard } from "../../schemas/types.ts";

const fileName = "model-card.json";

/** Lambda unpacks layers into /opt. */
export const modelCardFile = `/opt/${fileName}`;

/**
 * The deployment's words for the model card, as a file beside the function's code. Not a variable: those of a function
 * have 4 KB together ("Lambda quotas" in the Lambda Developer Guide). Not an object: the function would need a permission.
 * One layer for all functions that draw a run's pages.
 */
export function modelCardLayer(stack: Stack, card: ModelCard): ILayerVersion {
  const made = stack.node.tryFindChild("ModelCard");
  if (made) return made as LayerVersion;
  const folder = FileSystem.mkdtemp("model-card-");
  writeFileSync(join(folder, fileName), `${JSON.stringify(card, null, 2)}\n`);
  try {
    // Copies the folder into the assembly.
    return new LayerVersion(stack, "ModelCard", {
      description: "modelCard of the deployment, for model-card.md",
      code: Code.fromAsset(folder),
    });
  } finally {
    rmSync(folder, { recursive: true });
  }
}
