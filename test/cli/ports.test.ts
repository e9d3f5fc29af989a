// A port that somebody has: each command that listens says so, and what to type.
import { once } from "node:events";
import { mkdirSync } from "node:fs";
import { type AddressInfo, createServer } from "node:net";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { openWorkplace } from "../e2e/helpers.ts";
import { pbp } from "./helpers.ts";

const workplace = openWorkplace();
const somebody = createServer();
let port: number;
let home: string;
beforeAll(async () => {
  home = await workplace.makeHome("ports");
  mkdirSync(join(workplace.folder, "models"));
  somebody.listen(0, "127.0.0.1");
  await once(somebody, "listening");
  ({ port } = somebody.address() as AddressInfo);
});
afterAll(() => {
  somebody.close();
  workplace.clean();
});

test.each<[string, () => string[], () => string]>([
  [
    "console",
    () => ["--home", home],
    () =>
      `PortTaken: Port ${port} of 127.0.0.1 cannot be taken (EADDRINUSE): another console, perhaps. Choose another: pbp console --port N`,
  ],
  [
    "receive",
    () => ["--home", home, "--base-model", "tiny"],
    () =>
      `PortTaken: Port ${port} of 127.0.0.1 cannot be taken (EADDRINUSE). Choose another: pbp receive --port N`,
  ],
  // The service's own words: it is a program of its own.
  [
    "serve",
    () => ["--models", join(workplace.folder, "models")],
    () =>
      `Port ${port} of 127.0.0.1 cannot be taken (Address already in use). Choose another one: pbp serve --port N`,
  ],
])("pbp %s says which port is taken", async (command, options, said) => {
  const { code, stderr } = await pbp(command, "--port", String(port), ...options());
  expect(stderr).toContain(said());
  expect(code).toBe(1);
});
