import { createHmac, randomBytes, timingSafeEqual } from "node:crypto";
import type { Redirect } from "./routes.ts";

/** A browser that has opened the link. `formToken` is in each of its forms; `sent`: where the last forms led, by their ids. */
export type Session = { id: string; formToken: string; sent: Map<string, Promise<Redirect>> };

// More browsers than one person has open; the oldest is forgotten.
const mostSessions = 64;
/** 256 bits, as letters and digits that need no escape in a URL. */
const secret = () => randomBytes(32).toString("base64url");

/**
 * The sessions of one console, in memory only: they end with it.
 *
 * @param port Part of the cookie's name: the ports of a host share their cookies.
 */
export function openSessions(port: number, token = secret()) {
  const cookie = `pbp-console-${port}`;
  const key = randomBytes(32);
  const sessions = new Map<string, Session>();
  return {
    /** What the printed link carries. */
    token,
    /** The cookie of a new session, for whoever knows the token; null for any other. */
    begin(given: string): string | null {
      if (!isSame(given, token)) return null;
      const id = secret();
      const formToken = createHmac("sha256", key).update(id).digest("base64url");
      sessions.set(id, { id, formToken, sent: new Map() });
      for (const oldest of sessions.keys()) {
        if (sessions.size <= mostSessions) break;
        sessions.delete(oldest);
      }
      return `${cookie}=${id}; HttpOnly; SameSite=Strict; Path=/`;
    },
    /** The session whose cookie a request has. */
    find(cookies = ""): Session | null {
      const values = cookies
        .split(";")
        .map((pair) => pair.trim())
        .filter((pair) => pair.startsWith(`${cookie}=`))
        .map((pair) => pair.slice(cookie.length + 1));
      // A guess is a hash lookup among random 256 bits: its time tells nothing.
      return (values.length === 1 && sessions.get(values[0]!)) || null;
    },
  };
}

/** Compares secrets in a time that does not depend on where they differ. */
export function isSame(given: string, expected: string): boolean {
  const [a, b] = [Buffer.from(given), Buffer.from(expected)];
  return a.length === b.length && timingSafeEqual(a, b);
}
