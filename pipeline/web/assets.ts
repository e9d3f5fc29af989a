import { readFileSync } from "node:fs";
import { stylesheet } from "../../tasks/report/style/stylesheet.ts";
import type { Bytes } from "./routes.ts";
import { consoleStyle } from "./style.ts";

const script = readFileSync(new URL("app.js", import.meta.url), "utf8");
const icon = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 24 24" fill="none" stroke="#2656c9" stroke-width="2.5" stroke-linecap="round" stroke-linejoin="round"><path d="M2 13h4l3-8 5 14 3-6h5"/></svg>`;

/** What pages load besides themselves, by path. */
export const assets: Readonly<Record<string, () => Bytes>> = {
  "/style.css": () => ({ type: "text/css; charset=utf-8", body: `${stylesheet}\n${consoleStyle}` }),
  "/app.js": () => ({ type: "text/javascript; charset=utf-8", body: script }),
  "/icon.svg": () => ({ type: "image/svg+xml", body: icon }),
};
