import { createRequire } from "node:module";
import jsonata from "jsonata";
import { expect, test } from "vitest";
import { functions } from "../../pipeline/functions.ts";
import commonSchema from "../../schemas/common.schema.json" with { type: "json" };
import type { Retrier, State, StateMachine, TaskState } from "../../states/asl.ts";
import { definition } from "../../states/definition.ts";
import { limits } from "../../states/limits.ts";
import { modelsDefinition } from "../../states/models.ts";
import { fillIn, placeholdersOf, valuesFor } from "../../states/placeholders.ts";
import { lint } from "./lint.ts";

// Both are CommonJS without usable types for ES modules.
const require = createRequire(import.meta.url);
const aslValidator = require("asl-validator") as (definition: object) => {
  isValid: boolean;
  errors: object[];
};
interface TextDocument {
  uri: string;
}
const { getLanguageService, TextDocument } = require("amazon-states-language-service") as {
  TextDocument: { create(uri: string, language: string, version: number, content: string): TextDocument };
  getLanguageService(options: object): {
    parseJSONDocument(document: TextDocument): object;
    doValidation(document: TextDocument, parsed: object): Promise<{ message: string }[]>;
  };
};

const values = Object.fromEntries(
  [...placeholdersOf(definition), ...placeholdersOf(modelsDefinition)].map((name) => [
    name,
    name === "Partition"
      ? "aws"
      : name.endsWith("Arn")
        ? `arn:aws:lambda:eu-west-1:111122223333:function:${name}`
        : name.toLowerCase(),
  ]),
);

async function languageService(machine: object): Promise<string[]> {
  const document = TextDocument.create(
    "file:///definition.asl.json",
    "json",
    1,
    JSON.stringify(machine, null, 2),
  );
  const service = getLanguageService({});
  return (await service.doValidation(document, service.parseJSONDocument(document))).map(
    ({ message }) => message,
  );
}

test("the definition is the golden one: a reviewer sees every change of it", async () => {
  await expect(`${JSON.stringify(definition, null, 2)}\n`).toMatchFileSnapshot("golden/definition.asl.json");
  await expect(`${JSON.stringify(modelsDefinition, null, 2)}\n`).toMatchFileSnapshot(
    "golden/models.asl.json",
  );
});

test.each([
  ["the pipeline", definition],
  ["the operators' machine", modelsDefinition],
])("two independent validators and our lint find nothing: %s", async (_, placeholders) => {
  const machine = fillIn(placeholders, values);
  expect(aslValidator(machine).errors).toEqual([]);
  expect(await languageService(machine)).toEqual([]);
  expect(lint(machine)).toEqual([]);
});

test("of an engine's values a machine takes those that it names, and a missing one is refused by name", () => {
  expect(valuesFor(modelsDefinition, values)).toEqual({
    Partition: "aws",
    TopicArn: values.TopicArn,
    ApproveFunctionArn: values.ApproveFunctionArn,
    HistoryFunctionArn: values.HistoryFunctionArn,
    NotifyFunctionArn: values.NotifyFunctionArn,
    PredictFunctionArn: values.PredictFunctionArn,
    PublishFunctionArn: values.PublishFunctionArn,
    RegisterFunctionArn: values.RegisterFunctionArn,
    RollbackFunctionArn: values.RollbackFunctionArn,
    ForcePromotionFunctionArn: values.ForcePromotionFunctionArn,
    SetTrafficFunctionArn: values.SetTrafficFunctionArn,
    SetPolicyFunctionArn: values.SetPolicyFunctionArn,
  });
  const { TopicArn, ...rest } = values;
  expect(() => fillIn(definition, rest)).toThrow("${TopicArn}");
});

test("a value with quotes cannot break out of its string", () => {
  const machine = fillIn(definition, { ...values, TopicArn: 'a"b\\c' });
  expect(JSON.stringify(machine)).toContain('a\\"b\\\\c');
});

test("a job's own limit ends before its state's, and all states fit into the machine's", () => {
  // MaxWaitTimeInSeconds must be at least MaxRuntimeInSeconds, else the request is refused.
  // Source: SageMaker API reference, StoppingCondition
  // https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_StoppingCondition.html
  expect(limits.spotRuntime.value).toBeLessThanOrEqual(limits.spotWait.value);
  // A spot job that never starts holds the execution for all of it.
  expect(limits.spotWait.value).toBeLessThanOrEqual(3 * 3600);
  expect(limits.spotWait.value).toBeLessThan(limits.jobTimeout.value);
  expect(limits.jobRuntime.value).toBeLessThan(limits.jobTimeout.value);
  expect(limits.spotWait.value + 3 * limits.jobTimeout.value).toBeLessThan(limits.machineTimeout.value);
});

/** Seconds that a retrier waits before its error ends the state; as with jitter "NONE", the default. */
function waitOf({ IntervalSeconds, MaxAttempts, BackoffRate, MaxDelaySeconds }: Retrier): number {
  const waits = Array.from({ length: MaxAttempts! }, (_, attempt) =>
    Math.min(IntervalSeconds! * BackoffRate! ** attempt, MaxDelaySeconds!),
  );
  return waits.reduce((sum, wait) => sum + wait, 0);
}

// The error's name where a function's concurrency is used up: Step Functions Developer Guide, "Best practices", "Handle
// transient Lambda service exceptions",
// https://docs.aws.amazon.com/step-functions/latest/dg/sfn-best-practices.html#bp-lambda-serviceexception
// Jitter FULL draws each wait from 0 up: AWS CDK, JitterType,
// https://docs.aws.amazon.com/cdk/api/v2/docs/aws-cdk-lib.aws_stepfunctions.JitterType.html
test("whatever changes the models waits for two promotions of the longest kind, within its machine's time", () => {
  const { Rollback, ForcePromotion, SetTraffic, Publish, Register, Announce } =
    modelsDefinition.States as Record<string, TaskState>;
  const promotion = functions.promote!.timeoutSeconds;
  for (const { Retry } of [definition.States.Promote as TaskState, Rollback!, ForcePromotion!, SetTraffic!]) {
    const [first] = Retry!.filter(({ ErrorEquals }) =>
      ErrorEquals.includes("Lambda.TooManyRequestsException"),
    );
    expect(first!.JitterStrategy ?? "NONE").toBe("NONE");
    expect(waitOf(first!)).toBeGreaterThanOrEqual(2 * promotion);
    // What comes first also counts for itself: each retrier has its own attempts.
    const waits = Retry!.map(waitOf).reduce((sum, wait) => sum + wait, 0);
    const announced = Announce!
      .Retry!.map((one) => waitOf(one) + one.MaxAttempts * Announce!.TimeoutSeconds)
      .reduce((sum, wait) => sum + wait, Announce!.TimeoutSeconds);
    const told = [Publish!, Register!]
      .flatMap(({ Retry, TimeoutSeconds }) => [...Retry!.map(waitOf), TimeoutSeconds!])
      .reduce((sum, wait) => sum + wait);
    expect(waits + Rollback!.TimeoutSeconds! + told + announced).toBeLessThan(
      modelsDefinition.TimeoutSeconds!,
    );
  }
  const rest = definition.TimeoutSeconds! - 4 * limits.jobTimeout.value;
  expect(waitOf((definition.States.Promote as TaskState).Retry![0]!) + promotion).toBeLessThan(rest);
});

// Each planted mistake is one that the public validators were seen to accept.
const mistakes: [string, (machine: Mutable) => void, string][] = [
  [
    "a variable that is not set on every way",
    (machine) => {
      machine.States.QualityGate!.Assign = {};
    },
    "Promote: $verdict is not set",
  ],
  [
    "a function AWS does not have",
    (machine) => {
      machine.States.Notify!.Output = "{% $eval('1') %}";
    },
    "Notify: $eval is not set",
  ],
  [
    "States.ALL beside another name",
    (machine) => {
      machine.States.Evaluate!.Catch![0]!.ErrorEquals = ["States.ALL", "States.Timeout"];
    },
    "States.ALL must stand alone",
  ],
  [
    "States.ALL before another catcher",
    (machine) => {
      machine.States.Promote!.Catch!.unshift({ ErrorEquals: ["States.ALL"], Next: "Notify" });
    },
    "States.ALL must be the last",
  ],
  [
    "an error name that nothing throws",
    (machine) => {
      machine.States.Promote!.Catch![0]!.ErrorEquals = ["StaleChampoin"];
    },
    "names StaleChampoin",
  ],
  [
    "a JSONPath field",
    (machine) => {
      machine.States.Notify!.ResultPath = "$.x";
    },
    "ResultPath belongs to JSONPath",
  ],
  [
    "a number without a reason",
    (machine) => {
      machine.States.Notify!.TimeoutSeconds = 61;
    },
    "TimeoutSeconds 61 has no reason",
  ],
  [
    "half an expression",
    (machine) => {
      machine.States.Notify!.Output = "{% $notice";
    },
    "half an expression",
  ],
];
interface Mutable {
  States: Record<
    string,
    State & {
      Assign?: object;
      Output?: unknown;
      ResultPath?: string;
      TimeoutSeconds?: number;
      Catch?: { ErrorEquals: string[]; Next: string }[];
    }
  >;
}

test.each(mistakes)("the lint finds %s", (_, plant, problem) => {
  const machine = fillIn(definition, values) as unknown as Mutable;
  plant(machine);
  expect(lint(machine as unknown as StateMachine).join("\n")).toContain(problem);
});

// SNS API Reference, Publish, Subject: "Must be ASCII text", "Less than 100 characters long".
// https://docs.aws.amazon.com/sns/latest/api/API_Publish.html
test("SNS takes the subject of every notice, that of a model with the longest name too", async () => {
  const name = "x".repeat(commonSchema.$defs.modelName.maxLength);
  const subject = `Promoted by hand: generation 1000 of ${name} is 001000-0123456789ab`;
  expect(subject.length).toBe(100);
  for (const machine of [definition, modelsDefinition]) {
    const { Arguments } = machine.States.Announce as TaskState & { Arguments: { Subject: string } };
    const expression = jsonata(/^\{% (.*) %\}$/.exec(Arguments.Subject)![1]!);
    const sent = await expression.evaluate({}, { notice: { subject } });
    expect(sent).toBe(subject.slice(0, 99));
  }
});
