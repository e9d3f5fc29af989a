import {
  DescribeAccessPointsCommand,
  DescribeFileSystemsCommand,
  DescribeMountTargetsCommand,
  EFSClient,
} from "@aws-sdk/client-efs";
import type { FileSystemStatus } from "../installation.ts";

/** How the file system of the models is: available, encrypted, reachable from where, by which way in. */
export async function fileSystemStatus(
  FileSystemId: string,
  AccessPointId: string,
): Promise<FileSystemStatus> {
  const efs = new EFSClient({});
  const [found, targets, points] = await Promise.all([
    efs.send(new DescribeFileSystemsCommand({ FileSystemId })),
    efs.send(new DescribeMountTargetsCommand({ FileSystemId })),
    efs.send(new DescribeAccessPointsCommand({ AccessPointId })),
  ]);
  const [fileSystem] = found.FileSystems ?? [];
  const [point] = points.AccessPoints ?? [];
  return {
    fileSystemId: FileSystemId,
    state: fileSystem?.LifeCycleState ?? "unknown",
    encrypted: fileSystem?.Encrypted === true,
    mountTargets: (targets.MountTargets ?? []).map((target) => ({
      zone: target.AvailabilityZoneName ?? target.SubnetId ?? "",
      state: target.LifeCycleState ?? "unknown",
    })),
    accessPoint: point
      ? {
          accessPointId: AccessPointId,
          state: point.LifeCycleState ?? "unknown",
          root: point.RootDirectory?.Path ?? "/",
        }
      : null,
  };
}
