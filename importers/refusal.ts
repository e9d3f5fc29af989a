import { NamedError } from "../schemas/tables/errors.ts";

/** A file that cannot be imported as it is. The message says where and what helps, never what a text says. */
export const refusal = (place: string, message: string) =>
  new NamedError("InvalidExport", `${place}: ${message}`);
