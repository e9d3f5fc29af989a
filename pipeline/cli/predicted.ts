// What pbp predict says at its end, of an answering process here or in AWS.
import { counted } from "../../tasks/report/format.ts";
import { note } from "./output/output.ts";

const notes = ["note", "notes"] as const;

export const notesAnswered = (count: number) => `${counted(count, notes)} answered`;

export function noteRefused(count: number): void {
  if (count === 0) return;
  const which = count === 1 ? "is refused in its line" : "are refused in their lines";
  note(`${counted(count, notes)} could not be read, and ${which}.`);
}
