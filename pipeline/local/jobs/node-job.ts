// Runs a job's script in Node: node node-job.ts <script> <arguments…>. It begins when the engine says so, and its whole
// group ends with the engine, as a job of supervisor.py does.
import { pathToFileURL } from "node:url";

const [, , script, ...rest] = process.argv;
// A signal for the engine's terminal is not meant for the jobs.
for (const signal of ["SIGINT", "SIGHUP"] as const) process.on(signal, () => {});
process.once("disconnect", () => process.kill(-process.pid, "SIGKILL"));
process.once("message", async () => {
  process.argv = [process.argv[0]!, script!, ...rest];
  await import(pathToFileURL(script!).href);
});
