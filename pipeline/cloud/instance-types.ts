// Families whose storage is NVMe inside the instance: SageMaker refuses a volume key for them, as the instance encrypts
// that storage itself. Source: SageMaker API Reference, ProcessingClusterConfig and ResourceConfig, VolumeKmsKeyId.
const nvmeFamily =
  /^(?:g4dn|g5|g6e?|gr6|g7e?|p3dn|p4de?|p5(?:e|en)?|p6e?-[a-z0-9]+|trn[12]n?|[cmr]\d[a-z]*d)$/;

/** Whether an instance type, `ml.g5.xlarge`, keeps a job's files on local NVMe. */
export function hasLocalStorage(instanceType: string): boolean {
  return nvmeFamily.test(instanceType.split(".")[1] ?? "");
}
