// A form with a file, RFC 7578: fields first, the file last, streamed. The form is our own, so that more need not be
// understood; what does not look like it is refused.
import type { Readable } from "node:stream";

export type Upload = { fields: URLSearchParams; fileName: string; file: AsyncIterable<Buffer> };

/** The form is not one of ours, or was cut off. The message never quotes it. */
export class BadForm extends Error {
  override name = "BadForm";
}

const mostFieldBytes = 4096;
const mostFields = 8;
const headEnd = Buffer.from("\r\n\r\n");

/** The boundary of a form's parts; null where the type names none. */
export function boundaryIn(contentType = ""): string | null {
  const found = /^multipart\/form-data;\s*boundary=(?:"([^"\r\n]{1,70})"|([\w'()+,./:=?-]{1,70}))$/i.exec(
    contentType,
  );
  return found ? (found[1] ?? found[2])! : null;
}

/**
 * Reads the fields of a form up to its file. `file` must be read to its end: only then is it known to be whole.
 *
 * Throws {@link BadForm}.
 */
export async function readUpload(body: Readable, boundary: string): Promise<Upload> {
  const chunks = body[Symbol.asyncIterator]() as AsyncIterator<Buffer>;
  // Every delimiter but the first has a line break before it: so has this one, then.
  let held: Buffer = Buffer.from("\r\n");
  const delimiter = Buffer.from(`\r\n--${boundary}`);

  async function more(): Promise<void> {
    const { value, done } = await chunks.next();
    if (done) throw new BadForm("The form was cut off.");
    held = held.length === 0 ? value : Buffer.concat([held, value]);
  }

  /** What stands before `end`, at most so many bytes; `end` itself is passed over. */
  async function upTo(end: Buffer, most: number): Promise<Buffer> {
    for (;;) {
      const at = held.indexOf(end);
      if (at > most || (at < 0 && held.length > most + end.length))
        throw new BadForm("A field of the form is too long.");
      if (at >= 0) {
        const found = held.subarray(0, at);
        held = held.subarray(at + end.length);
        return found;
      }
      await more();
    }
  }

  const fields = new URLSearchParams();
  if ((await upTo(delimiter, 0)).length > 0) throw new BadForm("The form does not begin with its boundary.");
  for (let count = 0; count <= mostFields; count++) {
    const head = (await upTo(headEnd, mostFieldBytes)).toString("utf8");
    const disposition = /^content-disposition:\s*form-data;(.*)$/im.exec(head)?.[1] ?? "";
    const name = /;?\s*name="([^"]*)"/i.exec(disposition)?.[1];
    const fileName = /;\s*filename="([^"]*)"/i.exec(disposition)?.[1];
    if (name === undefined) throw new BadForm("A part of the form has no name.");
    if (fileName !== undefined) return { fields, fileName: unescaped(fileName), file: file() };
    fields.append(name, (await upTo(delimiter, mostFieldBytes)).toString("utf8"));
  }
  throw new BadForm("The form has no file.");

  async function* file(): AsyncGenerator<Buffer> {
    for (;;) {
      const at = held.indexOf(delimiter);
      if (at >= 0) {
        if (at > 0) yield held.subarray(0, at);
        return;
      }
      // The delimiter may have begun at the end of what is here.
      const sure = held.length - delimiter.length + 1;
      if (sure > 0) {
        yield held.subarray(0, sure);
        held = held.subarray(sure);
      }
      await more();
    }
  }
}

/** Browsers escape a quote and line breaks in a file's name, and nothing else. */
const unescaped = (name: string) =>
  name.replace(/%22|%0D|%0A/gi, (code) => String.fromCharCode(Number.parseInt(code.slice(1), 16)));
