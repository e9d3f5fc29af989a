// What SageMaker refuses of endpoints and AWS's model of its interface does not know. The sentences are ours where no
// one has quoted SageMaker's. The API Reference is docs.aws.amazon.com/sagemaker/latest/APIReference/, the Developer
// Guide docs.aws.amazon.com/sagemaker/latest/dg/.

export type Wire = Record<string, unknown>;
export type Variant = {
  VariantName: string;
  ModelName: string;
  InstanceType?: string;
  InitialInstanceCount?: number;
  VolumeSizeInGB?: number;
  ServerlessConfig?: { MemorySizeInMB: number; MaxConcurrency: number; ProvisionedConcurrency?: number };
};
export type Config = {
  ProductionVariants: Variant[];
  ShadowProductionVariants?: unknown;
  DataCaptureConfig?: unknown;
  AsyncInferenceConfig?: unknown;
  KmsKeyId?: string;
  VpcConfig?: unknown;
  EnableNetworkIsolation?: boolean;
};

const isServerless = ({ ProductionVariants }: Config) =>
  ProductionVariants.some(({ ServerlessConfig }) => ServerlessConfig !== undefined);

/** What is wrong with a configuration of models that are there. */
export function configProblem(config: Config, modelOf: (name: string) => Wire): string | undefined {
  const { ProductionVariants: variants } = config;
  for (const variant of variants) {
    const { ServerlessConfig: serverless, InstanceType, InitialInstanceCount, VariantName } = variant;
    // API_ProductionVariant: InstanceType and InitialInstanceCount, or ServerlessConfig in their place.
    if (!serverless && (InstanceType === undefined || InitialInstanceCount === undefined))
      return `The variant ${VariantName} needs InstanceType and InitialInstanceCount, or ServerlessConfig.`;
    if (!serverless) continue;
    // "Eliminating the need to choose instance types": dg/serverless-endpoints.html.
    for (const field of ["InstanceType", "InitialInstanceCount", "VolumeSizeInGB"] as const)
      if (variant[field] !== undefined) return `${field} cannot be specified with ServerlessConfig.`;
    // "Valid values are in 1 GB increments: 1024 MB, 2048 MB, …", "Should be less than or equal to MaxConcurrency":
    // API_ProductionVariantServerlessConfig.
    const { MemorySizeInMB, MaxConcurrency, ProvisionedConcurrency = 1 } = serverless;
    if (MemorySizeInMB % 1024 !== 0) return "MemorySizeInMB must be in increments of 1024.";
    if (ProvisionedConcurrency > MaxConcurrency)
      return "ProvisionedConcurrency must be less than or equal to MaxConcurrency.";
  }
  return isServerless(config) ? serverlessProblem(config, modelOf) : undefined;
}

/**
 * dg/serverless-endpoints.html, "Feature exclusions": multiple production variants, VPC configuration, network
 * isolation, data capture. dg/shadow-tests-exclusions.html: shadow variants. API_ContainerDefinition: ModelDataSource
 * cannot be used with serverless endpoints. An asynchronous endpoint is another kind of endpoint. KmsKeyId encrypts the
 * volume of an instance (API_CreateEndpointConfig), of which there is none.
 */
function serverlessProblem(config: Config, modelOf: (name: string) => Wire): string | undefined {
  if (config.ProductionVariants.length > 1)
    return "A serverless endpoint can have only one production variant.";
  const { EnableNetworkIsolation, ...others } = config;
  const fields = [
    "ShadowProductionVariants",
    "DataCaptureConfig",
    "AsyncInferenceConfig",
    "KmsKeyId",
    "VpcConfig",
  ] as const;
  for (const field of fields)
    if (others[field] !== undefined) return `${field} is not supported by serverless endpoints.`;
  const model = modelOf(config.ProductionVariants[0]!.ModelName);
  if (model.VpcConfig !== undefined)
    return "A model with VpcConfig is not supported by serverless endpoints.";
  if (EnableNetworkIsolation || model.EnableNetworkIsolation)
    return "Network isolation is not supported by serverless endpoints.";
  if ((model.PrimaryContainer as Wire | undefined)?.ModelDataSource !== undefined)
    return "ModelDataSource is not supported by serverless endpoints.";
  return undefined;
}

type Size = { Type: "INSTANCE_COUNT" | "CAPACITY_PERCENT"; Value: number };
type Guardrails = {
  BlueGreenUpdatePolicy?: {
    TrafficRoutingConfiguration: { Type: string; WaitIntervalInSeconds: number; CanarySize?: Size };
    TerminationWaitInSeconds?: number;
    MaximumExecutionTimeoutInSeconds?: number;
  };
  RollingUpdatePolicy?: unknown;
  AutoRollbackConfiguration?: unknown;
};

/** What is wrong with a new endpoint, whose configuration is there. */
export function createProblem({ DeploymentConfig }: Wire): string | undefined {
  return waitProblem(DeploymentConfig as Guardrails | undefined);
}

/** What is wrong with an update of an endpoint that is in service. */
export function updateProblem(body: Wire, old: Config, next: Config): string | undefined {
  // "You cannot convert your instance-based, real-time endpoint to a serverless endpoint. … You can convert a serverless
  // endpoint to real-time": dg/serverless-endpoints.html.
  if (!isServerless(old) && isServerless(next))
    return "An instance-based endpoint cannot be converted to a serverless endpoint.";
  const guardrails = body.DeploymentConfig as Guardrails | undefined;
  if (guardrails === undefined) return undefined;
  // "Deployment guardrails only apply to Asynchronous inference and Real-time inference endpoint types":
  // dg/deployment-guardrails.html.
  if (isServerless(next)) return "DeploymentConfig is not supported by serverless endpoints.";
  // "Your new endpoint configuration must have the same variant name as the old": dg/deployment-guardrails-exclusions.html.
  const names = ({ ProductionVariants }: Config) =>
    ProductionVariants.map(({ VariantName }) => VariantName).join();
  if (names(old) !== names(next)) return "The variants of both configurations must have the same names.";
  return waitProblem(guardrails) ?? canaryProblem(guardrails, next);
}

function waitProblem(guardrails: Guardrails | undefined): string | undefined {
  const policy = guardrails?.BlueGreenUpdatePolicy;
  if (!policy) return undefined;
  // "Only one update policy should be used": API_DeploymentConfig.
  if (guardrails.RollingUpdatePolicy !== undefined) return "Only one update policy can be used.";
  // "The timeout value should be larger than the total waiting time": API_BlueGreenUpdatePolicy.
  const { TerminationWaitInSeconds = 0, MaximumExecutionTimeoutInSeconds: most = Infinity } = policy;
  const waits = TerminationWaitInSeconds + policy.TrafficRoutingConfiguration.WaitIntervalInSeconds;
  return most > waits
    ? undefined
    : "MaximumExecutionTimeoutInSeconds must be larger than the total waiting time.";
}

/** "Value must be less than or equal to 50% of the variant's total instance count": API_TrafficRoutingConfig. */
function canaryProblem(guardrails: Guardrails, { ProductionVariants }: Config): string | undefined {
  const { Type, CanarySize } = guardrails.BlueGreenUpdatePolicy?.TrafficRoutingConfiguration ?? {};
  if (Type !== "CANARY") return undefined;
  if (!CanarySize) return "CanarySize is needed with CANARY.";
  for (const { InitialInstanceCount = 0 } of ProductionVariants) {
    // Of an instance there are no parts.
    const { Type: unit, Value } = CanarySize;
    const instances = unit === "INSTANCE_COUNT" ? Value : Math.ceil((InitialInstanceCount * Value) / 100);
    if (instances * 2 > InitialInstanceCount)
      return "CanarySize must be less than or equal to 50% of the variant's total instance count.";
  }
  return undefined;
}
