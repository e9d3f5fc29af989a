// The folder of what test files share (shared.ts), for one run of vitest.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { TestProject } from "vitest/node";

declare module "vitest" {
  interface ProvidedContext {
    shared: string;
  }
}

const folder = mkdtempSync(join(tmpdir(), "pbp-shared-"));

export function setup({ provide }: TestProject): void {
  provide("shared", folder);
}

export function teardown(): void {
  rmSync(folder, { recursive: true, force: true });
}
