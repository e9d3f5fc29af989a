// What npm run deploy does before and after `cdk deploy`, on the wire of CloudFormation, ECR and Lambda. The emulator answers
// the same in test/emulator/pipeline.test.ts.
import { execFile } from "node:child_process";
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, describe, expect, test } from "vitest";

const script = fileURLToPath(new URL("../../scripts/deploy.ts", import.meta.url));
type Account = {
  status: string | null;
  isProtected?: boolean;
  tag?: string;
  images: string[];
  /** What Lambda has left for functions without a reservation; null: whoever asks may not know. */
  concurrency?: number | null;
};

let folder: string;
let account: Account;
let asked: string[];
let server: ReturnType<typeof createServer>;
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "pbp-deploy-"));
  asked = [];
  server = createServer(async (request, response) => {
    const body = await text(request);
    if (request.url?.endsWith("/account-settings")) {
      asked.push("GetAccountSettings");
      const { concurrency = 1000 } = account;
      response.setHeader("content-type", "application/json");
      if (concurrency === null) {
        response.writeHead(403, { "x-amzn-errortype": "AccessDeniedException" });
        response.end("{}");
      } else response.end(JSON.stringify({ AccountLimit: { UnreservedConcurrentExecutions: concurrency } }));
      return;
    }
    const target = String(request.headers["x-amz-target"] ?? new URLSearchParams(body).get("Action"));
    asked.push(target.replace(/^.*\./, ""));
    if (target.endsWith("DescribeImages")) {
      const { repositoryName, imageIds } = JSON.parse(body) as {
        repositoryName: string;
        imageIds: { imageTag: string }[];
      };
      const isThere = account.images.includes(`${repositoryName}:${imageIds[0]!.imageTag}`);
      response.writeHead(isThere ? 200 : 400, { "content-type": "application/x-amz-json-1.1" });
      response.end(JSON.stringify(isThere ? { imageDetails: [{}] } : { __type: "ImageNotFoundException" }));
      return;
    }
    response.setHeader("content-type", "text/xml");
    if (target === "UpdateTerminationProtection") account.isProtected = true;
    const tag = `<member><ParameterKey>ImageTag</ParameterKey><ParameterValue>${account.tag}</ParameterValue></member>`;
    const outputs = ["PreprocessJob", "Embed", "Train", "Evaluate"]
      .map((job) => `<member><OutputKey>${job}RepositoryUri</OutputKey></member>`)
      .join("");
    if (target === "DescribeStacks" && account.status === null) {
      response.statusCode = 400;
      response.end(
        "<ErrorResponse><Error><Code>ValidationError</Code><Message>Stack with id PredictiveBilling does not exist</Message></Error></ErrorResponse>",
      );
    } else
      response.end(
        `<${target}Response><${target}Result><Stacks><member><StackName>PredictiveBilling</StackName><CreationTime>2026-11-26T12:00:00Z</CreationTime><StackStatus>${account.status}</StackStatus><EnableTerminationProtection>${account.isProtected ?? false}</EnableTerminationProtection><Parameters>${account.tag ? tag : ""}</Parameters><Outputs>${outputs}</Outputs></member></Stacks></${target}Result></${target}Response>`,
      );
  });
  await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
});
afterEach(() => {
  server.close();
  server.closeAllConnections();
  rmSync(folder, { recursive: true });
});

const allImages = (tag: string) =>
  ["functions", "embed", "train", "evaluate"].map((name) => `predictivebilling/${name}:${tag}`);

/** Runs the script. Of `cdk`, which needs an account, only the call is seen; it makes the stack, or fails. */
async function deploy(options: string[], cdk: { endsAs?: string } = {}) {
  const address = server.address();
  const port = typeof address === "object" && address ? address.port : 0;
  const called = join(folder, "called.json");
  const stand = join(folder, "cdk");
  const code = cdk.endsAs === "CREATE_COMPLETE" || cdk.endsAs === "UPDATE_COMPLETE" ? 0 : 1;
  writeFileSync(
    stand,
    `#!${process.execPath}\nrequire("node:fs").writeFileSync(${JSON.stringify(called)}, JSON.stringify(process.argv.slice(2)));process.exit(${code});\n`,
  );
  chmodSync(stand, 0o755);
  const env = {
    PATH: [folder, process.env.PATH].join(delimiter),
    AWS_ENDPOINT_URL: `http://127.0.0.1:${port}`,
    AWS_REGION: "us-east-1",
    AWS_ACCESS_KEY_ID: "test",
    AWS_SECRET_ACCESS_KEY: "test",
  };
  const ended = new Promise<{ exitCode: number; output: string }>((resolve) => {
    const child = execFile(process.execPath, [script, ...options], { env }, (_, stdout, stderr) =>
      resolve({ exitCode: child.exitCode ?? 1, output: stdout + stderr }),
    );
  });
  // The stack is as cdk left it by the time that the script looks again.
  server.prependListener("request", () => {
    if (cdk.endsAs && existsSync(called)) account.status = cdk.endsAs;
  });
  const { exitCode, output } = await ended;
  const call = existsSync(called) ? (JSON.parse(readFileSync(called, "utf8")) as string[]) : null;
  return { exitCode, output, call };
}

describe("the first deployment", () => {
  test("is not protected before it stands, and is afterwards", async () => {
    account = { status: null, images: [] };
    const { exitCode, output, call } = await deploy([], { endsAs: "CREATE_COMPLETE" });
    expect(output).toContain("First deployment of PredictiveBilling");
    expect(output).toContain("under the tag initial, jobs cannot run: docs/deployment.md#images");
    expect(call).toEqual(["deploy", "--context", "firstDeployment=true"]);
    expect({ exitCode, isProtected: account.isProtected }).toEqual({ exitCode: 0, isProtected: true });
  });

  test("of a trial stays unprotected", async () => {
    account = { status: null, images: [] };
    const { exitCode } = await deploy(["--context", 'pbp={"keepData":false}'], { endsAs: "CREATE_COMPLETE" });
    expect({ exitCode, asked }).toEqual({ exitCode: 0, asked: ["DescribeStacks", "GetAccountSettings"] });
  });

  // Lambda Developer Guide, "Configuring reserved concurrency": all but 100 of the account's unreserved concurrency.
  // https://docs.aws.amazon.com/lambda/latest/dg/configuration-concurrency.html
  test("does not begin in an account that cannot reserve what Promote needs", async () => {
    for (const concurrency of [10, 100]) {
      account = { status: null, images: [], concurrency };
      const { exitCode, output, call } = await deploy([]);
      expect({ exitCode, call }).toEqual({ exitCode: 1, call: null });
      expect(output).toContain(`may run ${concurrency} functions at a time`);
      expect(output).toContain("docs/deployment.md#quotas");
    }
    for (const concurrency of [101, null]) {
      account = { status: null, images: [], concurrency };
      const { exitCode, call } = await deploy([], { endsAs: "CREATE_COMPLETE" });
      expect({ exitCode, call }).toEqual({ exitCode: 0, call: expect.arrayContaining(["deploy"]) });
      rmSync(join(folder, "called.json"));
    }
    // 1 of Promote, 5 and 20 of the two behind addresses.
    account = { status: null, images: [], concurrency: 125 };
    const { output } = await deploy([
      "--context",
      'pbp={"dashboardRoleArn":"arn:aws:iam::123456789012:role/d","serving":{"mode":"serverless","memoryMegabytes":2048,"maxConcurrency":5,"callerRoleArn":"arn:aws:iam::123456789012:role/w"}}',
    ]);
    expect(output).toContain("The stack reserves 26");
  });

  test("that failed says where to read on, and is not protected", async () => {
    account = { status: null, images: [] };
    const { exitCode, output } = await deploy([], { endsAs: "ROLLBACK_COMPLETE" });
    expect(output).toContain("docs/deployment.md#the-first-deployment-failed");
    expect({ exitCode, isProtected: account.isProtected }).toEqual({ exitCode: 1, isProtected: undefined });
  });

  test("is tried again as the first one; of a protected wreck it says how to get rid", async () => {
    account = { status: "ROLLBACK_COMPLETE", images: [] };
    expect((await deploy([], { endsAs: "CREATE_COMPLETE" })).call).toContain("firstDeployment=true");
    account = { status: "ROLLBACK_COMPLETE", isProtected: true, images: [] };
    rmSync(join(folder, "called.json"));
    const { exitCode, output, call } = await deploy([]);
    expect({ exitCode, call }).toEqual({ exitCode: 1, call: null });
    expect(output).toContain(
      "update-termination-protection --no-enable-termination-protection --stack-name PredictiveBilling",
    );
  });
});

describe("a later deployment", () => {
  test("by hand leaves the images as they are", async () => {
    account = { status: "UPDATE_COMPLETE", tag: "abc123", images: allImages("abc123") };
    const { exitCode, output, call } = await deploy(["--require-approval", "never"], {
      endsAs: "UPDATE_COMPLETE",
    });
    expect({ exitCode, call }).toEqual({ exitCode: 0, call: ["deploy", "--require-approval", "never"] });
    expect(output).toContain("Images: abc123.");
  });

  test("takes other images once all are there, and stops before cdk if one is not", async () => {
    account = {
      status: "CREATE_COMPLETE",
      tag: "abc123",
      images: [...allImages("abc123"), ...allImages("def456")],
    };
    const { call } = await deploy(["--image-tag", "def456"], { endsAs: "UPDATE_COMPLETE" });
    expect(call).toEqual(["deploy", "--parameters", "ImageTag=def456"]);
    rmSync(join(folder, "called.json"));
    account.images.pop();
    const refused = await deploy(["--image-tag", "def456"]);
    expect({ exitCode: refused.exitCode, call: refused.call }).toEqual({ exitCode: 1, call: null });
    expect(refused.output).toContain("No image with the tag def456 in predictivebilling/evaluate");
    expect(refused.output).toContain("The images in use are abc123.");
  });

  test("says before it starts that the images in use are not there", async () => {
    account = { status: "CREATE_COMPLETE", tag: "initial", images: [] };
    const { output } = await deploy([], { endsAs: "UPDATE_COMPLETE" });
    expect(output).toContain(
      "No image with the tag initial in predictivebilling/functions, predictivebilling/embed, predictivebilling/train, predictivebilling/evaluate",
    );
    expect(output).toContain("Jobs cannot run until it is there.");
  });

  test("waits for one that is at work", async () => {
    account = { status: "UPDATE_IN_PROGRESS", images: [] };
    const { exitCode, output, call } = await deploy([]);
    expect({ exitCode, call }).toEqual({ exitCode: 1, call: null });
    expect(output).toContain("at work (UPDATE_IN_PROGRESS)");
  });
});

test("an option without its value is said in one line", async () => {
  account = { status: null, images: [] };
  const { exitCode, output } = await deploy(["--image-tag", "--verbose"]);
  expect({ exitCode, output, asked }).toEqual({
    exitCode: 1,
    output: "--image-tag must be followed by the tag of the images, a commit for instance.\n",
    asked: [],
  });
});
