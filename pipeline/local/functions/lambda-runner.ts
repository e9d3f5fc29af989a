import { randomUUID } from "node:crypto";
import { open } from "node:fs/promises";
import { join } from "node:path";
import { bundlesFolder } from "../../bundle.ts";
import { type FunctionSettings, functions } from "../../functions.ts";
import { TaskError, type TaskRunner } from "../engine/task-runner.ts";
import { ensureFolder } from "../machine/durable.ts";
import type { Home } from "../machine/home.ts";
import { REGION } from "../machine/identity.ts";
import { isRecord } from "../machine/shape.ts";
import { runInHost } from "./lambda-process.ts";

// Lambda's and Step Functions' own limits.
const invocationPayloadBytes = 6 * 1024 * 1024;
const statePayloadBytes = 262_144;

export type LambdaOptions = {
  /** lambda-host's bundle, see bundleLambdaHost. */
  host: string;
  /** Its `logs`, one file a function, are CloudWatch's counterpart; its `temporary` is the functions' /tmp. */
  home: Home;
  /** Values of the variables that the table of functions hands out. */
  variables: Readonly<Record<string, string>>;
  /** Folder of <name>/index.mjs. */
  bundles?: string;
  functions?: Readonly<Record<string, FunctionSettings>>;
};

/** Invokes a function by name and gives its answer; throws {@link TaskError}, or the reason of `signal`. */
export type Invoke = (
  name: string,
  payload: unknown,
  options?: {
    signal?: AbortSignal;
    /** On top of what the table hands out: an endpoint that exists only while this engine runs. */
    extraVariables?: Readonly<Record<string, string>>;
  },
) => Promise<unknown>;

/**
 * Lambda's counterpart: each invocation runs the deployed bundle in its own process, with the function's time,
 * memory and variables and nothing else of ours. Failures carry the names and texts that Step Functions would report:
 * the error's own name, Sandbox.Timedout, Runtime.OutOfMemory, Runtime.ExitError, Lambda.ResourceNotFoundException.
 */
export function lambda(options: LambdaOptions): Invoke {
  const table = options.functions ?? functions;
  return async (name, payload, { signal, extraVariables } = {}) => {
    const settings = table[name];
    if (!settings) throw new TaskError("Lambda.ResourceNotFoundException", `Function not found: ${name}`);
    const event = JSON.stringify(payload ?? {});
    if (Buffer.byteLength(event) > invocationPayloadBytes)
      throw new TaskError(
        "Lambda.RequestTooLargeException",
        `${Buffer.byteLength(event)} byte payload is too large for the RequestResponse invocation type (limit ${invocationPayloadBytes} bytes)`,
      );
    const requestId = randomUUID();
    const { logs, temporary } = options.home;
    await ensureFolder(logs);
    await ensureFolder(temporary);
    const log = await open(join(logs, `${name}.log`), "a");
    try {
      await log.write(`START RequestId: ${requestId}\n`);
      const started = performance.now();
      const outcome = await runInHost({
        host: options.host,
        bundle: join(options.bundles ?? bundlesFolder, name, "index.mjs"),
        event,
        requestId,
        name,
        settings,
        environment: {
          ...environmentOf(name, settings, options.variables),
          // Not the machine's, which may be memory: a large export fills gigabytes of it.
          TMPDIR: temporary,
          ...extraVariables,
        },
        log: log.fd,
        signal,
      });
      const { error, maxMemoryBytes } = outcome;
      const memory = maxMemoryBytes ? ` Max Memory Used: ${Math.ceil(maxMemoryBytes / 1e6)} MB` : "";
      await log.write(
        `REPORT RequestId: ${requestId} Duration: ${Math.round(performance.now() - started)} ms Memory Size: ${settings.memoryMegabytes} MB${memory}${error ? ` Error: ${error.errorType}` : ""}\n`,
      );
      signal?.throwIfAborted();
      if (error) throw new TaskError(error.errorType, JSON.stringify(error));
      return answer(outcome.json);
    } finally {
      await log.close();
    }
  };
}

/** The runner of `arn:aws:states:::lambda:invoke`. */
export function lambdaRunner(invoke: Invoke): TaskRunner {
  return async (args, { signal }) => {
    if (!isRecord(args) || typeof args.FunctionName !== "string")
      throw new TaskError("States.Runtime", "lambda:invoke needs Arguments with a FunctionName.");
    const payload = await invoke(functionName(args.FunctionName), args.Payload, { signal });
    if (Buffer.byteLength(JSON.stringify(payload)) > statePayloadBytes)
      throw new TaskError(
        "States.DataLimitExceeded",
        `The state/task 'lambda:invoke' returned a result with a size exceeding the maximum number of bytes service limit.`,
      );
    return { ExecutedVersion: "$LATEST", Payload: payload, StatusCode: 200 };
  };
}

/** `arn:aws:lambda:<region>:<account>:function:<name>[:<version>]`, or the bare name. */
function functionName(reference: string): string {
  return /^arn:[^:]+:lambda:[^:]*:[^:]*:function:([^:]+)/.exec(reference)?.[1] ?? reference;
}

function answer(json: string | undefined): unknown {
  if (json === undefined) return null;
  if (Buffer.byteLength(json) > invocationPayloadBytes)
    throw new TaskError(
      "Function.ResponseSizeTooLarge",
      JSON.stringify({
        errorType: "Function.ResponseSizeTooLarge",
        errorMessage: `Response payload size exceeded maximum allowed payload size (${invocationPayloadBytes} bytes).`,
      }),
    );
  return JSON.parse(json);
}

/** What Lambda sets, as far as a function may look at it, and the function's own variables. Nothing of the caller's. */
function environmentOf(
  name: string,
  settings: FunctionSettings,
  variables: Readonly<Record<string, string>>,
): Record<string, string> {
  const environment: Record<string, string> = {
    AWS_LAMBDA_FUNCTION_NAME: name,
    AWS_LAMBDA_FUNCTION_MEMORY_SIZE: String(settings.memoryMegabytes),
    AWS_LAMBDA_FUNCTION_VERSION: "$LATEST",
    AWS_EXECUTION_ENV: "AWS_Lambda_nodejs24.x",
    AWS_REGION: REGION,
    AWS_DEFAULT_REGION: REGION,
    // Without it the SDK asks the address of EC2's metadata for credentials, and waits.
    AWS_EC2_METADATA_DISABLED: "true",
    LANG: "en_US.UTF-8",
    PATH: "/usr/local/bin:/usr/bin:/bin",
    TZ: ":UTC",
  };
  for (const variable of settings.variables) {
    const value = variables[variable];
    if (value === undefined) throw new Error(`The function ${name} needs a value for ${variable}.`);
    environment[variable] = value;
  }
  return environment;
}
