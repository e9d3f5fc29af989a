// The definition that is deployed, run by the local interpreter against scripted answers of Lambda, SageMaker and SNS:
// the ways that no cheap real run takes.
import { expect, test } from "vitest";
import type { Json } from "../../pipeline/local/engine/definition.ts";
import { TaskError } from "../../pipeline/local/engine/task-runner.ts";
import datasetSchema from "../../schemas/execution/dataset.schema.json" with { type: "json" };
import runSchema from "../../schemas/execution/run.schema.json" with { type: "json" };
import { requestProblems } from "../emulator/sagemaker/service-model.ts";
import { type Answer, type Fields, failed, noCapacity, refusedWith, run, values } from "./scripted-run.ts";

test("a run ends with its jobs, each with its log and what it took", async () => {
  const { status, output, requests } = await run();
  expect(status).toBe("SUCCEEDED");
  const jobs = output!.jobs as Fields[];
  expect(jobs.map(({ state }) => state)).toEqual(["Embed", "Train", "Evaluate"]);
  expect(jobs[1]).toMatchObject({
    instanceType: "ml.g6.xlarge",
    instanceCount: 2,
    startedAt: 1_795_176_000_000,
    endedAt: 1_795_176_060_000,
    billableSeconds: 40,
    log: `TrainingLogUrl${jobs[1]!.job}`,
  });
  expect(requests.Notify![0]!.jobs).toEqual(jobs);
});

test("the champion is asked for by model and kind, and another kind ends the run before a job is paid for", async () => {
  const asked = { model: "keyphrases", kind: "keyphrases" };
  const { requests } = await run();
  expect([requests.CheckKind, requests.ReadChampion]).toEqual([[asked], [asked]]);
  const specialty = { ...(runSchema.examples[0] as Fields), model: "specialty" };
  const mismatch = new TaskError("KindMismatch", JSON.stringify({ errorType: "KindMismatch" }));
  const refused = await run({ ValidateInput: [specialty], CheckKind: [mismatch] });
  expect(refused).toMatchObject({ status: "FAILED", error: "KindMismatch" });
  expect(Object.keys(refused.requests)).toEqual(["ValidateInput", "Preprocess", "CheckKind"]);
  expect(refused.requests.CheckKind).toEqual([{ model: "specialty", kind: "keyphrases" }]);
});

test("requests carry VPC, keys and spot as the instance has it", async () => {
  const { requests } = await run();
  const train = requests.Train![0]!;
  expect(train).toMatchObject({
    EnableManagedSpotTraining: true,
    StoppingCondition: { MaxRuntimeInSeconds: 7_200, MaxWaitTimeInSeconds: 9_000 },
    VpcConfig: { Subnets: ["subnet-1", "subnet-2"], SecurityGroupIds: ["JobSecurityGroupId"] },
    ResourceConfig: { InstanceType: "ml.g6.xlarge", InstanceCount: 2 },
  });
  // Local NVMe takes no key of ours.
  expect(train.ResourceConfig).not.toHaveProperty("VolumeKmsKeyId");
  const { ClusterConfig } = requests.Evaluate![0]!.ProcessingResources as { ClusterConfig: Fields };
  expect(ClusterConfig).toMatchObject({
    InstanceType: "ml.c5.2xlarge",
    VolumeSizeInGB: 100,
    VolumeKmsKeyId: "DataKeyArn",
  });
});

// "You can't request a VolumeSizeInGB greater than the total size of the local instance storage": SageMaker API Reference,
// ProcessingClusterConfig. It is a ValidationException (aws/sagemaker-python-sdk, issue 4939), after which no other
// instance is tried. Sizes: Amazon EC2 Instance Types, accelerated computing and memory optimized, instance store volumes.
// https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_ProcessingClusterConfig.html
// https://docs.aws.amazon.com/ec2/latest/instancetypes/ac.html
test.each([
  ["ml.g6.xlarge", 250],
  ["ml.g5.xlarge", 250],
  ["ml.g4dn.xlarge", 125],
  ["ml.r5d.large", 75],
])("on %s no job asks for a larger disk than the instance has inside", async (type, gigabytes) => {
  const lists = ["EmbedInstances", "TrainInstances", "EvaluateInstances"];
  const before = { ...values };
  Object.assign(values, Object.fromEntries(lists.map((list) => [list, type])));
  try {
    const { requests } = await run();
    for (const request of [requests.Embed![0]!, requests.Train![0]!, requests.Evaluate![0]!]) {
      const { ClusterConfig } = (request.ProcessingResources ?? {}) as { ClusterConfig?: Fields };
      const resources = (ClusterConfig ?? request.ResourceConfig) as Fields;
      expect(resources).toMatchObject({ InstanceType: type });
      expect(resources.VolumeSizeInGB).toBeLessThanOrEqual(gigabytes);
    }
  } finally {
    Object.assign(values, before);
  }
});

test("one subnet is a list of one", async () => {
  const before = values.JobSubnetIds;
  values.JobSubnetIds = "subnet-1";
  try {
    const { requests } = await run();
    expect(requests.Train![0]!.VpcConfig).toMatchObject({ Subnets: ["subnet-1"] });
  } finally {
    values.JobSubnetIds = before;
  }
});

test.each([
  [0, 1, "ml.m5.xlarge"],
  [1, 1, "ml.g6.xlarge"],
  [1_000_000, 1, "ml.g6.xlarge"],
  [2_500_000, 3, "ml.g6.xlarge"],
  [9_000_000, 4, "ml.g6.xlarge"],
])("%i texts to embed take %i instances of %s", async (missing, InstanceCount, InstanceType) => {
  const dataset = datasetSchema.examples[0]!;
  const plan = { ...dataset, embedding: { ...dataset.embedding, missing } } as Json;
  const { requests } = await run({ Preprocess: [plan] });
  const { ClusterConfig } = requests.Embed![0]!.ProcessingResources as { ClusterConfig: Fields };
  expect(ClusterConfig).toMatchObject({ InstanceCount, InstanceType });
});

test("without capacity a job goes down its list, under another name each time", async () => {
  const { status, requests } = await run({
    Train: [failed("Training", "CapacityError: none"), noCapacity("Training")],
    Embed: [noCapacity("Processing")],
  });
  expect(status).toBe("SUCCEEDED");
  expect(requests.Train!.map(({ ResourceConfig }) => (ResourceConfig as Fields).InstanceType)).toEqual([
    "ml.g6.xlarge",
    "ml.g6.xlarge",
    "ml.g4dn.xlarge",
  ]);
  expect(requests.Train!.map((request) => request.EnableManagedSpotTraining)).toEqual([true, false, false]);
  expect(requests.Train![1]!.StoppingCondition).toEqual({ MaxRuntimeInSeconds: 43_200 });
  const names = [...requests.Train!, ...requests.Embed!].map(
    (request) => request.TrainingJobName ?? request.ProcessingJobName,
  );
  expect(new Set(names).size).toBe(names.length);
  for (const name of names) expect(name).toMatch(/^[a-zA-Z0-9](-*[a-zA-Z0-9]){0,62}$/);
});

test("at the end of its list a job fails under its own name, and says what AWS lacked", async () => {
  const none = noCapacity("Training");
  const { status, error, cause, requests } = await run({ Train: [none, none, none] });
  expect({ status, error }).toEqual({ status: "FAILED", error: "TrainingFailed" });
  expect(cause).toContain("no instance of this type free");
  expect(requests.Train).toHaveLength(3);
});

test("a run without a new text ends at the end of its own, shorter list", async () => {
  const dataset = datasetSchema.examples[0]!;
  const idle = { ...dataset, embedding: { ...dataset.embedding, missing: 0 } } as Json;
  const { error, requests } = await run({ Preprocess: [idle], Embed: [noCapacity("Processing")] });
  expect(error).toBe("EmbeddingFailed");
  expect(requests.Embed).toHaveLength(1);
});

// Whether Step Functions calls a stopped job a success is not documented, so both are tried.
const stopped = (kind: "Training" | "Processing", secondary?: string) => ({
  [`${kind}JobStatus`]: "Stopped",
  ...(secondary && { SecondaryStatus: secondary }),
});
const asSuccess =
  (job: object): Answer =>
  (request) => ({ ...request, ...job });
const asFailure = (job: object): Answer => new TaskError("States.TaskFailed", JSON.stringify(job));

test.each([
  ["a success", asSuccess],
  ["a failure", asFailure],
])("a job that ends as Stopped, told as %s, is not done", async (_, told) => {
  const starved = await run({ Train: [told(stopped("Training", "MaxWaitTimeExceeded"))] });
  expect(starved.status).toBe("SUCCEEDED");
  expect(starved.requests.Train!.map((request) => request.EnableManagedSpotTraining)).toEqual([true, false]);
  // Two hours of spot were too short: the next instance goes on from the checkpoint.
  const long = await run({ Train: [told(stopped("Training", "MaxRuntimeExceeded"))] });
  expect(long.status).toBe("SUCCEEDED");
  expect(long.requests.Train![1]!.CheckpointConfig).toEqual(long.requests.Train![0]!.CheckpointConfig);
  // On demand the limit is the job's last word.
  const hung = told(stopped("Training", "MaxRuntimeExceeded"));
  const onDemand = await run({ Train: [noCapacity("Training"), hung] });
  expect(onDemand.error).toBe("TrainingFailed");
  expect(onDemand.cause).toContain("time limit");
  for (const [name, error] of [
    ["Embed", "EmbeddingFailed"],
    ["Evaluate", "EvaluationFailed"],
  ]) {
    const byHand = await run({ [name!]: [told(stopped("Processing"))] });
    expect(byHand.error).toBe(error);
    expect(byHand.cause).toContain("stopped before it was finished");
  }
});

/** The placeholders are names here, where AWS wants ARNs, subnets and images. */
const problemsOf = (request: Fields) =>
  requestProblems("CreateProcessingJob", request).filter(
    (problem) => !/RoleArn|Subnets|SecurityGroupIds|KmsKeyId|ImageUri/.test(problem),
  );

const runOf = (source: object, more: object = {}) => {
  const [example] = runSchema.examples as unknown as [{ source: object }];
  return { ...example, source: { ...example.source, ...source }, ...more } as unknown as Json;
};

// VolumeSizeInGB: 1 to 16,384; ContainerArguments: up to 100 of 256 characters; Environment: values of 256 characters.
// SageMaker API Reference, ProcessingClusterConfig, AppSpecification and CreateProcessingJob.
// https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_ProcessingClusterConfig.html
// https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_AppSpecification.html
// https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_CreateProcessingJob.html
test.each([
  ["2 GB", { sizeBytes: 2e9 }, {}, null],
  ["a byte more", { sizeBytes: 2e9 + 1 }, {}, 25],
  ["10 million notes", { sizeBytes: 42.87e9 }, {}, 106],
  ["more than any disk has", { sizeBytes: 1e13 }, {}, 16_384],
  ["200 MB of gzip", { sizeBytes: 2e8, gzip: true }, {}, null],
  ["a byte more of gzip", { sizeBytes: 2e8 + 1, gzip: true }, {}, 25],
  ["as much that is not gzip", { sizeBytes: 2e8 + 1, gzip: false }, {}, null],
  ["1 GB of which a learning curve draws 1.5 times", { sizeBytes: 1e9 }, { curve: { shares: [0.5, 1] } }, 25],
])("%s: prepared where it fits", async (_, source, more, disk) => {
  const { requests, output } = await run({ ValidateInput: [runOf(source, more)] });
  expect(requests.Preprocess?.length ?? 0).toBe(disk === null ? 1 : 0);
  const [request] = requests.PreprocessJob ?? [];
  const { ClusterConfig } = (request?.ProcessingResources ?? { ClusterConfig: null }) as Fields;
  expect(ClusterConfig).toEqual(
    disk && {
      InstanceCount: 1,
      InstanceType: "ml.m5.xlarge",
      VolumeSizeInGB: disk,
      VolumeKmsKeyId: "DataKeyArn",
    },
  );
  const jobs = (output!.jobs as { state: string }[]).map(({ state }) => state);
  expect(jobs.filter((state) => state === "PreprocessJob")).toHaveLength(disk === null ? 0 : 1);
  // The others are told of as before.
  expect(jobs).toContain("Train");
});

test("a large export's job is asked for by name and with its event, and its answer is what the function's would be", async () => {
  const large = { ValidateInput: [runOf({ sizeBytes: 3e9 })] };
  const [job, small] = [await run(large), await run()];
  expect(job.requests.PreprocessJob![0]).toMatchObject({
    ProcessingJobName: expect.stringMatching(/^stackname-preprocess-[0-9a-f]{16}-0-0-0$/),
    AppSpecification: { ImageUri: "PreprocessJobImageUri", ContainerArguments: ["preprocess"] },
    Environment: { OBJECT_STORE: "s3", DATA_BUCKET: "DataBucket" },
    ProcessingInputs: [
      { InputName: "run", S3Input: { S3Uri: "s3://DataBucket/runs/export-0a1b2c3d4e5f6071/run.json" } },
    ],
    NetworkConfig: { EnableNetworkIsolation: false },
  });
  expect(job.requests.PreprocessAnswer).toEqual([
    { Bucket: "DataBucket", Key: "runs/export-0a1b2c3d4e5f6071/preprocess/answer.json" },
  ]);
  expect(problemsOf(job.requests.PreprocessJob![0]!)).toEqual([]);
  for (const state of ["CheckKind", "Train", "CheckArtifacts", "QualityGate"])
    expect(nameless(job.requests[state]!), state).toEqual(nameless(small.requests[state]!));
});

/** Without what says which host it was: the export's size, and what the job used. */
const nameless = (requests: Fields[]) =>
  requests.map((request) => {
    const { run: _, jobs: __, Tags: ___, ...rest } = request;
    return rest;
  });

test("a refused export leaves a large one's job under its own name; a redrive leads back to the job, from its first instance", async () => {
  const refusal = new TaskError(
    "States.TaskFailed",
    JSON.stringify({
      ProcessingJobStatus: "Failed",
      ExitMessage: "InvalidExport: The gzip of the export is damaged.",
      FailureReason: "AlgorithmError: See job logs for more information, exit code: 1",
    }),
  );
  const large = runOf({ sizeBytes: 3e9 });
  const refused = await run({
    ValidateInput: [large],
    PreprocessJob: [noCapacity("Processing"), refusal],
  });
  expect(refused.error).toBe("InvalidExport");
  expect(JSON.parse(refused.cause!)).toMatchObject({
    errorMessage: "The gzip of the export is damaged.",
  });
  const again = await refused.resume();
  expect(again.status).toBe("SUCCEEDED");
  const asked = refused.requests.PreprocessJob!;
  expect(asked.map((one) => (one.ProcessingResources as { ClusterConfig: Fields }).ClusterConfig)).toEqual(
    ["ml.m5.xlarge", "ml.m5.2xlarge", "ml.m5.xlarge"].map((InstanceType) =>
      expect.objectContaining({ InstanceType }),
    ),
  );
  expect(new Set(asked.map(({ ProcessingJobName }) => ProcessingJobName)).size).toBe(3);
  expect(refused.requests.ValidateInput).toHaveLength(1);
});

// S3 API Reference, GetObject, "Permissions": without s3:ListBucket, 403 is the answer for a missing object.
// https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObject.html
test.each(["S3.NoSuchKeyException", "S3.S3Exception", "S3.SdkClientException"])(
  "a PreprocessJob that ends as Stopped, told as a success, has left no answer: %s",
  async (name) => {
    const { error, cause } = await run({
      ValidateInput: [runOf({ sizeBytes: 3e9 })],
      PreprocessJob: [asSuccess(stopped("Processing"))],
      PreprocessAnswer: Array(9).fill(new TaskError(name, "Access Denied")),
    });
    expect(error).toBe("PreprocessFailed");
    expect(cause).toContain("stopped before it was finished");
  },
);

test("an answer that cannot be read is the job's failure, though the job was completed", async () => {
  const denied = new TaskError("S3.S3Exception", "Access Denied");
  const { error, cause } = await run({
    ValidateInput: [runOf({ sizeBytes: 3e9 })],
    PreprocessAnswer: Array(9).fill(denied),
  });
  expect(error).toBe("PreprocessFailed");
  expect(cause).toContain("could not be read from the bucket");
});

test("an answer that S3 does not give at once is asked for again", async () => {
  const busy = new TaskError("S3.S3Exception", "Please reduce your request rate.");
  const { status, requests } = await run({
    ValidateInput: [runOf({ sizeBytes: 3e9 })],
    PreprocessAnswer: [busy, busy],
  });
  expect(status).toBe("SUCCEEDED");
  expect(requests.PreprocessAnswer).toHaveLength(3);
});

test("a refused request is made once, and says that there is no job", async () => {
  const { error, cause, requests } = await run({ Embed: [refusedWith("ValidationException")] });
  expect(error).toBe("EmbeddingFailed");
  expect(cause).toContain("No job was made");
  expect(requests.Embed).toHaveLength(1);
  expect(requests.EmbedFailed).toHaveLength(1);
});

test("a throttled request is made again after a pause, three times at most", async () => {
  const throttled = refusedWith("ThrottlingException");
  const once = await run({ Evaluate: [throttled] });
  expect(once.status).toBe("SUCCEEDED");
  expect(once.requests.Evaluate).toHaveLength(2);
  expect(once.requests.EvaluateFailed!.map(({ retryCount }) => retryCount)).toEqual([0, 1]);
  const always = await run({ Evaluate: Array<Answer>(9).fill(throttled) });
  expect(always.error).toBe("EvaluationFailed");
  expect(always.cause).toContain("too busy");
  expect(always.requests.Evaluate).toHaveLength(4);
});

test("a crash moves nowhere", async () => {
  const { error, requests } = await run({
    Evaluate: [failed("Processing", "AlgorithmError: , exit code: 1")],
  });
  expect(error).toBe("EvaluationFailed");
  expect(requests.Evaluate).toHaveLength(1);
});

test("a lost race is evaluated again against the new champion, and both evaluations are told", async () => {
  const stale = new TaskError("StaleChampion", '{"errorType":"StaleChampion","errorMessage":"lost"}');
  const { status, output, requests } = await run({
    Promote: [stale],
    ReadChampion: [
      { champion: null },
      { champion: { generation: 7, model: { key: "champions/7/model.tar.gz" } } },
    ],
  });
  expect(status).toBe("SUCCEEDED");
  const inputs = requests.Evaluate!.map(({ ProcessingInputs }) =>
    (ProcessingInputs as Fields[]).map(({ InputName }) => InputName),
  );
  const always = ["test", "labels", "facets", "train", "challenger"];
  expect(inputs).toEqual([always, [...always, "champion"]]);
  // ProcessingInputs has at most 10 members; an input needs a name, and of S3Input the URI, the type and the mode:
  // https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_CreateProcessingJob.html and API_ProcessingS3Input.
  for (const request of requests.Evaluate!) {
    expect(problemsOf(request)).toEqual([]);
  }
  expect((output!.jobs as Fields[]).map(({ state }) => state)).toEqual([
    "Embed",
    "Train",
    "Evaluate",
    "Evaluate",
  ]);
});

test("a promotion waits until another one ends, for as long as Lambda lets that one run, and no error but this", async () => {
  const busy = new TaskError("Lambda.TooManyRequestsException", "Rate Exceeded.");
  // 62 seconds in the first five waits, then a minute each: 5 + 14 waits are 15 minutes.
  const { status, requests } = await run({ Promote: Array(19).fill(busy) });
  expect(status).toBe("SUCCEEDED");
  expect(requests.Promote).toHaveLength(20);
  const broken = new TaskError("Lambda.ServiceException", "Internal.");
  const other = await run({ Promote: Array(19).fill(broken) });
  expect([other.status, other.requests.Promote!.length]).toEqual(["FAILED", 7]);
});

test("a model of an older export ends as Rejected, with the reason among the gate's", async () => {
  const message = "A newer export's model came into use meanwhile.";
  const superseded = new TaskError(
    "Superseded",
    JSON.stringify({ errorType: "Superseded", errorMessage: message }),
  );
  const { status, output, requests } = await run({ Promote: [superseded] });
  expect(status).toBe("SUCCEEDED");
  expect(output).toMatchObject({ verdict: "reject", reasons: ["better", message], promotion: null });
  expect(requests.Notify![0]!.verdict).toMatchObject({ verdict: "reject" });
});

test.each(["required", "four-eyes"])(
  "with approval %s a run that would promote ends and waits for a person",
  async (approval) => {
    const example = runSchema.examples[0] as Fields;
    const { status, output, requests, events } = await run({ ValidateInput: [{ ...example, approval }] });
    expect(status).toBe("SUCCEEDED");
    expect(requests).not.toHaveProperty("Promote");
    expect(output).toMatchObject({ verdict: "promote", promotion: null });
    expect(requests.Notify![0]).toMatchObject({ run: { approval }, promotion: null });
    const entered = events().flatMap(({ stateEnteredEventDetails }) => stateEnteredEventDetails?.name ?? []);
    expect(entered.at(-1)).toBe("AwaitingApproval");
    // What is not promoted anyway needs nobody's approval.
    const reject = { verdict: "reject", verdictKey: "runs/x/verdict.json", reasons: ["worse"], metrics: {} };
    const rejected = await run({ ValidateInput: [{ ...example, approval }], QualityGate: [reject] });
    const ends = rejected.events().flatMap((event) => event.stateEnteredEventDetails?.name ?? []);
    expect(ends.at(-1)).toBe("Rejected");
  },
);

test.each([
  [
    "its own words",
    new TaskError(
      "PublicationFailed",
      JSON.stringify({ errorType: "PublicationFailed", errorMessage: "SageMaker says no." }),
    ),
    "PublicationFailed: SageMaker says no.",
  ],
  [
    "the name alone of what AWS says, which may quote what was sent",
    new TaskError("Lambda.Unknown", "Pat Smith, chest pain"),
    "Lambda.Unknown: See docs/runbook.md#publicationfailed.",
  ],
  ["of a time-out, which has no cause", new TaskError("States.Timeout"), "States.Timeout: See"],
  ["a cause that is cut off", new TaskError("EndpointBusy", "…"), "EndpointBusy: See"],
])("a publication that failed costs no promotion, and is told with %s", async (_, failure, words) => {
  const { status, output, requests } = await run({ Publish: Array<Answer>(20).fill(failure) });
  expect(status).toBe("SUCCEEDED");
  expect(output!.promotion).toEqual({ generation: 1, version: "000001-0123456789ab" });
  expect(requests.Publish![0]).toEqual({
    model: "keyphrases",
    generation: 1,
    version: "000001-0123456789ab",
  });
  const told = requests.Notify![0]!.publication as Fields;
  expect(told).toEqual({ status: "failed", endpoint: null, message: expect.stringContaining(words) });
  expect(output!.publication).toEqual(told);
});

test("an endpoint that is busy is waited for; nothing is published of a model that was not promoted", async () => {
  const busy = new TaskError("EndpointBusy", "{}");
  const published = { status: "published", endpoint: "x-keyphrases", message: "Minutes." };
  const { requests, output } = await run({ Publish: [busy, busy, published] });
  expect(requests.Publish).toHaveLength(3);
  expect(output!.publication).toEqual(published);
  const rejected = await run({
    QualityGate: [{ verdict: "reject", verdictKey: "runs/x/verdict.json", reasons: ["worse"], metrics: {} }],
  });
  expect(rejected.requests.Publish).toBeUndefined();
  expect(rejected.requests.Notify![0]!.publication).toBeNull();
});

const news = { execution: expect.any(String), declined: null };
const promotedNews = {
  ...news,
  promotion: { model: "keyphrases", generation: 1, version: "000001-0123456789ab" },
};

test("the registry is told of what was promoted or waits, and of nothing else", async () => {
  const said = { status: "Approved", package: "arn:x/1", message: "Version 1." };
  const promoted = await run({ Register: [said] });
  expect(promoted.requests.Register).toEqual([promotedNews]);
  expect(promoted.requests.Notify![0]!.registration).toEqual(said);
  expect(promoted.output!.registration).toEqual(said);
  const waiting = await run({
    ValidateInput: [{ ...(runSchema.examples[0] as Fields), approval: "required" }],
    Register: [{ ...said, status: "PendingManualApproval" }],
  });
  expect(waiting.requests.Register).toEqual([{ ...news, promotion: null }]);
  expect(waiting.output!.registration).toMatchObject({ status: "PendingManualApproval" });
  const rejected = await run({
    QualityGate: [{ verdict: "reject", verdictKey: "runs/x/verdict.json", reasons: ["worse"], metrics: {} }],
  });
  expect(rejected.requests.Register).toBeUndefined();
  expect(rejected.requests.Notify![0]!.registration).toBeNull();
});

test.each([
  [
    "RegistrationFailed",
    JSON.stringify({ errorMessage: "SageMaker says no." }),
    "RegistrationFailed: SageMaker says no.",
  ],
  ["Lambda.Unknown", "Pat Smith, chest pain", "Lambda.Unknown: See docs/runbook.md#registrationfailed."],
])("a registration that failed with %s costs no promotion, and is told", async (name, cause, message) => {
  const { status, output, requests } = await run({
    Register: Array<Answer>(20).fill(new TaskError(name, cause)),
  });
  expect(status).toBe("SUCCEEDED");
  expect(output!.promotion).toEqual({ generation: 1, version: "000001-0123456789ab" });
  const told = { status: "failed", package: null, message };
  expect(requests.Notify![0]!.registration).toEqual(told);
  expect(output!.registration).toEqual(told);
});
