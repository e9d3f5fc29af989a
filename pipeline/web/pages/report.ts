import { createHash } from "node:crypto";
import { reportOf } from "../../../tasks/report/report.ts";
import { readResults } from "../../results/results.ts";
import { securityHeaders } from "../guard.ts";
import { rail } from "../rail/rail.ts";
import type { Asked, Bytes, Context } from "../routes.ts";
import { viewOf } from "../view.ts";

/** The run as one file, made now: it also tells of runs whose receipt an earlier version wrote. */
export async function report(
  { installation }: Context,
  { params: { execution = "" } }: Asked,
): Promise<Bytes> {
  const results = await readResults(installation, execution);
  const states = rail(results.description, new Date(), false);
  const body = reportOf(await viewOf(installation, results), states);
  // It carries its stylesheet: that one text is allowed, by its digest, and no other.
  const style = /<style>([\s\S]*?)<\/style>/.exec(body)?.[1] ?? "";
  const digest = createHash("sha256").update(style).digest("base64");
  const policy = securityHeaders["Content-Security-Policy"]!.replace(
    "style-src 'self'",
    `style-src 'sha256-${digest}'`,
  );
  return { type: "text/html; charset=utf-8", body, headers: { "Content-Security-Policy": policy } };
}
