import type { Installation } from "../installation.ts";
import { type Call, UsageError } from "./command.ts";

/**
 * The installation that a command line names: the home of this machine, or with --cloud a stack in AWS.
 *
 * A home that is not there is an error, unless the command is one that begins something: then it is made.
 */
export async function openInstallation(
  { home, cloud, stack }: Call["options"],
  { makesHome = false }: { makesHome?: boolean } = {},
): Promise<Installation> {
  if (cloud === undefined) {
    if (stack !== undefined) throw new UsageError("--stack goes with --cloud.");
    const { openPipeline } = await import("../local/pipeline.ts");
    const { homeAt, requireHome } = await import("../local/machine/home.ts");
    const { localInstallation } = await import("../local/installation.ts");
    if (!makesHome) await requireHome(homeAt(home));
    return localInstallation(await openPipeline(home));
  }
  if (home !== undefined) throw new UsageError("--home is of this machine; it does not go with --cloud.");
  // The SDK's clients cost a start on one machine more than all the rest.
  const { openStack } = await import("../deployed/installation.ts");
  return openStack(stack);
}
