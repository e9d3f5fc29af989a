// Draws the state machine from its definition into docs/state-machine.svg. With --check: fails when the committed
// picture differs.
import { readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { definition } from "../states/definition.ts";
import { layOut } from "../states/diagram/layout.ts";
import { svgOf } from "../states/diagram/svg.ts";

const file = fileURLToPath(new URL("../docs/state-machine.svg", import.meta.url));

/** The picture of today's definition. */
export const picture = () => svgOf(layOut(definition), "The state machine, drawn from its definition");

if (import.meta.main) {
  const drawn = picture();
  if (!process.argv.includes("--check")) writeFileSync(file, drawn);
  else if (drawn !== readFileSync(file, "utf8")) {
    console.error(
      "docs/state-machine.svg is older than the definition. Run: node scripts/generate-diagram.ts",
    );
    process.exitCode = 1;
  }
}
