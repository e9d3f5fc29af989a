import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { picture } from "../../scripts/generate-diagram.ts";
import { machinesIn, type StateMachine } from "../../states/asl.ts";
import { definition } from "../../states/definition.ts";
import { type Box, layOut, type Picture, type Point } from "../../states/diagram/layout.ts";
import { svgOf } from "../../states/diagram/svg.ts";

const file = fileURLToPath(new URL("../../docs/state-machine.svg", import.meta.url));

test("the committed picture is that of today's definition", () => {
  expect(readFileSync(file, "utf8"), "run: node scripts/generate-diagram.ts").toBe(picture());
});

test("the picture has every state and every transition", () => {
  const svg = picture();
  const [states, transitions] = counted(definition);
  for (const name of states)
    expect(svg).toMatch(new RegExp(`>${name}( · (Parallel|Map, once for each))?</text>`));
  // Two more are the legend's.
  expect(svg.match(/marker-end/g)?.length).toBe(transitions + 2);
});

test("the way of an execution in which nothing fails runs straight down", () => {
  const { boxes } = layOut(definition);
  const way = [
    "ValidateInput",
    "Jobs",
    "Evaluate",
    "QualityGate",
    "Verdict",
    "Promote",
    "Notify",
    "Promoted",
  ];
  const places = way.map((name) => boxes.find((box) => box.name === name)!);
  expect(new Set(places.map(({ x }) => x)).size).toBe(1);
  expect(places.map(({ y }) => y)).toEqual(places.map(({ y }) => y).toSorted((a, b) => a - b));
});

const pictures = picturesIn(layOut(definition));

test("no line strikes out a state, in a branch either", () => {
  // The machine, the branches of Jobs, and the Map in one of them.
  expect(pictures).toHaveLength(4);
  for (const { boxes, lines } of pictures)
    for (const { from, to, points } of lines)
      for (const box of boxes.filter(({ name }) => name !== from && name !== to))
        for (const [index, point] of points.slice(1).entries())
          expect(crosses(points[index]!, point, box), `${from} → ${to} over ${box.name}`).toBe(false);
});

test("no state lies on another, and all lie inside their picture", () => {
  for (const { boxes, width, height } of pictures)
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

/** A picture and those inside its states. */
function picturesIn(picture: Picture): Picture[] {
  const inside = picture.boxes.flatMap(({ branches }) => branches.map((branch) => branch.picture));
  return [picture, ...inside.flatMap(picturesIn)];
}

function edges({ x, y, width, height }: Box): [number, number, number, number] {
  return [x - width / 2, x + width / 2, y - height / 2, y + height / 2];
}

/** Whether the leg between two points, which is level or upright, touches a box. */
function crosses(a: Point, b: Point, box: Box): boolean {
  const [left, right, top, bottom] = edges(box);
  return (
    Math.min(a.x, b.x) < right &&
    left < Math.max(a.x, b.x) + 0.01 &&
    Math.min(a.y, b.y) < bottom &&
    top < Math.max(a.y, b.y) + 0.01
  );
}

/** State names, and the number of arrows: the start's, those of each state, and those inside of it. */
function counted({ States }: StateMachine): [string[], number] {
  const names: string[] = [];
  let arrows = 1;
  for (const [name, state] of Object.entries(States)) {
    names.push(name);
    if (state.Type === "Choice") arrows += state.Choices.length + 1;
    else if (state.Type !== "Succeed" && state.Type !== "Fail") arrows += 1;
    if (state.Type === "Task") arrows += state.Catch?.length ?? 0;
    for (const [inner, innerArrows] of machinesIn(state).map(counted)) {
      names.push(...inner);
      arrows += innerArrows;
    }
  }
  return [names, arrows];
}
