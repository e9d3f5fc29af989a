// Past notes that are like one of them. In a clone that is set up:
// npx node reader/typescript/examples/nearest-notes.ts <models folder> <record id> [count]
import { openModels } from "../models.ts";
import { readNotes, UnknownRecord } from "../notes.ts";

const [folder = "/mnt/models", recordId = "", count = "5"] = process.argv.slice(2);
const models = openModels(folder, async (bundle) => ({ bundle, notes: await readNotes(bundle) }));

const { bundle, notes } = await models.current();
try {
  const vector = notes.vector(recordId);
  console.log(`${bundle.version}:`);
  // The first is the note itself.
  for (const { recordIds, similarity } of notes.nearest(vector, Number(count) + 1).slice(1))
    console.log(similarity.toFixed(4), recordIds.join(" "));
} catch (error) {
  if (!(error instanceof UnknownRecord)) throw error;
  console.error(error.message);
  process.exitCode = 1;
}
