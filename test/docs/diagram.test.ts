import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { type Box, layOut } from "../../scripts/diagram/layout.ts";
import { svgOf } from "../../scripts/diagram/svg.ts";
import { picture } from "../../scripts/generate-diagram.ts";
import type { StateMachine } from "../../states/asl.ts";
import { definition } from "../../states/definition.ts";
import { modelsDefinition } from "../../states/models.ts";

const file = fileURLToPath(new URL("../../docs/state-machine.svg", import.meta.url));
const machines: [string, StateMachine][] = [
  ["the pipeline", definition],
  ["the operators' machine", modelsDefinition],
];

test("the committed picture is that of today's definition", () => {
  expect(readFileSync(file, "utf8"), "run: node scripts/generate-diagram.ts").toBe(picture());
});

test.each(machines)("%s: the picture has every state and every transition", (_, machine) => {
  const svg = svgOf(layOut(machine), "A picture");
  const [states, transitions] = counted(machine);
  for (const name of states) expect(svg).toMatch(new RegExp(`>${name}( · Parallel)?</text>`));
  // Two more are the legend's.
  expect(svg.match(/marker-end/g)?.length).toBe(transitions + 2);
});

test.each(machines)("%s: no state lies on another, and all lie inside the picture", (_, machine) => {
  const { boxes, width, height } = layOut(machine);
  for (const [index, box] of boxes.entries()) {
    const [left, right, top, bottom] = edges(box);
    expect(left >= 0 && top >= 0 && right <= width && bottom <= height, box.name).toBe(true);
    for (const other of boxes.slice(index + 1)) {
      const [l, r, t, b] = edges(other);
      expect(left < r && l < right && top < b && t < bottom, `${box.name} on ${other.name}`).toBe(false);
    }
  }
});

test("a state of a service without a colour is refused by name", () => {
  const machine: StateMachine = {
    StartAt: "Odd",
    States: {
      Odd: {
        Comment: "",
        Type: "Task",
        Resource: "arn:aws:states:::sqs:sendMessage",
        Arguments: {},
        TimeoutSeconds: 1,
        End: true,
      },
    },
  };
  expect(() => svgOf(layOut(machine), "A picture")).toThrow("sqs:sendMessage");
});

function edges({ x, y, width, height }: Box): [number, number, number, number] {
  return [x - width / 2, x + width / 2, y - height / 2, y + height / 2];
}

/** State names, and the number of arrows: the start's, those of each state, and those inside its branches. */
function counted({ States }: StateMachine): [string[], number] {
  const names: string[] = [];
  let arrows = 1;
  for (const [name, state] of Object.entries(States)) {
    names.push(name);
    if (state.Type === "Choice") arrows += state.Choices.length + 1;
    else if (state.Type !== "Succeed" && state.Type !== "Fail") arrows += 1;
    if (state.Type === "Task") arrows += state.Catch?.length ?? 0;
    if (state.Type !== "Parallel") continue;
    for (const [inner, innerArrows] of state.Branches.map(counted)) {
      names.push(...inner);
      arrows += innerArrows;
    }
  }
  return [names, arrows];
}
