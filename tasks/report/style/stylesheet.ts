// One stylesheet for the console, which serves it, and the report, which carries it.
import { charts } from "./charts.ts";
import { media } from "./media.ts";
import { page } from "./page.ts";
import { tokens } from "./tokens.ts";

export const stylesheet = [tokens, page, charts, media].join("").replaceAll(/\n+/g, "\n").trim();
