import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, openSync, readFileSync, symlinkSync } from "node:fs";
import { delimiter, join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../../", import.meta.url));
const python = join(root, ".venv", "emulator", "bin", "python");
const script = fileURLToPath(new URL("./server.py", import.meta.url));

export const account = "000000000000";
export const region = "us-east-1";

export type Emulator = {
  endpoint: string;
  /** Sends the SDK of this process, or of a child, to the emulator. */
  environment: Record<string, string>;
  /** The same for a client of the SDK in this process. */
  client: { endpoint: string; region: string; credentials: { accessKeyId: string; secretAccessKey: string } };
  stop(): Promise<void>;
};

/** What ministack is set up with; every value is text. */
export type EmulatorSettings = {
  /** Times waits and retries: `0` skips them. */
  SFN_WAIT_SCALE?: string;
  /** `true`: every request needs permission, and functions run under their roles; the test itself is the root user. */
  AUTH?: string;
};

/**
 * Starts ministack without any state, as a process of its own; `folder` is its temporary folder. Its functions are
 * child processes of this Node, and find the SDK where Lambda's runtime has it: beside themselves.
 */
export async function startEmulator(folder: string, settings: EmulatorSettings = {}): Promise<Emulator> {
  const temporary = join(folder, "emulator");
  mkdirSync(temporary, { recursive: true });
  symlinkSync(join(root, "node_modules"), join(temporary, "node_modules"), "dir");
  const keys = { AWS_REGION: region, AWS_ACCESS_KEY_ID: "test", AWS_SECRET_ACCESS_KEY: "test" };
  const log = join(temporary, "log");
  const child = spawn(python, [script], {
    cwd: temporary,
    env: {
      PATH: [join(root, "node_modules", ".bin"), process.env.PATH].join(delimiter),
      TMPDIR: temporary,
      HOME: temporary,
      LOG_LEVEL: "ERROR",
      MINISTACK_REGION: region,
      MINISTACK_ACCOUNT_ID: account,
      ...keys,
      ...settings,
    },
    stdio: ["pipe", "pipe", openSync(log, "a")],
  });
  const exit = once(child, "exit");
  const [port] = (await Promise.race([
    once(createInterface(child.stdout!), "line"),
    exit.then(([code]) => {
      throw new Error(
        `The emulator ended with ${code} before it listened. Is it set up (npm run setup)?\n${readFileSync(log, "utf8")}`,
      );
    }),
  ])) as [string];
  const endpoint = `http://127.0.0.1:${port}`;
  return {
    endpoint,
    environment: { AWS_ENDPOINT_URL: endpoint, ...keys },
    client: { endpoint, region, credentials: { accessKeyId: "test", secretAccessKey: "test" } },
    async stop() {
      child.kill("SIGKILL");
      await exit;
    },
  };
}
