// One stylesheet for the console, which serves it, and the report, which carries it.
import { charts } from "./charts.ts";
import { media } from "./media.ts";
import { page } from "./page.ts";
import { rail } from "./rail.ts";
import { tokens } from "./tokens.ts";

export const stylesheet = [tokens, page, charts, rail, media].join("").replaceAll(/\n+/g, "\n").trim();
