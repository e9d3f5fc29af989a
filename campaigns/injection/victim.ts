// A process that does one subject's work and ends by SIGKILL at a given file-system call:
//   node victim.ts <subject> <folder> <number of the call> <share of a write that is done first>
//   node victim.ts <subject> <folder> count       ends by itself, and prints how often each call was made
// Exits with 0 when the work was done before that call, 3 when it failed.

import { subjects } from "../subjects/subjects.ts";
import { interpose } from "./interpose.ts";

const [name = "", folder = "", at, share] = process.argv.slice(2);
const subject = subjects[name];
if (!subject) throw new Error(`There is no subject ${name}; there are ${Object.keys(subjects).join(", ")}.`);
const counts: Record<string, number> = {};
interpose(subject.root(folder), ({ number, name, bytes }) => {
  counts[name] = (counts[name] ?? 0) + 1;
  return number === Number(at) ? { die: Math.floor((bytes?.length ?? 0) * Number(share)) } : null;
});
try {
  await subject.act(folder);
  if (at === "count") console.log(JSON.stringify(counts));
  process.exit(0);
} catch (error) {
  console.error(error);
  process.exit(3);
}
