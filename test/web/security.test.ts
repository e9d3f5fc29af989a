import { connect } from "node:net";
import { networkInterfaces } from "node:os";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { actionRoutes, uploadRoutes } from "../../pipeline/web/actions/actions.ts";
import { bytesRoutes, pageRoutes } from "../../pipeline/web/pages/pages.ts";
import { type OpenConsole, openConsole } from "./helpers.ts";

let console: OpenConsole;
beforeAll(async () => {
  console = await openConsole();
});
afterAll(() => console.close());

/** Every address that the console has, with something for its names. */
const paths = [...pageRoutes, ...bytesRoutes, ...actionRoutes, ...uploadRoutes].map(({ path }) =>
  path.replace(/:generation/, "1").replace(/:\w+\*?/g, "x"),
);
const everywhere = [
  ...new Set([...paths, "/", "/runs.json", "/style.css", "/app.js", "/events", "/nowhere"]),
];
const methods = ["GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "PATCH"];

describe("the Host header", () => {
  it.each([
    "evil.example",
    "127.0.0.1",
    "localhost",
    "127.0.0.1:1",
    "localhost:80",
    "[::1]",
    "127.0.0.2:PORT",
    "localhost.:PORT",
    "evil.example:PORT",
    "127.0.0.1:PORT.evil.example",
    "",
  ])("%j is refused for every method and path, whatever else is right", async (name) => {
    const host = name.replace("PORT", String(console.served.port));
    for (const path of everywhere)
      for (const method of methods) {
        const { status, headers } = await console.ask(path, {
          method,
          setHost: false,
          headers: {
            host,
            cookie: console.cookie,
            origin: `http://${host}`,
            "sec-fetch-site": "same-origin",
          },
        });
        expect([method, path, status]).toEqual([method, path, 421]);
        expect(headers["set-cookie"]).toBeUndefined();
      }
  });

  it("is needed, and once", async () => {
    expect((await console.ask("/", { setHost: false })).status).toBe(421);
    const twice = await raw(
      `GET / HTTP/1.1\r\nHost: ${console.host}\r\nHost: evil.example\r\nConnection: close\r\n\r\n`,
    );
    expect(twice).toMatch(/^HTTP\/1\.1 4(00|21) /);
  });

  it.each(["127.0.0.1", "localhost", "[::1]"])("may say %s with the port", async (name) => {
    const { status } = await console.ask("/", {
      setHost: false,
      headers: { host: `${name}:${console.served.port}`, cookie: console.cookie },
    });
    expect(status).toBe(200);
  });

  it("cannot be got around by a request line with an address", async () => {
    const answer = await raw(
      `GET http://evil.example/ HTTP/1.1\r\nHost: ${console.host}\r\nCookie: ${console.cookie}\r\nConnection: close\r\n\r\n`,
    );
    expect(answer).toMatch(/^HTTP\/1\.1 400 /);
  });
});

describe("the session", () => {
  it("is needed for everything", async () => {
    for (const path of everywhere)
      for (const cookie of [
        "",
        "pbp-console=x",
        `${console.cookie.split("=")[0]}=guessed`,
        `${console.cookie}x`,
      ]) {
        const { status, text } = await console.ask(path, { headers: { cookie } });
        expect([path, cookie, status]).toEqual([path, cookie, 401]);
        expect(text).not.toContain(console.folder);
      }
  });

  it("begins with the token of the link, which leaves the address at once", async () => {
    const { status, headers } = await console.ask(`/runs?status=FAILED&token=${console.token}`);
    expect(status).toBe(303);
    expect(headers.location).toBe("/runs?status=FAILED");
    expect(headers["set-cookie"]![0]).toMatch(
      new RegExp(`^pbp-console-${console.served.port}=[\\w-]{43}; HttpOnly; SameSite=Strict; Path=/$`),
    );
    // 256 bits, none of which is in the cookie.
    expect(Buffer.from(console.token, "base64url")).toHaveLength(32);
    expect(headers["set-cookie"]![0]).not.toContain(console.token);
  });

  it.each(["", "x", "a".repeat(43)])("does not begin with %j", async (token) => {
    const { status, headers } = await console.ask(`/?token=${token}`, {
      headers: { cookie: console.cookie },
    });
    expect(status).toBe(403);
    expect(headers["set-cookie"]).toBeUndefined();
  });

  it.each(["//evil.example/", "/.//evil.example/", "/\\evil.example/"])(
    "does not lead to %s",
    async (path) => {
      const { headers } = await console.ask(`${path}?token=${console.token}`);
      expect(headers.location).toMatch(/^\/(?![/\\])/);
    },
  );
});

describe("another site", () => {
  it.each(["cross-site", "same-site", "nonsense"])("cannot load a page (%s)", async (site) => {
    for (const path of everywhere)
      expect((await console.look(path, { "sec-fetch-site": site })).status).toBe(403);
  });

  it.each(["none", "same-origin"])("is told from a person by Sec-Fetch-Site (%s)", async (site) => {
    expect((await console.look("/", { "sec-fetch-site": site })).status).toBe(200);
  });

  it("cannot send a form", async () => {
    const fields = { formToken: await formToken(), reason: "x", confirm: "yes" };
    for (const { path } of actionRoutes)
      for (const origin of [
        "http://evil.example",
        "null",
        "http://127.0.0.1:1",
        `https://${console.host}`,
        "",
      ])
        expect([path, origin, (await console.send(path, fields, { origin })).status]).toEqual([
          path,
          origin,
          403,
        ]);
  });

  it("cannot send one without an Origin, or with another name of this machine", async () => {
    const [action] = actionRoutes;
    const { cookie } = console;
    const headers = { cookie, "content-type": "application/x-www-form-urlencoded" };
    expect((await console.ask(action!.path, { method: "POST", headers, body: "confirm=yes" })).status).toBe(
      403,
    );
    const origin = `http://localhost:${console.served.port}`;
    expect((await console.send(action!.path, {}, { origin })).status).toBe(403);
  });

  it("cannot frame, embed, or learn where one came from", async () => {
    for (const path of everywhere) {
      const { headers } = await console.look(path === "/events" ? "/nowhere" : path);
      expect(headers["content-security-policy"]).toBe(
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
      );
      expect(headers["cross-origin-opener-policy"]).toBe("same-origin");
      expect(headers["cross-origin-resource-policy"]).toBe("same-origin");
      expect(headers["referrer-policy"]).toBe("same-origin");
      expect(headers["x-content-type-options"]).toBe("nosniff");
      expect(headers["cache-control"]).toBe("no-store");
      expect(headers["access-control-allow-origin"]).toBeUndefined();
    }
  });
});

describe("a form", () => {
  it("needs the token of its session", async () => {
    for (const { path } of actionRoutes)
      for (const token of ["", "x", "a".repeat(43)]) {
        const { status, text } = await console.send(path, { formToken: token, reason: "x", confirm: "yes" });
        expect([path, status]).toEqual([path, 403]);
        expect(text).toContain("earlier session");
      }
  });

  it("of one session is not taken in another", async () => {
    const other = await console.ask(`/?token=${console.token}`);
    const cookie = other.headers["set-cookie"]![0]!.split(";")[0]!;
    const { status } = await console.send(
      actionRoutes[0]!.path,
      { formToken: await formToken() },
      { cookie },
    );
    expect(status).toBe(403);
  });

  it("is refused when it is too long, or of another type", async () => {
    const path = actionRoutes[0]!.path;
    expect((await console.send(path, { reason: "x".repeat(20_000) })).status).toBe(400);
    expect((await console.send(path, {}, { "content-type": "text/plain" })).status).toBe(400);
    expect((await console.send(path, {}, { "content-type": "application/json" })).status).toBe(400);
  });

  it("is nothing that a GET can do", async () => {
    for (const { path } of [...actionRoutes, ...uploadRoutes])
      expect([path, (await console.look(`${path}?confirm=yes&reason=x`)).status]).toEqual([path, 404]);
  });
});

describe("a path", () => {
  it.each([
    "/runs/..%2f..%2fetc%2fpasswd",
    "/runs/../../../etc/passwd",
    "/runs/%2e%2e/files",
    "/runs/x%00/files",
    "/runs/%ff",
    "/%c0%ae%c0%ae/",
    "/runs/x/file/..%2f..%2f..%2fetc%2fpasswd",
    "/runs/x/file/../../../../etc/passwd",
    "/exports/one?key=..%2f..%2fetc%2fpasswd",
    "/models/..%2f..%2fx",
    "/models/registered/1",
    "/__proto__",
    "/constructor.json",
  ])("%s leads nowhere", async (path) => {
    const { status, text } = await console.look(path);
    expect([400, 404]).toContain(status);
    expect(text).not.toContain("root:");
    expect(console.faults).toEqual([]);
  });
});

it("listens on the loopback address alone", async () => {
  const others = Object.values(networkInterfaces())
    .flatMap((one) => one ?? [])
    .filter(({ internal, family }) => !internal && family === "IPv4");
  for (const { address } of others) {
    const outcome = await new Promise<string>((resolve) => {
      const socket = connect(console.served.port, address, () => {
        socket.destroy();
        resolve("connected");
      }).on("error", (error: NodeJS.ErrnoException) => resolve(error.code!));
    });
    expect(outcome).toBe("ECONNREFUSED");
  }
});

it("takes no header without bounds", async () => {
  const answer = await raw(`GET / HTTP/1.1\r\nHost: ${console.host}\r\nX: ${"x".repeat(40_000)}\r\n\r\n`);
  expect(answer).toMatch(/^HTTP\/1\.1 431 /);
});

async function formToken(): Promise<string> {
  const { text } = await console.look("/exports");
  return /name="formToken" value="([\w-]+)"/.exec(text)![1]!;
}

/** What comes back for bytes that no client of HTTP would send. */
function raw(bytes: string): Promise<string> {
  return new Promise((resolve) => {
    let text = "";
    connect(console.served.port, "127.0.0.1")
      .on("data", (chunk) => {
        text += chunk;
      })
      .on("error", () => resolve(text))
      .on("close", () => resolve(text))
      .end(bytes);
  });
}
