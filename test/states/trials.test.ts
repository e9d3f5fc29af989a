// Trials: what each one asks SageMaker for, which one is chosen, and what becomes of those that fail.
import { expect, test } from "vitest";
import { trialOfJob } from "../../pipeline/job-names.ts";
import type { Json } from "../../pipeline/local/engine/definition.ts";
import { readHistory } from "../../pipeline/local/engine/describe.ts";
import { EVENT_LIMIT } from "../../pipeline/local/engine/engine.ts";
import { resumeExecution } from "../../pipeline/local/engine/executions.ts";
import { TaskError } from "../../pipeline/local/engine/task-runner.ts";
import datasetSchema from "../../schemas/execution/dataset.schema.json" with { type: "json" };
import runSchema from "../../schemas/execution/run.schema.json" with { type: "json" };
import type { Dataset } from "../../schemas/types.ts";
import { requestProblems } from "../emulator/sagemaker/service-model.ts";
import { fakeClock } from "../engine/fake-clock.ts";
import { crashedAfter, journalBytes, lineEnds, SLOW_MACHINE_MS } from "../engine/journal.ts";
import {
  type Answer,
  completed,
  type Fields,
  failed,
  noCapacity,
  refusedWith,
  run,
  scripted,
  values,
  withoutQuota,
} from "./scripted-run.ts";

const [example] = datasetSchema.examples as unknown as [Dataset];
type Trial = Dataset["trials"][number];

function datasetOf(trials: Pick<Trial, "algorithm">[]): Json {
  const side = example.train;
  const planned = trials.map((one, trial) => ({ ...example.trials[0]!, ...one, trial }));
  return { ...example, validation: side, trials: planned } as unknown as Json;
}
const three = datasetOf([{ algorithm: "linear" }, { algorithm: "frozen" }, { algorithm: "transformer" }]);

/** A training that printed its validation score; SageMaker keeps float32 of it. */
const scored = (score: number, error: number) => (request: Fields) => ({
  ...completed("Training")(request),
  FinalMetricDataList: [
    { MetricName: "validation:error", Value: Math.fround(error), Timestamp: 1_795_176_050_000 },
    { MetricName: "validation:score", Value: Math.fround(score), Timestamp: 1_795_176_050_000 },
  ],
});
const refused = refusedWith("ValidationException");
const crashed = failed(
  "Training",
  "AlgorithmError: TrainingFailed: loss: expected a finite number, exit code: 1",
);

test("each trial has its own job, place, checkpoints and instances, and only what it needs", async () => {
  const { status, requests, output } = await run({
    Preprocess: [three],
    Train: Array(3).fill(scored(0.8, 0)),
  });
  expect(status).toBe("SUCCEEDED");
  const [linear, frozen, transformer] = requests.Train!;
  expect(requests.Train!.map(({ TrainingJobName }) => trialOfJob(String(TrainingJobName)))).toEqual([
    0, 1, 2,
  ]);
  expect(requests.Train!.map(({ OutputDataConfig }) => (OutputDataConfig as Fields).S3OutputPath)).toEqual(
    [0, 1, 2].map((trial) => `s3://DataBucket/runs/export-0a1b2c3d4e5f6071/trials/${trial}/model/`),
  );
  expect(requests.Train!.map(({ CheckpointConfig }) => (CheckpointConfig as Fields).S3Uri)).toEqual(
    [0, 1, 2].map((trial) => `s3://DataBucket/checkpoints/export-0a1b2c3d4e5f6071/${trial}/`),
  );
  const channels = (request: Fields) =>
    (request.InputDataConfig as Fields[]).map(({ ChannelName }) => ChannelName);
  expect(channels(linear!)).toEqual(["train", "labels", "validation"]);
  expect(channels(frozen!)).toEqual(["train", "labels", "validation", "model"]);
  expect(linear!.ResourceConfig).toMatchObject({
    InstanceType: "ml.c7i.2xlarge",
    InstanceCount: 1,
    VolumeKmsKeyId: "DataKeyArn",
  });
  expect(linear!.EnableManagedSpotTraining).toBe(false);
  expect(transformer).toMatchObject({
    EnableManagedSpotTraining: true,
    ResourceConfig: { InstanceType: "ml.g6.xlarge", InstanceCount: 2 },
    HyperParameters: {
      kind: "keyphrases",
      algorithm: "transformer",
      trial: "2",
      epochs: "3",
      batchSize: "32",
      learningRate: "0.00005",
      maxSequenceLength: "128",
      seed: "42",
    },
  });
  expect((output!.jobs as Fields[]).map(({ state }) => state)).toEqual([
    "Embed",
    "Train",
    "Train",
    "Train",
    "Evaluate",
  ]);
});

// Held against AWS's own model of CreateTrainingJob, which botocore brings along. What it does not say is on the pages:
// MetricDefinitions are read from the log by regular expressions with one group, names of 1 to 255 characters and
// expressions of 1 to 500: SageMaker API Reference, MetricDefinition,
// https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_MetricDefinition.html
// At most 40 of them: AlgorithmSpecification,
// https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_AlgorithmSpecification.html
test("SageMaker takes the request of every trial, with the metrics that it is to read", async () => {
  const { requests } = await run({ Preprocess: [three] });
  for (const request of requests.Train!) {
    // The placeholders are names here, where AWS wants ARNs, subnets and images.
    const problems = requestProblems("CreateTrainingJob", request).filter(
      (problem) => !/RoleArn|Subnets|SecurityGroupIds|KmsKeyId|TrainingImage/.test(problem),
    );
    expect(problems).toEqual([]);
    const { MetricDefinitions } = request.AlgorithmSpecification as { MetricDefinitions: Fields[] };
    // As containers/train/training_log.py and containers/pbp_jobs/validation.py print them, with the best epoch last.
    const lines = [
      "metrics: trainLoss=0.512345 learningRate=8.4e-06 piecesPerSecond=2311 epoch=1 step=12",
      "metrics: validationScore=0.873120 validationLoss=0.304125 step=12 epoch=1",
      "metrics: trainLoss=1.204170 step=3",
      "validation: score=0.873125 error=0.004210 documents=1234",
    ];
    const found = MetricDefinitions.map(({ Name, Regex }) => [
      Name,
      lines.flatMap((line) => new RegExp(String(Regex)).exec(line)?.[1] ?? []),
    ]);
    expect(found).toEqual([
      ["validation:score", ["0.873125"]],
      ["validation:error", ["0.004210"]],
      ["train:loss", ["0.512345", "1.204170"]],
      ["train:learningRate", ["8.4e-06"]],
      ["train:piecesPerSecond", ["2311"]],
      ["validation:epochScore", ["0.873120"]],
      ["validation:loss", ["0.304125"]],
    ]);
    expect(MetricDefinitions.length).toBeLessThanOrEqual(40);
    for (const { Name, Regex } of MetricDefinitions) {
      expect(String(Name).length).toBeLessThanOrEqual(255);
      expect(String(Regex).length).toBeLessThanOrEqual(500);
    }
  }
});

test("a learning curve trains on shares and ends as measured: nothing is embedded, judged or announced", async () => {
  const [planned] = (three as Fields).trials as Fields[];
  const shares = [
    { trainShare: 0.5, trainFolder: "shares/0/", trainDocuments: 480 },
    { trainShare: 1, trainFolder: "", trainDocuments: 960 },
  ];
  const dataset = {
    ...(three as Fields),
    trials: shares.map((share, trial) => ({ ...planned!, ...share, trial })),
  };
  const curve = { shares: [0.5, 1], seeds: 1 };
  const { status, requests, output, events } = await run({
    ValidateInput: [{ ...(runSchema.examples[0] as Fields), curve }],
    Preprocess: [dataset],
    Train: [scored(0.8, 0.02), scored(0.9, 0.01)],
  });
  expect(status).toBe("SUCCEEDED");
  expect(Object.keys(requests)).toEqual(["ValidateInput", "Preprocess", "CheckKind", "Train"]);
  expect(requests.CheckKind).toEqual([{ model: "keyphrases", kind: null }]);
  const uriOf = ({ InputDataConfig: [train] }: { InputDataConfig: { DataSource: Fields }[] }) =>
    (train!.DataSource.S3DataSource as Fields).S3Uri;
  expect(requests.Train!.map((request) => uriOf(request as never))).toEqual(
    ["shares/0/", ""].map(
      (folder) => `s3://DataBucket/runs/export-0a1b2c3d4e5f6071/dataset/${folder}train.jsonl`,
    ),
  );
  expect(output).toMatchObject({
    trials: [{ score: 0.8 }, { score: 0.9 }],
    jobs: [{ trial: 0 }, { trial: 1 }],
  });
  expect(events().map((event) => event.stateEnteredEventDetails?.name)).toContain("Measured");
});

test("the test rows are read once, by Evaluate: no training, and nothing else of the execution, asks for them", async () => {
  const { requests } = await run({ Preprocess: [three], Train: Array(3).fill(scored(0.8, 0)) });
  const reading = (asks: (text: string) => boolean) =>
    Object.entries(requests).flatMap(([state, made]) =>
      made.filter((request) => asks(JSON.stringify(request))).map(() => state),
    );
  for (const file of ["test.jsonl", "facets.jsonl"])
    expect(reading((text) => text.includes(file))).toEqual(["Evaluate"]);
  // A job that is given the whole folder would have them too.
  expect(reading((text) => /s3:[^"]*\/dataset\/"/.test(text))).toEqual([]);
  expect(Object.keys(requests)).toContain("Embed");
});

const models = ["linear", "frozen", "transformer"] as const;
test.each<[string, [number, number][], number]>([
  [
    "the best, where it is better by more than its standard error",
    [
      [0.7, 0.01],
      [0.8, 0.01],
      [0.9, 0.01],
    ],
    2,
  ],
  [
    "the simplest within one standard error of the best",
    [
      [0.886, 0.01],
      [0.891, 0.01],
      [0.9, 0.01],
    ],
    1,
  ],
  [
    "the simplest that is exactly one standard error below",
    [
      [0.89, 0.01],
      [0.895, 0.01],
      [0.9, 0.01],
    ],
    0,
  ],
  [
    "the best, where the simplest is best",
    [
      [0.95, 0.02],
      [0.8, 0.02],
      [0.94, 0.02],
    ],
    0,
  ],
  [
    "the first of equals",
    [
      [0.5, 0],
      [0.5, 0],
      [0.5, 0],
    ],
    0,
  ],
])("chosen is %s", async (_, scores, chosen) => {
  const { output, requests } = await run({
    Preprocess: [three],
    Train: scores.map(([score, error]) => scored(score, error)),
  });
  expect(requests.Notify![0]!.chosen).toBe(chosen);
  expect(requests.CheckArtifacts![0]).toMatchObject({ trial: chosen });
  expect(requests.Notify![0]!.trials).toMatchObject(
    scores.map(([score, standardError], trial) => ({
      trial,
      algorithm: models[trial],
      score,
      standardError,
    })),
  );
  expect(output).toMatchObject({ trial: chosen });
});

test("of one algorithm the earlier trial is chosen, and a simpler one after it all the same", async () => {
  const plan = datasetOf([
    { algorithm: "transformer" },
    { algorithm: "transformer" },
    { algorithm: "linear" },
  ]);
  const same = scored(0.8, 0.01);
  const { requests } = await run({
    Preprocess: [plan],
    Train: [scored(0.79, 0.01), same, scored(0.6, 0.01)],
  });
  expect(requests.Notify![0]!.chosen).toBe(0);
  const simpler = await run({ Preprocess: [plan], Train: [same, same, scored(0.795, 0.01)] });
  expect(simpler.requests.Notify![0]!.chosen).toBe(2);
});

test("a trial that fails is recorded and passed over, and what it used is paid for", async () => {
  const job = {
    TrainingJobName: "t",
    TrainingJobStatus: "Failed",
    FailureReason: "AlgorithmError: , exit code: 1",
    ResourceConfig: { InstanceType: "ml.g6.xlarge", InstanceCount: 1 },
    TrainingStartTime: 1,
    TrainingEndTime: 2,
  };
  const { status, requests, output } = await run({
    Preprocess: [three],
    Train: [new TaskError("States.TaskFailed", JSON.stringify(job)), scored(0.8, 0.01), refused],
  });
  expect(status).toBe("SUCCEEDED");
  const [first, , third] = requests.Notify![0]!.trials as Fields[];
  expect(first).toMatchObject({
    trial: 0,
    algorithm: "linear",
    status: "failed",
    modelKey: null,
    failure: { name: "TrainingFailed", message: expect.stringContaining("exit code 1") },
    usage: { state: "Train", instanceType: "ml.g6.xlarge", startedAt: 1, endedAt: 2 },
  });
  expect(third).toMatchObject({ status: "failed", usage: null });
  expect(output!.trial).toBe(1);
  expect(output!.jobs).toHaveLength(4);
});

test("without a trial that succeeds the execution fails as the first did; a redrive trains all of them again", async () => {
  const { status, error, cause, requests, resume } = await run({
    Preprocess: [three],
    Train: [crashed, refused, crashed, scored(0.6, 0.01), scored(0.7, 0.01), scored(0.8, 0.01)],
  });
  expect([status, error]).toEqual(["FAILED", "TrainingFailed"]);
  expect(cause).toContain("loss: expected a finite number");
  expect(requests.Evaluate).toBeUndefined();
  expect((await resume()).status).toBe("SUCCEEDED");
  expect(requests.Embed).toHaveLength(1);
  expect(requests.Train).toHaveLength(6);
  const names = requests.Train!.map(({ TrainingJobName }) => TrainingJobName);
  expect(new Set(names).size).toBe(6);
  // The checkpoints of the first attempt are the second's.
  expect(requests.Train![3]!.CheckpointConfig).toEqual(requests.Train![0]!.CheckpointConfig);
  expect(requests.Notify![0]!.chosen).toBe(2);
});

test("a trial that reports no score is recorded as failed and passed over, however simple it is", async () => {
  const { status, requests, output } = await run({
    Preprocess: [three],
    Train: [completed("Training"), scored(0.7, 0.01), scored(0.8, 0.01)],
  });
  expect(status).toBe("SUCCEEDED");
  const [first, ...others] = requests.Notify![0]!.trials as Fields[];
  expect(first).toMatchObject({
    trial: 0,
    status: "failed",
    modelKey: null,
    score: null,
    failure: { name: "TrainingFailed", message: expect.stringContaining("reported no score") },
    // It was paid for.
    usage: { state: "Train" },
  });
  expect(others).toMatchObject([{ status: "completed" }, { status: "completed" }]);
  expect(output!.trial).toBe(2);
  expect(output!.jobs).toHaveLength(5);
});

test("without any score the execution fails by name, and a redrive trains again", async () => {
  const { status, error, cause, requests, resume } = await run({
    Preprocess: [three],
    Train: [
      ...Array<Answer>(3).fill(completed("Training")),
      scored(0.6, 0.01),
      scored(0.7, 0.01),
      scored(0.8, 0.01),
    ],
  });
  expect([status, error]).toEqual(["FAILED", "TrainingFailed"]);
  expect(cause).toContain("reported no score on the validation side");
  expect(requests.Evaluate).toBeUndefined();
  expect((await resume()).status).toBe("SUCCEEDED");
  expect(requests.Notify![0]!.chosen).toBe(2);
});

test("a single trial is compared with nothing, and needs no score", async () => {
  const { status, requests, output } = await run({ Preprocess: [datasetOf([{ algorithm: "linear" }])] });
  expect(status).toBe("SUCCEEDED");
  expect(requests.Notify![0]!.trials).toMatchObject([{ trial: 0, status: "completed", score: null }]);
  expect(output!.trial).toBe(0);
});

test("trials run at once as the deployment allows, or fewer if the execution asks for it", async () => {
  for (const [allowed, asked, most] of [
    ["4", null, 3],
    ["4", 2, 2],
    ["1", 4, 1],
  ] as const) {
    values.TrainTrialsAtOnce = allowed;
    const tuning = { trials: 3, parallel: asked, ranges: {}, baseModels: [] };
    const { atOnce, requests } = await run({
      ValidateInput: [
        { ...runSchema.examples[0], tuning: asked === null ? null : tuning } as unknown as Json,
      ],
      Preprocess: [three],
    }).finally(() => {
      values.TrainTrialsAtOnce = "1";
    });
    expect(requests.Train).toHaveLength(3);
    expect(atOnce).toBe(most);
  }
});

test("killed behind any event, it goes on: no trial that had ended runs again, and the same one is chosen", {
  timeout: SLOW_MACHINE_MS,
}, async () => {
  values.TrainTrialsAtOnce = "2";
  try {
    const answers = {
      Preprocess: [three],
      Train: Array<Answer>(12).fill((request: Fields) => {
        const trial = trialOfJob(String(request.TrainingJobName))!;
        if (trial === 1) throw crashed;
        return scored(trial === 0 ? 0.7 : 0.8, 0.01)(request);
      }),
    };
    const whole = await run(answers);
    expect(whole.output).toMatchObject({ trial: 2 });
    const bytes = journalBytes(whole.home, "run-1");
    const results = (requests: Record<string, Fields[]>) =>
      (requests.Notify![0]!.trials as Fields[]).map(({ usage: _, modelKey: __, ...result }) => result);
    for (const end of lineEnds(bytes).slice(0, -1)) {
      const home = crashedAfter(whole.home, "run-1", bytes.subarray(0, end), `at-${end}`);
      const before = readHistory(home, "run-1");
      const { requests, tasks } = scripted(answers);
      const ended = await resumeExecution({ home, name: "run-1", tasks, clock: fakeClock() });
      expect(ended).toMatchObject({ status: "SUCCEEDED", output: { trial: 2 } });
      if (requests.Notify) expect(results(requests)).toEqual(results(whole.requests));
      const endedBefore = before.flatMap(
        ({ taskSucceededEventDetails: task, taskFailedEventDetails: failure }) => {
          const { output, resource } = task ?? {};
          const cause = failure?.cause;
          if (resource === "createTrainingJob.sync")
            return [trialOfJob((JSON.parse(output!) as { TrainingJobName: string }).TrainingJobName)];
          return cause && failure?.resource === "createTrainingJob.sync" ? [1] : [];
        },
      );
      const again = (requests.Train ?? []).map(({ TrainingJobName }) => trialOfJob(String(TrainingJobName)));
      // A redrive that enters the explaining state tries the job again; once the failure is recorded, it stands.
      const caught = before.some(({ stateEnteredEventDetails: entry }) => entry?.name === "PassedOver");
      for (const trial of again)
        expect(endedBefore.filter((one) => one !== 1 || caught)).not.toContain(trial);
      const names = (requests.Train ?? []).map(({ TrainingJobName }) => TrainingJobName);
      for (const { TrainingJobName } of whole.requests.Train!) expect(names).not.toContain(TrainingJobName);
    }
  } finally {
    values.TrainTrialsAtOnce = "1";
  }
});

// Job names: at most 63 characters, [a-zA-Z0-9](-*[a-zA-Z0-9]){0,62}: SageMaker API Reference, CreateTrainingJob,
// https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_CreateTrainingJob.html
test("the longest name of a trial's job fits, and no two are the same", async () => {
  const before = values.StackName;
  values.StackName = "A".repeat(20);
  try {
    const plan = datasetOf(Array.from({ length: 30 }, () => ({ algorithm: "transformer" as const })));
    const { requests } = await run({ Preprocess: [plan] });
    const names = requests.Train!.map(({ TrainingJobName }) => String(TrainingJobName));
    expect(new Set(names).size).toBe(30);
    expect(trialOfJob(names[29]!)).toBe(29);
    // Here each count has one digit; there may be 999 redrives, 8 instances in a list, 99 retries.
    const longest = names[29]!.replace(/-\d+-\d+-\d+$/, "-999-8-99");
    expect(longest.length).toBeLessThanOrEqual(63);
    for (const name of [...names, longest]) expect(name).toMatch(/^[a-zA-Z0-9](-*[a-zA-Z0-9]){0,62}$/);
  } finally {
    values.StackName = before;
  }
});

// Quotas: 25,000 events in an execution's history, 262,144 bytes of input, output or one variable. Source: Step Functions
// Developer Guide, "Service quotas", https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html
// The iterations of an inline Map are in the history of its execution: "Using Map state in Inline mode",
// https://docs.aws.amazon.com/step-functions/latest/dg/state-map-inline.html
test("thirty trials of which everything goes wrong fit into a history and into a state's data", {
  timeout: 120_000,
}, async () => {
  const before = { ...values };
  values.TrainInstances = Array.from({ length: 8 }, (_, index) => `ml.g${index}.xlarge spot`).join(",");
  // One after another they would run into the machine's time limit before anything else.
  values.TrainTrialsAtOnce = "4";
  values.TrainingLogUrl = `https://${"x".repeat(300)}/`;
  try {
    const plan = datasetOf(Array.from({ length: 30 }, () => ({ algorithm: "transformer" as const })));
    const long = failed("Training", `AlgorithmError: TrainingFailed: ${"x".repeat(950)}, exit code: 1`);
    const busy = refusedWith("ThrottlingException");
    // Of each trial: three pauses because SageMaker is busy, five retries for a quota on each of eight instances.
    const one = [
      busy,
      busy,
      busy,
      ...Array(7)
        .fill([...Array(5).fill(withoutQuota), noCapacity("Training")])
        .flat(),
      ...Array(5).fill(withoutQuota),
      long,
    ];
    const tries: number[] = [];
    const { status, eventCount, requests, events } = await run({
      Preprocess: [plan],
      Train: Array(10_000).fill((request: Fields) => {
        const trial = trialOfJob(String(request.TrainingJobName))!;
        tries[trial] = (tries[trial] ?? 0) + 1;
        const answer = one[tries[trial] - 1]!;
        if (trial === 29 && answer === long) return scored(0.8, 0.01)(request);
        throw answer;
      }),
    });
    expect(status).toBe("SUCCEEDED");
    expect(requests.Notify![0]!.chosen).toBe(29);
    expect(eventCount).toBeLessThan(EVENT_LIMIT * 0.75);
    const outputs = events().flatMap(({ stateExitedEventDetails }) => stateExitedEventDetails?.output ?? []);
    expect(Math.max(...outputs.map((text) => Buffer.byteLength(text)))).toBeLessThan(262_144 / 2);
  } finally {
    Object.assign(values, before);
  }
});
