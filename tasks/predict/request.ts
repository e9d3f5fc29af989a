// What SageMaker is asked for, as a function of the deployment and of the prediction. Nothing of a note is in it.
import type { CreateProcessingJobCommandInput, ProcessingInput } from "@aws-sdk/client-sagemaker";
import {
  answersFolder,
  jobsOf,
  notesKey,
  type Prediction,
  policyKey,
} from "../../schemas/installation/predictions.ts";
import type { PredictionTarget } from "../../schemas/types.ts";

// containers/serve/Dockerfile copies it there; its own entry point is the service.
const program = "/opt/pbp/containers/serve/predict/job.py";

/** @param modelKey The archive that Publish makes of the version. */
export function requestOf(
  target: PredictionTarget,
  bucket: string,
  prediction: Prediction & { attempt: number },
  modelKey: string,
): CreateProcessingJobCommandInput {
  const { image, roleArn, stackName, instanceType, keyArn, encryptsVolume } = target;
  const { source, policy } = prediction;
  return {
    ProcessingJobName: `${jobsOf(stackName, prediction)}${prediction.attempt}`,
    RoleArn: roleArn,
    AppSpecification: { ImageUri: image, ContainerEntrypoint: ["python", program] },
    // An archive knows its version alone.
    Environment: { PBP_GENERATION: String(prediction.generation) },
    ProcessingInputs: [
      input("notes", `s3://${bucket}/${notesKey(source)}`),
      input("model", `s3://${bucket}/${modelKey}`),
      ...(policy === null ? [] : [input("policy", `s3://${bucket}/${policyKey(source, policy)}`)]),
    ],
    ProcessingOutputConfig: {
      KmsKeyId: keyArn,
      Outputs: [
        {
          OutputName: "answers",
          S3Output: {
            S3Uri: `s3://${bucket}/${answersFolder(prediction)}`,
            LocalPath: "/opt/ml/processing/output/answers",
            S3UploadMode: "EndOfJob",
          },
        },
      ],
    },
    ProcessingResources: {
      ClusterConfig: {
        InstanceCount: 1,
        InstanceType: instanceType as never,
        VolumeSizeInGB: target.volumeGigabytes,
        ...(encryptsVolume && { VolumeKmsKeyId: keyArn }),
      },
    },
    NetworkConfig: {
      EnableNetworkIsolation: true,
      EnableInterContainerTrafficEncryption: true,
      VpcConfig: { Subnets: target.subnetIds, SecurityGroupIds: [target.securityGroupId] },
    },
    StoppingCondition: { MaxRuntimeInSeconds: target.maxRuntimeSeconds },
    Tags: Object.entries(target.tags).map(([Key, Value]) => ({ Key, Value })),
  };
}

const input = (InputName: string, S3Uri: string): ProcessingInput => ({
  InputName,
  S3Input: {
    S3Uri,
    LocalPath: `/opt/ml/processing/input/${InputName}`,
    S3DataType: "S3Prefix",
    S3InputMode: "File",
    S3DataDistributionType: "FullyReplicated",
  },
});
