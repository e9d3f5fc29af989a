// The preflight against moto's EFS: an HTTP service that nobody here wrote.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readFileSync } from "node:fs";
import { createServer } from "node:net";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import {
  CreateAccessPointCommand,
  type CreateAccessPointCommandInput,
  CreateFileSystemCommand,
  CreateMountTargetCommand,
  EFSClient,
} from "@aws-sdk/client-efs";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test, vi } from "vitest";
import { bundleTasks } from "../../pipeline/bundle.ts";
import verdictSchema from "../../schemas/evaluation/verdict.schema.json" with { type: "json" };
import type { Verdict } from "../../schemas/types.ts";
import { type FileSystem, preflight } from "../../tasks/promote/preflight.ts";
import { handler } from "../../tasks/promote.ts";
import { writeJson } from "../../tasks/store/store.ts";
import { deploy, failure } from "../tasks/deployment.ts";
import { trained } from "./execution.ts";

const path = (file: string) => fileURLToPath(new URL(file, import.meta.url));

let efs: Awaited<ReturnType<typeof startEfs>>;
beforeAll(async () => {
  efs = await startEfs();
});
afterAll(() => efs.stop());
beforeEach(() => {
  vi.stubEnv("AWS_ENDPOINT_URL_EFS", efs.endpoint);
  vi.stubEnv("AWS_REGION", "us-east-1");
  vi.stubEnv("AWS_ACCESS_KEY_ID", "test");
  vi.stubEnv("AWS_SECRET_ACCESS_KEY", "test");
});
afterEach(() => vi.unstubAllEnvs());

async function startEfs() {
  const child = spawn(path("../../.venv/bin/python"), [path("./efs_server.py")], {
    stdio: ["pipe", "pipe", "inherit"],
  });
  const lines = createInterface(child.stdout);
  const [first] = (await once(lines, "line")) as [string];
  const { port, subnet } = JSON.parse(first) as { port: number; subnet: string };
  const endpoint = `http://127.0.0.1:${port}`;
  const credentials = { accessKeyId: "test", secretAccessKey: "test" };
  return {
    endpoint,
    subnet,
    client: new EFSClient({ endpoint, region: "us-east-1", credentials }),
    async say(line: string) {
      const done = once(lines, "line");
      child.stdin.write(`${line}\n`);
      await done;
    },
    async stop() {
      const ended = once(child, "exit");
      child.kill("SIGKILL");
      await ended;
    },
  };
}

type Wanted = {
  encrypted?: boolean;
  mountTarget?: boolean;
  accessPoint?: Partial<CreateAccessPointCommandInput>;
};

/** A file system as a deployment makes it, but for what is `wanted` otherwise. */
async function fileSystem(wanted: Wanted = {}): Promise<FileSystem & { mountTargetId: string }> {
  const { encrypted = true, mountTarget = true } = wanted;
  const { FileSystemId = "" } = await efs.client.send(new CreateFileSystemCommand({ Encrypted: encrypted }));
  const { MountTargetId = "" } = mountTarget
    ? await efs.client.send(new CreateMountTargetCommand({ FileSystemId, SubnetId: efs.subnet }))
    : {};
  const { AccessPointId = "" } = await efs.client.send(
    new CreateAccessPointCommand({
      ClientToken: FileSystemId,
      FileSystemId,
      PosixUser: { Uid: 1000, Gid: 1000 },
      RootDirectory: { Path: "/pbp" },
      ...wanted.accessPoint,
    }),
  );
  return { fileSystemId: FileSystemId, accessPointId: AccessPointId, mountTargetId: MountTargetId };
}

async function refusal(at: FileSystem): Promise<string> {
  const { name, message } = await failure(preflight(at));
  expect(name).toBe("PromotionFailed");
  expect(message).toMatch(/^Nothing was written: .+ .+\.$/);
  return message;
}

test("passes a file system as a deployment makes it", async () => {
  await preflight(await fileSystem());
});

test.each<[string, Wanted, string]>([
  ["not encrypted", { encrypted: false }, "is not encrypted"],
  ["without a mount target", { mountTarget: false }, "has no mount target"],
  ["behind an access point without a user", { accessPoint: { PosixUser: undefined } }, "has no POSIX user"],
  ["opened as a whole", { accessPoint: { RootDirectory: { Path: "/" } } }, "opens the whole file system"],
  ["opened by default", { accessPoint: { RootDirectory: undefined } }, "opens the whole file system"],
])("refuses a file system %s", async (_, wanted, problem) => {
  expect(await refusal(await fileSystem(wanted))).toContain(problem);
});

test.each(["fileSystemId", "mountTargetId", "accessPointId"] as const)(
  "refuses a %s that is being created or has an error",
  async (which) => {
    const at = await fileSystem();
    for (const state of ["creating", "error"]) {
      await efs.say(`${at[which]} ${state}`);
      const message = await refusal(at);
      expect(message).toContain(`${at[which]}`);
      expect(message).toContain(`is ${state}. Wait`);
    }
  },
);

test("refuses an access point of another file system, and one that is gone", async () => {
  const [one, other] = [await fileSystem(), await fileSystem()];
  expect(await refusal({ ...one, accessPointId: other.accessPointId })).toContain(
    `leads to ${other.fileSystemId}, not to ${one.fileSystemId}`,
  );
  expect(await refusal({ ...one, accessPointId: "fsap-00000000" })).toContain("fsap-00000000 does not exist");
  expect(await refusal({ ...one, fileSystemId: "fs-00000000" })).toContain("fs-00000000 does not exist");
});

test("says which permission is missing", async () => {
  const denying = await startEfs();
  vi.stubEnv("AWS_ENDPOINT_URL_EFS", denying.endpoint);
  try {
    await denying.say("deny DescribeFileSystems");
    expect(await refusal(await fileSystem())).toContain(
      "Allow elasticfilesystem:DescribeFileSystems for fs-",
    );
  } finally {
    await denying.stop();
  }
});

test("says that no route leads to EFS", async () => {
  const at = await fileSystem();
  // A port that was free a moment ago: nobody listens.
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as { port: number };
  server.close();
  await once(server, "close");
  vi.stubEnv("AWS_ENDPOINT_URL_EFS", `http://127.0.0.1:${port}`);
  expect(await refusal(at)).toContain("an interface endpoint for elasticfilesystem");
});

test("Promote asks before it writes anything", async () => {
  const deployment = await deploy();
  try {
    vi.stubEnv("KEEP_VERSIONS", "5");
    const { run, dataset, artifacts, champion } = await trained(deployment.store, "run-1");
    const verdictKey = "runs/run-1/verdict.json";
    const verdict = verdictSchema.examples[0] as unknown as Verdict;
    await writeJson(deployment.store, verdictKey, {
      ...verdict,
      challengerSha256: artifacts.model.sha256,
    });
    const event = { run, dataset, artifacts, champion, verdict: { verdictKey } };

    const unencrypted = await fileSystem({ encrypted: false });
    vi.stubEnv("FILE_SYSTEM", `${unencrypted.fileSystemId}/${unencrypted.accessPointId}`);
    expect((await failure(handler(event))).message).toContain("is not encrypted");
    expect(existsSync(deployment.models)).toBe(false);

    const good = await fileSystem();
    vi.stubEnv("FILE_SYSTEM", `${good.fileSystemId}/${good.accessPointId}`);
    expect(await handler(event)).toMatchObject({ generation: 1 });

    vi.stubEnv("FILE_SYSTEM", "fs-1");
    expect((await failure(handler(event))).message).toContain("FILE_SYSTEM must be none or fs-…/fsap-…");
  } finally {
    await deployment.remove();
  }
});

test("on one machine the SDK stays unloaded", async () => {
  await preflight(null);
  const bundle = (await bundleTasks()).find(({ name }) => name === "promote")!;
  const code = readFileSync(bundle.files[0]!, "utf8");
  expect(code).not.toMatch(/^import .*client-efs/m);
  expect(code).toContain('import("@aws-sdk/client-efs")');
});
