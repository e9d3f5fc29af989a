/** What a function URL makes an HTTP response of (Lambda's payload format 2.0). */
export type Answer = { statusCode: number; headers: Record<string, string>; body: string };

/** Of every answer. */
export const headers = { "cache-control": "no-store" };

export function answer(statusCode: number, body: object): Answer {
  return {
    statusCode,
    headers: { ...headers, "content-type": "application/json" },
    body: JSON.stringify(body),
  };
}

/** A request that is not done. The sentence says what to do and never repeats what was sent. */
export class Refusal extends Error {
  readonly answer: Answer;

  /** Problem details, RFC 9457; `more` are further members. */
  constructor(
    status: number,
    title: string,
    detail: string,
    more: object = {},
    moreHeaders: Record<string, string> = {},
  ) {
    super(detail);
    this.answer = {
      statusCode: status,
      headers: { ...headers, ...moreHeaders, "content-type": "application/problem+json" },
      body: JSON.stringify({ title, status, detail, ...more }),
    };
  }
}
