// Looks at the EFS before anything is written to it. What is wrong with it is told here in one sentence; found later,
// it is a promotion that hangs, or one whose files the billing app cannot see.
import type {
  AccessPointDescription,
  EFSClient,
  FileSystemDescription,
  MountTargetDescription,
} from "@aws-sdk/client-efs";
import { NamedError } from "../../schemas/tables/errors.ts";

/** Where the models folder is mounted from. */
export type FileSystem = { fileSystemId: string; accessPointId: string };

// EFS answers within a second. Where no route leads to it, two attempts say so after 20 s instead of Lambda's time-out
// after 15 minutes, which could not say why.
const patience = {
  maxAttempts: 2,
  requestHandler: { connectionTimeout: 5_000, requestTimeout: 10_000, throwOnRequestTimeout: true },
};

/**
 * Resolves when the file system can be promoted to, at once for a folder of this machine (null).
 *
 * Throws PromotionFailed that says what is wrong and what to do.
 */
export async function preflight(at: FileSystem | null): Promise<void> {
  if (!at) return;
  // Here and not above, so that a promotion on one machine does not load the SDK.
  const efs = await import("@aws-sdk/client-efs");
  const client = new efs.EFSClient(patience);
  try {
    const { FileSystems } = await ask(client, "DescribeFileSystems", at, () =>
      client.send(new efs.DescribeFileSystemsCommand({ FileSystemId: at.fileSystemId })),
    );
    // One a zone at most, so that one page holds them all.
    const { MountTargets } = await ask(client, "DescribeMountTargets", at, () =>
      client.send(new efs.DescribeMountTargetsCommand({ FileSystemId: at.fileSystemId })),
    );
    const { AccessPoints } = await ask(client, "DescribeAccessPoints", at, () =>
      client.send(new efs.DescribeAccessPointsCommand({ AccessPointId: at.accessPointId })),
    );
    const problem =
      problemOfFileSystem(at, FileSystems?.[0]) ??
      problemOfMountTargets(at, MountTargets ?? []) ??
      problemOfAccessPoint(at, AccessPoints?.[0]);
    if (problem) throw refusal(problem);
  } finally {
    client.destroy();
  }
}

function problemOfFileSystem(
  { fileSystemId }: FileSystem,
  found: FileSystemDescription | undefined,
): string | null {
  if (!found) return missing("file system", fileSystemId);
  if (found.LifeCycleState !== "available") return notAvailable(`file system ${fileSystemId}`, found);
  if (found.Encrypted !== true)
    return `the file system ${fileSystemId} is not encrypted, and never can be. Restore its backup to an encrypted one and deploy with that`;
  return null;
}

/** A file system's mount targets are all in one VPC, which is the function's, or it would not have started. */
function problemOfMountTargets(
  { fileSystemId }: FileSystem,
  targets: MountTargetDescription[],
): string | null {
  if (targets.length === 0)
    return `the file system ${fileSystemId} has no mount target. Create one in each zone of the function's subnets`;
  const wrong = targets.find(({ LifeCycleState }) => LifeCycleState !== "available");
  return wrong ? notAvailable(`mount target ${wrong.MountTargetId} in ${wrong.SubnetId}`, wrong) : null;
}

function problemOfAccessPoint(
  { fileSystemId, accessPointId }: FileSystem,
  found: AccessPointDescription | undefined,
): string | null {
  if (!found) return missing("access point", accessPointId);
  const name = `access point ${accessPointId}`;
  if (found.FileSystemId !== fileSystemId)
    return `the ${name} leads to ${found.FileSystemId}, not to ${fileSystemId}. Correct FILE_SYSTEM`;
  if (found.LifeCycleState !== "available") return notAvailable(name, found);
  if (found.PosixUser?.Uid === undefined)
    return `the ${name} has no POSIX user, and files would belong to whoever writes. Create one with a user`;
  if ((found.RootDirectory?.Path ?? "/") === "/")
    return `the ${name} opens the whole file system. Create one with a root directory of its own`;
  return null;
}

const missing = (what: string, id: string) =>
  `the ${what} ${id} does not exist. Correct FILE_SYSTEM, or restore it from its backup`;

const notAvailable = (what: string, { LifeCycleState }: { LifeCycleState?: string | undefined }) =>
  `the ${what} is ${LifeCycleState ?? "in no known state"}. Wait until it is available, or mend it`;

function refusal(problem: string): NamedError {
  return new NamedError("PromotionFailed", `Nothing was written: ${problem}.`);
}

/** Asks EFS, and words what may go wrong: a missing permission and a missing route are the usual two. */
async function ask<T>(client: EFSClient, action: string, at: FileSystem, send: () => Promise<T>): Promise<T> {
  try {
    return await send();
  } catch (error) {
    const name = error instanceof Error ? error.name : "Unknown";
    if (name === "FileSystemNotFound") throw refusal(missing("file system", at.fileSystemId));
    if (name === "AccessPointNotFound") throw refusal(missing("access point", at.accessPointId));
    if (/AccessDenied|UnauthorizedOperation/.test(name))
      throw refusal(
        `the function's role may not ask EFS. Allow elasticfilesystem:${action} for ${at.fileSystemId} and ${at.accessPointId}`,
      );
    if (isUnanswered(error))
      throw refusal(
        `EFS did not answer to ${action}. The function's subnets need a route to its API in ${await client.config.region()}: an interface endpoint for elasticfilesystem that lets this function in, or a NAT`,
      );
    throw refusal(`${action} of EFS failed with ${name}. If that is a passing fault, resume`);
  }
}

/** Nobody was reached, or nobody answered in time. */
function isUnanswered(error: unknown): boolean {
  const { name, code } = error as { name?: unknown; code?: unknown };
  return name === "TimeoutError" || (typeof code === "string" && /^E[A-Z_]+$/.test(code));
}
