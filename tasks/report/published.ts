// What became of a generation outside of the models folder: a promotion stands whether or not they know of it.
import type { Publication, Registration } from "../../schemas/types.ts";

/** What the Model Registry says of it. */
export const registrationInWords = ({ status, message }: Registration) =>
  status === "failed" ? `The Model Registry was not told of it: ${message}` : message;

/** What became of the endpoint: a promotion stands whether or not it has it. */
export const publicationInWords = ({ status, message }: Publication) =>
  status === "failed" ? `It is not published: ${message}` : message;
