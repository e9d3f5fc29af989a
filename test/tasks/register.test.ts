// What the Model Registry says of a model, whatever happened to it: through the real handler and the SDK, against the
// counterpart of SageMaker, which holds each request against AWS's model of the service.
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { examineRegistration } from "../../pipeline/deployed/doctor/registry.ts";
import type { Json } from "../../pipeline/local/engine/definition.ts";
import { startExecution } from "../../pipeline/local/engine/executions.ts";
import verdictSchema from "../../schemas/evaluation/verdict.schema.json" with { type: "json" };
import { packageGroup } from "../../schemas/installation/registry.ts";
import type { PromotionRecord, Registration, Verdict } from "../../schemas/types.ts";
import { modelsDefinition } from "../../states/models.ts";
import { fillIn, placeholdersOf } from "../../states/placeholders.ts";
import { currentChampion } from "../../tasks/models/champion.ts";
import { layout } from "../../tasks/models/layout.ts";
import { entryOf } from "../../tasks/models/log.ts";
import { rollback } from "../../tasks/models/rollback.ts";
import { handler as rollbackHandler } from "../../tasks/operators/rollback.ts";
import { promote } from "../../tasks/promote/promotion.ts";
import { handler as publishHandler } from "../../tasks/publish.ts";
import type { News } from "../../tasks/register/registry.ts";
import { handler } from "../../tasks/register.ts";
import { writeJson } from "../../tasks/store/store.ts";
import { account, region } from "../emulator/emulator.ts";
import { killedAt } from "../emulator/killed-at.ts";
import { type SageMaker, startSageMaker } from "../emulator/sagemaker/sagemaker.ts";
import { temporaryHome } from "../engine/journal.ts";
import { trained } from "../promote/execution.ts";
import { deploy, failure } from "./deployment.ts";

const image = `${account}.dkr.ecr.${region}.amazonaws.com/pbp/serve:initial`;
const group = packageGroup("PredictiveBilling", "keyphrases");
const refuseJobs = () => Promise.reject(new Error("There are no jobs here."));

let deployment: Awaited<ReturnType<typeof deploy>>;
let sagemaker: SageMaker;
beforeEach(async () => {
  deployment = await deploy();
  await openRegistry();
  vi.stubEnv("AWS_REGION", region);
  vi.stubEnv("AWS_ACCESS_KEY_ID", "test");
  vi.stubEnv("AWS_SECRET_ACCESS_KEY", "test");
  vi.stubEnv("REGISTRY", JSON.stringify({ stackName: "PredictiveBilling", image }));
  vi.stubEnv("SERVING", "none");
  vi.stubEnv("CODE_REVISION", "0123456789abcdef0123456789abcdef01234567");
});
afterEach(async () => {
  await sagemaker.close();
  await deployment.remove();
});

/** One that knows nothing yet. */
async function openRegistry(): Promise<void> {
  sagemaker = await startSageMaker(
    { Training: refuseJobs, Processing: refuseJobs },
    async (bucket, key) => bucket === "pbp-test" && (await deployment.store.head(key)) !== null,
  );
  vi.stubEnv("AWS_ENDPOINT_URL_SAGEMAKER", sagemaker.endpoint);
}

const packages = () => sagemaker.registry.packagesOf(group);
const changes = () => sagemaker.registry.requests.map(({ operation }) => operation);

/** As the pipeline's Register sends it. */
function pipeline(
  execution: string,
  promotion: { generation: number; version: string } | null,
): Promise<Registration> {
  const { generation, version } = promotion ?? {};
  const promoted = promotion && { model: "keyphrases", generation: generation!, version: version! };
  return handler({ execution, promotion: promoted, declined: null } satisfies News);
}
/** As that of the operators' machine. */
function operators({
  model = "keyphrases",
  generation,
  version,
  action,
  from,
  actor,
  reason,
  approvedBy,
}: PromotionRecord) {
  const promotion = {
    model,
    generation,
    version,
    action,
    from,
    actor,
    reason,
    ...(approvedBy && { approvedBy }),
  };
  return handler({ execution: null, promotion, declined: null } satisfies News);
}

/** An execution as QualityGate leaves it. */
async function judged(name: string, verdict: Verdict["verdict"] = "promote") {
  const champion = await currentChampion(deployment.models);
  const promotion = await trained(deployment.store, name, champion);
  const { run, dataset, artifacts } = promotion;
  await writeJson(deployment.store, `runs/${name}/challenger.json`, { run, dataset, artifacts });
  await writeJson(deployment.store, `runs/${name}/verdict.json`, {
    ...(verdictSchema.examples[0] as unknown as Verdict),
    verdict,
    championGeneration: champion?.generation ?? null,
    challengerSha256: artifacts.model.sha256,
  });
  return promotion;
}
async function promoted(name: string, verdict: Verdict["verdict"] = "promote"): Promise<PromotionRecord> {
  const promotion = await judged(name, verdict);
  const { generation } = await promote(
    { ...promotion, evidence: { ...promotion.evidence, verdict } },
    { store: deployment.store, modelsFolder: deployment.models, keep: 3 },
  );
  return entryOf(layout(deployment.models), generation);
}

test("without a registry nothing is asked, and nothing is said to be amiss", async () => {
  vi.stubEnv("REGISTRY", "none");
  expect(await pipeline("first", { generation: 1, version: "000001-0123456789ab" })).toMatchObject({
    status: "none",
    package: null,
  });
  expect(changes()).toEqual([]);
});

test("a promoted model is there to be deployed, with its scores and what it was promoted as", async () => {
  const { generation, version, execution } = await promoted("first");
  const said = await pipeline(execution!, { generation, version });
  expect(said).toEqual({
    status: "Approved",
    package: `arn:aws:sagemaker:${region}:${account}:model-package/${group}/1`,
    message: `The Model Registry has it as version 1 of ${group}: Approved.`,
  });
  const [one] = packages();
  expect(one).toMatchObject({
    ModelPackageGroupName: group,
    ModelPackageDescription: "The model that first trained.",
    ModelApprovalStatus: "Approved",
    ApprovalDescription: "Generation 1. Promoted by the quality gate.",
    InferenceSpecification: {
      Containers: [{ Image: image, ModelDataUrl: `s3://pbp-test/champions/${version}/serving.tar.gz` }],
    },
    ModelMetrics: {
      ModelQuality: {
        Statistics: {
          ContentType: "application/json",
          S3Uri: "s3://pbp-test/runs/first/evaluation/0/metrics.json",
        },
      },
    },
    MetadataProperties: { GeneratedBy: "first", CommitId: "0123456789abcdef0123456789abcdef01234567" },
    CustomerMetadataProperties: { execution: "first", generation: "1", version, verdict: "promote" },
  });
  expect(Object.keys(one!.CustomerMetadataProperties as object).sort()).toEqual([
    "accuracy",
    "execution",
    "f1",
    "generation",
    "macroF1",
    "precision",
    "recall",
    "verdict",
    "version",
  ]);
});

test("the same news again changes nothing; each execution has one package, and the group is made once", async () => {
  const first = await promoted("first");
  await pipeline("first", first);
  const once = changes();
  expect(once).toEqual(["CreateModelPackageGroup", "CreateModelPackage", "UpdateModelPackage"]);
  expect(await pipeline("first", first)).toMatchObject({ status: "Approved" });
  expect(changes()).toEqual(once);
  const second = await promoted("second");
  await Promise.all([pipeline("second", second), pipeline("second", second)]);
  expect(packages()).toHaveLength(2);
});

test.each(["before", "after"] as const)(
  "killed %s the answer to each of its calls, the next call ends the work: one package, approved",
  async (when) => {
    const promotion = await promoted("run-1");
    const undisturbed = await pipeline("run-1", promotion);
    let kills = 0;
    for (let request = 1; ; request++) {
      await sagemaker.close();
      await openRegistry();
      if (!(await killedAt(request, when, () => pipeline("run-1", promotion)))) break;
      kills++;
      expect(await pipeline("run-1", promotion)).toEqual(undisturbed);
      expect(packages()).toMatchObject([{ ModelApprovalStatus: "Approved" }]);
    }
    // Looks for group and package, makes both, says what it was promoted as.
    expect(kills).toBeGreaterThan(3);
  },
);

test("a model that waits cannot be deployed until it was approved", async () => {
  await judged("first");
  expect(await pipeline("first", null)).toMatchObject({ status: "PendingManualApproval" });
  expect(packages()[0]).toMatchObject({
    ModelApprovalStatus: "PendingManualApproval",
    CustomerMetadataProperties: { execution: "first", verdict: "promote" },
  });
  expect(packages()[0]).not.toHaveProperty("InferenceSpecification");

  const record = await promoted("first");
  const approved = { ...record, actor: "approve-1", approvedBy: "jdoe@ops", reason: "read 50 notes" };
  expect(await operators(approved)).toMatchObject({ status: "Approved" });
  expect(packages()).toHaveLength(1);
  expect(packages()[0]).toMatchObject({
    ModelApprovalStatus: "Approved",
    ApprovalDescription: "Generation 1. Approved by jdoe@ops: read 50 notes",
    CustomerMetadataProperties: { generation: "1", version: record.version },
    InferenceSpecification: {
      Containers: [{ ModelDataUrl: expect.stringContaining(`${record.version}/serving.tar.gz`) }],
    },
  });
});

test("a declined model is rejected, whether or not the registry knew of it", async () => {
  const declined = { by: "jdoe@ops", reason: "misses medications" };
  for (const name of ["first", "second"]) {
    await judged(name);
    if (name === "first") await pipeline(name, null);
    expect(await handler({ execution: name, promotion: null, declined })).toMatchObject({
      status: "Rejected",
    });
  }
  expect(packages().map((one) => [one.ModelApprovalStatus, one.ApprovalDescription])).toEqual([
    ["Rejected", "Declined by jdoe@ops: misses medications"],
    ["Rejected", "Declined by jdoe@ops: misses medications"],
  ]);
});

test("what was rolled back from is rejected, and what is in use again is approved; forth again, too", async () => {
  await pipeline("first", await promoted("first"));
  await pipeline("second", await promoted("second"));
  const statuses = () => packages().map((one) => one.ModelApprovalStatus);
  const back = (to: number) =>
    rollback({ modelsFolder: deployment.models, to, actor: "rollback-1", reason: "finds too little" });
  expect(await operators(await back(1))).toMatchObject({ status: "Approved" });
  expect(statuses()).toEqual(["Approved", "Rejected"]);
  expect(packages()[1]).toMatchObject({
    ApprovalDescription: "Generation 3 rolled it back, by rollback-1: finds too little",
  });
  expect(packages()[0]).toMatchObject({
    ApprovalDescription: "Generation 3. In use again, by rollback-1: finds too little",
    CustomerMetadataProperties: { generation: "3" },
  });
  await operators(await back(2));
  expect(statuses()).toEqual(["Rejected", "Approved"]);
});

test("a model that was promoted by hand is approved, and the gate's verdict is told", async () => {
  const record = await promoted("first", "reject");
  await operators({ ...record, action: "forced", actor: "promote-1", reason: "labels were renamed" });
  expect(packages()[0]).toMatchObject({
    ModelApprovalStatus: "Approved",
    ApprovalDescription: "Generation 1. Promoted by hand, by promote-1: labels were renamed",
    CustomerMetadataProperties: { verdict: "reject" },
  });
});

test("what cannot be registered is refused with a reason that helps", async () => {
  const { generation, version } = await promoted("first");
  await deployment.store.remove(`champions/${version}/bundle.json`);
  expect(await failure(pipeline("first", { generation, version }))).toEqual({
    name: "RegistrationFailed",
    message: expect.stringMatching(/was promoted by an earlier release.*The next promotion can\.$/),
  });
  vi.stubEnv("REGISTRY", JSON.stringify({ stackName: "PredictiveBilling" }));
  expect(await failure(pipeline("first", { generation, version }))).toEqual({
    name: "TaskFailed",
    message: expect.stringContaining("The environment variable REGISTRY"),
  });
  vi.stubEnv("REGISTRY", JSON.stringify({ stackName: "PredictiveBilling", image: "not-an-image" }));
  const second = await promoted("second");
  expect(await failure(pipeline("second", second))).toEqual({
    name: "RegistrationFailed",
    message: "SageMaker says ValidationException: not-an-image is no image of Amazon ECR.",
  });
  // It is told again when the cause is gone: by pbp publish, say.
  vi.stubEnv("REGISTRY", JSON.stringify({ stackName: "PredictiveBilling", image }));
  expect(await pipeline("second", second)).toMatchObject({ status: "Approved" });
  expect(packages()).toHaveLength(1);
});

test("the one to be found may lie behind a hundred others", async () => {
  await judged("first");
  await pipeline("first", null);
  for (let number = 0; number < 105; number++)
    await sagemaker.registry.answer("CreateModelPackage", {
      ModelPackageGroupName: group,
      ModelPackageDescription: `other ${number}`,
      SourceUri: "s3://elsewhere/model",
    });
  await handler({ execution: "first", promotion: null, declined: { by: "jdoe@ops", reason: "no" } });
  expect(packages()[0]).toMatchObject({ ModelApprovalStatus: "Rejected" });
  expect(packages()).toHaveLength(106);
});

test("doctor says whether the registry has the version in use, approved", async () => {
  const look = (one: PromotionRecord) =>
    examineRegistration("PredictiveBilling", "keyphrases", one, " --cloud");
  const first = await promoted("first");
  expect(await look(first)).toEqual({
    name: "Registry of keyphrases",
    state: "bad",
    found: `${group} has no approved package of generation 1 (${first.version}), which is in use.`,
    remedy: expect.stringContaining("pbp publish --model keyphrases --cloud"),
  });
  await pipeline("first", first);
  expect(await look(first)).toMatchObject({
    state: "ok",
    found: `${group} has generation 1 (${first.version}) as version 1, Approved.`,
  });
  const second = await promoted("second");
  expect(await look(second)).toMatchObject({ state: "bad" });
});

test("a rollback through the operators' machine tells the registry, and announces what it said", async () => {
  await pipeline("first", await promoted("first"));
  await pipeline("second", await promoted("second"));
  const handlers: Record<string, (event: never) => Promise<unknown>> = {
    RollbackFunctionArn: rollbackHandler,
    PublishFunctionArn: publishHandler,
    RegisterFunctionArn: handler,
  };
  const announced: { Message: string }[] = [];
  const ended = await startExecution({
    home: temporaryHome(),
    definition: fillIn(modelsDefinition, {
      ...Object.fromEntries(placeholdersOf(modelsDefinition).map((name) => [name, name])),
      Partition: "aws",
    }) as unknown as Json,
    name: "rollback-me-1",
    input: { action: "rollback", reason: "finds too little" },
    tasks: {
      "arn:aws:states:::lambda:invoke": async (args) => {
        const { FunctionName, Payload } = args as { FunctionName: string; Payload: never };
        return { Payload: (await handlers[FunctionName]!(Payload)) as Json };
      },
      "arn:aws:states:::sns:publish": async (letter) => {
        announced.push(letter as { Message: string });
        return { MessageId: "1" };
      },
    },
  });
  const said = `The Model Registry has it as version 1 of ${group}: Approved.`;
  expect(ended).toMatchObject({
    status: "SUCCEEDED",
    output: { promotion: { generation: 3 }, registration: { status: "Approved", message: said } },
  });
  expect(announced.map(({ Message }) => Message.split("\n").at(-1))).toEqual([said]);
  expect(packages().map((one) => [one.ModelApprovalStatus, one.ApprovalDescription])).toEqual([
    ["Approved", "Generation 3. In use again, by rollback-me-1: finds too little"],
    ["Rejected", "Generation 3 rolled it back, by rollback-me-1: finds too little"],
  ]);
});
