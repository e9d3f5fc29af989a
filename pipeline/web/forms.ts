import type { IncomingMessage } from "node:http";
import { BadForm, boundaryIn, readUpload, type Upload } from "./multipart.ts";
import type { Redirect } from "./routes.ts";
import { isSame, type Session } from "./sessions.ts";

/** The form is not from a page of this session, or too old. */
export class ForeignForm extends Error {
  override name = "ForeignForm";
  constructor() {
    super("The form is of an earlier session of the console. Load its page again, then send it.");
  }
}

// A reason has 1,024 characters; there are a handful of fields.
const mostBytes = 16 * 1024;

/** The fields of a form that proves to come from a page of this session. Throws {@link BadForm}, {@link ForeignForm}. */
export async function readForm(request: IncomingMessage, session: Session): Promise<URLSearchParams> {
  if (request.headers["content-type"]?.split(";")[0] !== "application/x-www-form-urlencoded")
    throw new BadForm("The form has another type than the console's forms.");
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > mostBytes) throw new BadForm("The form is too long.");
    chunks.push(chunk);
  }
  const form = new URLSearchParams(Buffer.concat(chunks).toString("utf8"));
  requireOwn(form, session);
  return form;
}

/** The same for a form with a file; nothing of the file has been read then. */
export async function readUploadForm(request: IncomingMessage, session: Session): Promise<Upload> {
  const boundary = boundaryIn(request.headers["content-type"]);
  if (boundary === null) throw new BadForm("The form has another type than the console's forms.");
  const upload = await readUpload(request, boundary);
  requireOwn(upload.fields, session);
  return upload;
}

// A person's last clicks.
const mostSent = 64;

/**
 * Acts once for each form that was shown, however often it is sent: a second click leads where the first one does. What
 * failed may be sent again.
 */
export async function actOnce(
  { sent }: Session,
  form: URLSearchParams,
  act: () => Promise<Redirect>,
): Promise<Redirect> {
  const id = form.get("formId");
  if (id === null) return act();
  const earlier = sent.get(id);
  if (earlier) return earlier;
  const answer = act();
  sent.set(id, answer);
  answer.catch(() => sent.delete(id));
  for (const oldest of sent.keys()) {
    if (sent.size <= mostSent) break;
    sent.delete(oldest);
  }
  return answer;
}

function requireOwn(form: URLSearchParams, { formToken }: Session): void {
  if (!isSame(form.get("formToken") ?? "", formToken)) throw new ForeignForm();
}
