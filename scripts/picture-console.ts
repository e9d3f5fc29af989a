// Makes docs/console.png, the picture of the console in README.md and docs/console.md: the page of the demonstration's
// run, down to the end of its states. Needs a Chromium, and the run of `npm run demo`.
//
//   node scripts/picture-console.ts [home]      default: .pbp/demo
import { fileURLToPath } from "node:url";
import { localInstallation } from "../pipeline/local/installation.ts";
import { openPipeline } from "../pipeline/local/pipeline.ts";
import { startConsole } from "../pipeline/web/server.ts";
import { openBrowser } from "../test/web/browser.ts";

const file = fileURLToPath(new URL("../docs/console.png", import.meta.url));
const pipeline = await openPipeline(process.argv[2] ?? ".pbp/demo");
// The first one: what was run again in the same home is not the demonstration.
const { name } = pipeline.list().at(-1)!;
const ending = new AbortController();
const { link, close } = await startConsole({
  // A reader has another folder.
  installation: { ...localInstallation(pipeline), place: ".pbp/demo" },
  port: 0,
  showNotes: false,
  ending: ending.signal,
  say: () => {},
  onFault: (error) => console.error(error),
});
const browser = await openBrowser();
const page = await browser.newPage({ viewport: { width: 1360, height: 900 } });
await page.goto(link);
await page.goto(new URL(`/runs/${name}`, link).href);
const { y, height } = (await page.locator("#states").boundingBox())!;
await page.screenshot({
  path: file,
  fullPage: true,
  clip: { x: 0, y: 0, width: 1360, height: y + height + 8 },
});
await browser.close();
ending.abort();
await close();
console.log(`${file}: ${name}`);
