import { NamedError } from "../../schemas/tables/errors.ts";
import { BundleDamaged, verifyBundle } from "./bundle.ts";
import { isMissing } from "./durable.ts";
import type { Layout } from "./layout.ts";

/**
 * Reads and verifies a version that is wanted again.
 *
 * Throws PromotionFailed, which ends with `consequence`, when it was removed or damaged; what else the file system says
 * passes.
 */
export async function requireWhole(at: Layout, version: string, consequence: string): Promise<void> {
  try {
    await verifyBundle(at, version);
  } catch (error) {
    // A file that vanishes while it is read: retention is at work on this version.
    const problem = error instanceof BundleDamaged ? error.message : isMissing(error) ? "is gone" : null;
    if (problem === null) throw error;
    throw new NamedError(
      "PromotionFailed",
      `The bundle ${version} ${problem}; it was removed or damaged. ${consequence}`,
    );
  }
}
