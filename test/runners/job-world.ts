import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect } from "vitest";
import { TaskError } from "../../pipeline/local/engine/task-runner.ts";
import { jobRunners } from "../../pipeline/local/jobs/job-runner.ts";
import { homeAt } from "../../pipeline/local/machine/home.ts";
import type { ObjectStore } from "../../tasks/store/store.ts";

export const python = fileURLToPath(new URL("../../.venv/bin/python", import.meta.url));

/** A home and a folder of containers, each a few lines of Python. */
export function jobWorld(folder: string) {
  const home = homeAt(join(folder, "home"));
  const containers = join(folder, "containers");
  return {
    home,
    containers,
    python,
    /** Makes containers/<name>/<name>.py; `base` is SAGEMAKER_BASE_DIR. */
    container(name: string, code: string): void {
      mkdirSync(join(containers, name), { recursive: true });
      const head =
        'import json, os, pathlib, signal, subprocess, sys, time\nbase = pathlib.Path(os.environ["SAGEMAKER_BASE_DIR"])\n';
      writeFileSync(join(containers, name, `${name}.py`), head + code);
    },
    runners(store: ObjectStore, options: { python?: string; graceSeconds?: number } = {}) {
      return jobRunners({
        home,
        store,
        bucket: "pbp-local",
        python,
        containers,
        graceSeconds: 5,
        ...options,
      });
    },
  };
}

export function trainingRequest(name: string, image: string, more: object = {}): Record<string, unknown> {
  const channel = (ChannelName: string, key: string) => ({
    ChannelName,
    InputMode: "File",
    DataSource: { S3DataSource: { S3DataType: "S3Prefix", S3Uri: `s3://pbp-local/${key}` } },
  });
  return {
    TrainingJobName: name,
    RoleArn: "arn:aws:iam::000000000000:role/train",
    AlgorithmSpecification: { TrainingImage: `pbp-local/${image}`, TrainingInputMode: "File" },
    InputDataConfig: [channel("train", "data/train.jsonl"), channel("model", "data/model")],
    OutputDataConfig: { S3OutputPath: "s3://pbp-local/runs/r/model/" },
    CheckpointConfig: { S3Uri: `s3://pbp-local/checkpoints/${image}/` },
    ResourceConfig: { InstanceCount: 1, InstanceType: "local", VolumeSizeInGB: 1 },
    StoppingCondition: { MaxRuntimeInSeconds: 60 },
    ...more,
  };
}

export function processingRequest(name: string, image: string, more: object = {}): Record<string, unknown> {
  return {
    ProcessingJobName: name,
    RoleArn: "arn:aws:iam::000000000000:role/embed",
    AppSpecification: { ImageUri: `pbp-local/${image}:1` },
    ProcessingInputs: [
      {
        InputName: "train",
        S3Input: {
          S3Uri: "s3://pbp-local/data/train.jsonl",
          LocalPath: "/opt/ml/processing/input/train",
          S3DataType: "S3Prefix",
          S3InputMode: "File",
        },
      },
    ],
    ProcessingOutputConfig: {
      Outputs: [
        {
          OutputName: "result",
          S3Output: {
            S3Uri: "s3://pbp-local/runs/r/result/",
            LocalPath: "/opt/ml/processing/output/result",
            S3UploadMode: "EndOfJob",
          },
        },
      ],
    },
    ProcessingResources: {
      ClusterConfig: { InstanceCount: 1, InstanceType: "local", VolumeSizeInGB: 1 },
    },
    StoppingCondition: { MaxRuntimeInSeconds: 60 },
    ...more,
  };
}

/** The Describe…Job answer inside the States.TaskFailed that `promise` must end with. */
export async function failed(promise: Promise<unknown>): Promise<Record<string, unknown>> {
  const error = await promise.then(
    () => null,
    (thrown: unknown) => thrown,
  );
  expect(error).toBeInstanceOf(TaskError);
  expect((error as TaskError).error).toBe("States.TaskFailed");
  return JSON.parse((error as TaskError).cause) as Record<string, unknown>;
}
