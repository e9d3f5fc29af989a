import type { IncomingMessage } from "node:http";
import type { Readable } from "node:stream";
import type { Html } from "../../tasks/report/html.ts";
import type { Installation } from "../installation.ts";
import type { Background } from "./background.ts";
import type { Upload } from "./multipart.ts";
import type { Session } from "./sessions.ts";

/** What every page and action can reach. */
export type Context = {
  installation: Installation;
  /** Whether text of notes may be shown. */
  showNotes: boolean;
  background: Background;
  /** Aborted when the console ends. */
  ending: AbortSignal;
  say: (sentence: string) => void;
  session: Session;
};

/** A request that the guard has let through. `params` are the parts of the path that the route names, decoded. */
export type Asked = {
  path: string;
  params: Readonly<Record<string, string>>;
  query: URLSearchParams;
  headers: IncomingMessage["headers"];
};

/** A page, and as its JSON twin what `pbp … --json` prints. `live`: the subject of its events. */
export type Page = { status?: number; title: string; body: Html; data: unknown; live?: string };

/** What is no page: a text, a file, an asset. */
export type Bytes = {
  status?: number;
  type: string;
  body: string | Readable;
  /** Sent as a file of this name, which the browser saves. */
  saveAs?: string;
  headers?: Readonly<Record<string, string>>;
};

export type Redirect = { to: string };

export type Answer = Page | Bytes | Redirect;

export type PageRoute = { path: string; show: (context: Context, asked: Asked) => Promise<Page | Redirect> };
export type BytesRoute = { path: string; send: (context: Context, asked: Asked) => Promise<Bytes> };
/** Takes the fields of a form that has proved to come from this session. */
export type ActionRoute = {
  path: string;
  act: (context: Context, form: URLSearchParams) => Promise<Redirect>;
};

export type UploadRoute = { path: string; receive: (context: Context, upload: Upload) => Promise<Redirect> };

/** What a page shows instead, with its status: the sentence is for people. */
export class NotFound extends Error {
  override name = "NotFound";
}

/**
 * The first route whose path fits, and what its `:names` stand for: each one part of the path, or with a star the rest.
 */
export function findRoute<Route extends { path: string }>(
  routes: readonly Route[],
  path: string,
): { route: Route; params: Record<string, string> } | null {
  for (const route of routes) {
    const pattern = route.path
      .replace(/[.]/g, "\\.")
      .replace(/:(\w+)(\*?)/g, (_, name, rest) => (rest ? `(?<${name}>.+)` : `(?<${name}>[^/]+)`));
    const groups = new RegExp(`^${pattern}$`).exec(path)?.groups;
    if (!groups && !new RegExp(`^${pattern}$`).test(path)) continue;
    const params: Record<string, string> = {};
    for (const [name, value] of Object.entries(groups ?? {})) {
      const decoded = decode(value);
      if (decoded === null) return null;
      params[name] = decoded;
    }
    return { route, params };
  }
  return null;
}

/** null for what is no escaped text. */
function decode(part: string): string | null {
  try {
    return decodeURIComponent(part);
  } catch {
    return null;
  }
}
