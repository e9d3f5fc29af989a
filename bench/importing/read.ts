// What it costs to read files of one format: a process of its own, so that time and memory are those of the reading.
//
//   node bench/importing/read.ts FORMAT FOLDER          prints { seconds, megabytes, records, annotated }
import { prepare } from "../../importers/convert.ts";
import { filesAt } from "../../importers/files.ts";
import { formats } from "../../importers/formats.ts";

const [name, folder = ""] = process.argv.slice(2);
const format = formats.find((one) => one.name === name)!;
const begun = process.cpuUsage();
const { records, result } = await prepare(format, await filesAt([folder]), {
  offsets: "auto",
  map: new Map(),
  discontinuous: "refuse",
});
for await (const { record } of records()) JSON.stringify(record);
const { user, system } = process.cpuUsage(begun);
console.log(
  JSON.stringify({
    seconds: (user + system) / 1e6,
    megabytes: process.resourceUsage().maxRSS / 1000,
    records: result.records,
    annotated: result.annotated,
  }),
);
