import { ACCOUNT_ID, REGION } from "../machine/identity.ts";
import type { MetricDefinition } from "./metrics.ts";
import { fields, list, refuse, type S3Uri, s3Uri, strings, text, withSlash } from "./request-fields.ts";

/** An object, or everything below a prefix, and the folder that it goes to, relative to SAGEMAKER_BASE_DIR. */
export type Channel = { name: string; uri: S3Uri; folder: string };

/** What one machine must know of a Create…Job request. Folders are relative to SAGEMAKER_BASE_DIR. */
export type JobPlan = {
  kind: "Training" | "Processing";
  name: string;
  arn: string;
  /** `embed` for `…/pbp/embed:1.2@sha256:…`. */
  image: string;
  /** What the image's entry point is called with. */
  arguments: string[];
  /** The program in the image, below containers/; absent: its own. */
  program?: string;
  environment: Record<string, string>;
  maxRuntimeSeconds: number;
  inputs: Channel[];
  /** Uploaded file by file when the job has completed. */
  outputs: Channel[];
  /** Prefix of model.tar.gz and output.tar.gz: a training job's only. */
  archives?: S3Uri;
  checkpoints?: { uri: S3Uri; folder: string };
  /** What is read from the log. */
  metrics: MetricDefinition[];
  /** SageMaker's files, by path. */
  configuration: Record<string, unknown>;
  /** The request itself, which Describe…Job gives back. */
  request: Record<string, unknown>;
};

/** Fields that SageMaker knows. Those in `without` are accepted and mean nothing on one machine. */
const trainingFields = {
  needed: [
    "TrainingJobName",
    "RoleArn",
    "AlgorithmSpecification",
    "OutputDataConfig",
    "ResourceConfig",
    "StoppingCondition",
  ],
  known: ["HyperParameters", "InputDataConfig", "CheckpointConfig", "Environment"],
  without: [
    "Tags",
    "VpcConfig",
    "EnableNetworkIsolation",
    "EnableInterContainerTrafficEncryption",
    "EnableManagedSpotTraining",
    "RetryStrategy",
    "ExperimentConfig",
  ],
};
const processingFields = {
  needed: ["ProcessingJobName", "RoleArn", "AppSpecification", "ProcessingResources"],
  known: ["ProcessingInputs", "ProcessingOutputConfig", "StoppingCondition", "Environment"],
  without: ["Tags", "NetworkConfig", "ExperimentConfig"],
};

// SageMaker's defaults and limits.
const longestRunSeconds = 432_000;
const defaultRunSeconds = 86_400;
const jobNamePattern = /^[a-zA-Z0-9](-*[a-zA-Z0-9]){0,62}$/;
const channelPattern = /^[A-Za-z0-9._-]{1,64}$/;

/** Reads a CreateTrainingJob request. Throws SageMaker.AmazonSageMakerException, as a refused request does. */
export function trainingPlan(args: unknown): JobPlan {
  const request = fields(args, "the request", trainingFields);
  const name = jobName(request.TrainingJobName);
  const algorithm = fields(request.AlgorithmSpecification, "AlgorithmSpecification", {
    needed: ["TrainingImage", "TrainingInputMode"],
    known: ["MetricDefinitions"],
  });
  fileMode(algorithm.TrainingInputMode, "AlgorithmSpecification.TrainingInputMode");
  const output = fields(request.OutputDataConfig, "OutputDataConfig", {
    needed: ["S3OutputPath"],
    without: ["KmsKeyId"],
  });
  const path = s3Uri(output.S3OutputPath, "OutputDataConfig.S3OutputPath");
  const hyperparameters = strings(request.HyperParameters, "HyperParameters");
  const inputs = list(request.InputDataConfig, "InputDataConfig").map(trainingChannel);
  distinct(inputs.map((input) => input.name));
  return {
    kind: "Training",
    name,
    arn: `arn:aws:sagemaker:${REGION}:${ACCOUNT_ID}:training-job/${name.toLowerCase()}`,
    image: imageName(algorithm.TrainingImage),
    arguments: [],
    environment: strings(request.Environment, "Environment"),
    maxRuntimeSeconds: maxRuntime(request.StoppingCondition),
    inputs,
    outputs: [],
    archives: { bucket: path.bucket, key: `${withSlash(path.key)}${name}/output/` },
    metrics: list(algorithm.MetricDefinitions, "AlgorithmSpecification.MetricDefinitions").map(metric),
    ...checkpoints(request.CheckpointConfig),
    configuration: {
      "input/config/hyperparameters.json": hyperparameters,
      "input/config/inputdataconfig.json": Object.fromEntries(
        inputs.map((input) => [
          input.name,
          {
            TrainingInputMode: "File",
            S3DistributionType: "FullyReplicated",
            RecordWrapperType: "None",
          },
        ]),
      ),
      "input/config/resourceconfig.json": oneHost,
    },
    request,
  };
}

/** Reads a CreateProcessingJob request. Throws SageMaker.AmazonSageMakerException, as a refused request does. */
export function processingPlan(args: unknown): JobPlan {
  const request = fields(args, "the request", processingFields);
  const name = jobName(request.ProcessingJobName);
  const arn = `arn:aws:sagemaker:${REGION}:${ACCOUNT_ID}:processing-job/${name.toLowerCase()}`;
  const application = fields(request.AppSpecification, "AppSpecification", {
    needed: ["ImageUri"],
    known: ["ContainerArguments", "ContainerEntrypoint"],
  });
  const inputs = list(request.ProcessingInputs, "ProcessingInputs").map(processingInput);
  const outputConfig =
    request.ProcessingOutputConfig === undefined
      ? {}
      : fields(request.ProcessingOutputConfig, "ProcessingOutputConfig", {
          needed: ["Outputs"],
          without: ["KmsKeyId"],
        });
  const outputs = list(outputConfig.Outputs, "ProcessingOutputConfig.Outputs").map(processingOutput);
  distinct([...inputs, ...outputs].map((channel) => channel.folder));
  return {
    kind: "Processing",
    name,
    arn,
    image: imageName(application.ImageUri),
    arguments: list(application.ContainerArguments, "AppSpecification.ContainerArguments").map((one) =>
      text(one, "AppSpecification.ContainerArguments"),
    ),
    ...programOf(application.ContainerEntrypoint),
    environment: strings(request.Environment, "Environment"),
    maxRuntimeSeconds: maxRuntime(request.StoppingCondition),
    inputs,
    outputs,
    metrics: [],
    configuration: {
      "config/processingjobconfig.json": { ProcessingJobArn: arn, ...request },
      "config/resourceconfig.json": oneHost,
    },
    request,
  };
}

const oneHost = { current_host: "algo-1", hosts: ["algo-1"], network_interface_name: "lo" };

function trainingChannel(value: unknown): Channel {
  const channel = fields(value, "InputDataConfig", {
    needed: ["ChannelName", "DataSource"],
    known: ["InputMode"],
    without: ["ContentType"],
  });
  const name = text(channel.ChannelName, "InputDataConfig.ChannelName");
  if (!channelPattern.test(name) || /^\.+$/.test(name))
    refuse("InputDataConfig.ChannelName", `must match ${channelPattern.source}`);
  if (channel.InputMode !== undefined) fileMode(channel.InputMode, "InputDataConfig.InputMode");
  const where = "InputDataConfig.DataSource.S3DataSource";
  const dataSource = fields(channel.DataSource, "InputDataConfig.DataSource", { needed: ["S3DataSource"] });
  const source = fields(dataSource.S3DataSource, where, {
    needed: ["S3DataType", "S3Uri"],
    without: ["S3DataDistributionType"],
  });
  prefixType(source.S3DataType, where);
  return { name, uri: s3Uri(source.S3Uri, `${where}.S3Uri`), folder: `input/data/${name}` };
}

function processingInput(value: unknown): Channel {
  const input = fields(value, "ProcessingInputs", { needed: ["InputName", "S3Input"] });
  const where = "ProcessingInputs.S3Input";
  const source = fields(input.S3Input, where, {
    needed: ["S3Uri", "LocalPath", "S3DataType"],
    known: ["S3InputMode"],
    without: ["S3DataDistributionType"],
  });
  prefixType(source.S3DataType, where);
  if (source.S3InputMode !== undefined) fileMode(source.S3InputMode, `${where}.S3InputMode`);
  return {
    name: text(input.InputName, "ProcessingInputs.InputName"),
    uri: s3Uri(source.S3Uri, `${where}.S3Uri`),
    folder: localFolder(source.LocalPath, `${where}.LocalPath`, "/opt/ml/processing/"),
  };
}

function processingOutput(value: unknown): Channel {
  const output = fields(value, "ProcessingOutputConfig.Outputs", { needed: ["OutputName", "S3Output"] });
  const where = "ProcessingOutputConfig.Outputs.S3Output";
  const target = fields(output.S3Output, where, { needed: ["S3Uri", "LocalPath", "S3UploadMode"] });
  if (target.S3UploadMode !== "EndOfJob")
    refuse(`${where}.S3UploadMode`, "must be EndOfJob: nothing else is supported on one machine");
  return {
    name: text(output.OutputName, "ProcessingOutputConfig.Outputs.OutputName"),
    uri: s3Uri(target.S3Uri, `${where}.S3Uri`),
    folder: localFolder(target.LocalPath, `${where}.LocalPath`, "/opt/ml/processing/"),
  };
}

function metric(value: unknown): MetricDefinition {
  const where = "AlgorithmSpecification.MetricDefinitions";
  const { Name, Regex } = fields(value, where, { needed: ["Name", "Regex"] });
  return { Name: text(Name, `${where}.Name`), Regex: regularExpression(Regex, `${where}.Regex`) };
}

function regularExpression(value: unknown, where: string): string {
  const pattern = text(value, where);
  try {
    new RegExp(pattern);
    return pattern;
  } catch {
    return refuse(where, "must be a regular expression");
  }
}

function checkpoints(value: unknown): Pick<JobPlan, "checkpoints"> {
  if (value === undefined) return {};
  const config = fields(value, "CheckpointConfig", { needed: ["S3Uri"], known: ["LocalPath"] });
  const { bucket, key } = s3Uri(config.S3Uri, "CheckpointConfig.S3Uri");
  const path = config.LocalPath ?? "/opt/ml/checkpoints";
  return {
    checkpoints: {
      uri: { bucket, key: withSlash(key) },
      folder: localFolder(path, "CheckpointConfig.LocalPath", "/opt/ml/"),
    },
  };
}

function maxRuntime(value: unknown): number {
  if (value === undefined) return defaultRunSeconds;
  const { MaxRuntimeInSeconds, MaxWaitTimeInSeconds } = fields(value, "StoppingCondition", {
    needed: [],
    known: ["MaxRuntimeInSeconds", "MaxWaitTimeInSeconds"],
  });
  const seconds = MaxRuntimeInSeconds ?? defaultRunSeconds;
  if (typeof seconds !== "number" || !Number.isInteger(seconds) || seconds < 1 || seconds > longestRunSeconds)
    return refuse(
      "StoppingCondition.MaxRuntimeInSeconds",
      `must be a whole number from 1 to ${longestRunSeconds}`,
    );
  if (MaxWaitTimeInSeconds !== undefined && !(Number(MaxWaitTimeInSeconds) >= seconds))
    refuse("StoppingCondition.MaxWaitTimeInSeconds", "must be at least MaxRuntimeInSeconds");
  return seconds;
}

function jobName(value: unknown): string {
  const name = text(value, "the job's name");
  return jobNamePattern.test(name) ? name : refuse("the job's name", `must match ${jobNamePattern.source}`);
}

function imageName(value: unknown): string {
  const name = text(value, "the image").split("/").at(-1)!.split(/[:@]/)[0]!;
  return /^[a-z0-9][a-z0-9_-]*$/.test(name)
    ? name
    : refuse("the image", "must end in /<name> or /<name>:<tag>");
}

const programs = "/opt/pbp/containers/";

function programOf(entrypoint: unknown): Pick<JobPlan, "program"> {
  if (entrypoint === undefined) return {};
  const where = "AppSpecification.ContainerEntrypoint";
  const [command, path, ...more] = list(entrypoint, where).map((part) => text(part, where));
  const isOurs = command === "python" && more.length === 0 && /^[a-z_/]+\.py$/.test(path ?? "");
  return isOurs && path!.startsWith(programs)
    ? { program: path!.slice(programs.length) }
    : refuse(
        where,
        `must be python and a program below ${programs}: nothing else is supported on one machine`,
      );
}

function fileMode(value: unknown, where: string): void {
  if (value !== "File") refuse(where, "must be File: nothing else is supported on one machine");
}

function prefixType(value: unknown, where: string): void {
  if (value !== "S3Prefix")
    refuse(`${where}.S3DataType`, "must be S3Prefix: nothing else is supported on one machine");
}

function distinct(names: string[]): void {
  if (new Set(names).size < names.length) refuse("the channels", "must have distinct names and paths");
}

function localFolder(value: unknown, where: string, below: string): string {
  const path = text(value, where).replace(/\/+$/, "");
  if (!path.startsWith(below) || path.split("/").some((part, at) => at > 0 && /^\.{0,2}$/.test(part)))
    return refuse(where, `must be a folder below ${below}`);
  return path.slice("/opt/ml/".length);
}
