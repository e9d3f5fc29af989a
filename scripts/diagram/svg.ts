import type { Point } from "@dagrejs/dagre";
import type { State } from "../../states/asl.ts";
import type { Box, Line, Picture } from "./layout.ts";

type Look = { kind: string; fill: string; stroke: string };

const flow = { fill: "#f1f3f5", stroke: "#69727d" };
const services: readonly (Look & { resource: string })[] = [
  { resource: ":lambda:", kind: "Lambda", fill: "#fff1e0", stroke: "#b35c00" },
  { resource: ":createProcessingJob", kind: "SageMaker processing job", fill: "#e0f5f1", stroke: "#00796b" },
  { resource: ":createTrainingJob", kind: "SageMaker training job", fill: "#e0f5f1", stroke: "#00796b" },
  { resource: ":sns:", kind: "SNS", fill: "#fde7f0", stroke: "#b0235f" },
];
const ink = "#1f2328";
const nextColour = "#57606a";
const caughtColour = "#b42318";
const margin = 14;
const legendHeight = 30;

/** A picture as an SVG document with a background of its own, so that it reads on light and dark pages. */
export function svgOf(picture: Picture, title: string): string {
  const width = Math.ceil(picture.width + 2 * margin);
  const height = Math.ceil(picture.height + 2 * margin + legendHeight);
  return `${[
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" role="img" font-family="system-ui, -apple-system, 'Segoe UI', Helvetica, Arial, sans-serif">`,
    `<title>${escaped(title)}</title>`,
    `<defs>${arrow("next", nextColour)}${arrow("caught", caughtColour)}</defs>`,
    `<rect width="${width}" height="${height}" rx="8" fill="#ffffff"/>`,
    group(margin, margin, drawn(picture)),
    group(margin, height - legendHeight, legend()),
    "</svg>",
  ].join("\n")}\n`;
}

function drawn({ boxes, lines }: Picture): string {
  // Labels last: a line that crosses one must not strike it out.
  return [...boxes.map(box), ...lines.map(line), ...lines.map(label)].filter(Boolean).join("\n");
}

function box(item: Box): string {
  const { state, name, x, y, width, height, branches } = item;
  if (state === "start") return `<circle cx="${n(x)}" cy="${n(y)}" r="6" fill="${ink}"/>`;
  if (state === "end")
    return `<circle cx="${n(x)}" cy="${n(y)}" r="6" fill="none" stroke="${ink}"/><circle cx="${n(x)}" cy="${n(y)}" r="3" fill="${ink}"/>`;
  const { kind, fill, stroke } = look(state);
  const inside = branches.map(({ picture, left, top }) =>
    group(x - width / 2 + left, y - height / 2 + top, drawn(picture)),
  );
  const nameY = inside.length > 0 ? y - height / 2 + 20 : y - 2;
  return [
    `<g><title>${escaped(state.Comment)}</title>`,
    outline(item, state, fill, stroke),
    inside.length > 0
      ? text(x, nameY, `${name} · ${kind}`, 13, ink, "600")
      : text(x, nameY, name, 13, ink, "600") + text(x, y + 13, kind, 10.5, nextColour),
    ...inside,
    "</g>",
  ].join("\n");
}

function outline({ x, y, width, height }: Box, state: State, fill: string, stroke: string): string {
  const [left, top] = [x - width / 2, y - height / 2];
  const paint = `fill="${state.Type === "Parallel" ? "#fafbfc" : fill}" stroke="${stroke}"`;
  if (state.Type === "Choice") {
    const cut = 12;
    const corners = [
      [left + cut, top],
      [left + width - cut, top],
      [left + width, y],
      [left + width - cut, top + height],
      [left + cut, top + height],
      [left, y],
    ];
    return `<polygon points="${corners.map(([a, b]) => `${n(a!)},${n(b!)}`).join(" ")}" ${paint}/>`;
  }
  const ends = state.Type === "Succeed" || state.Type === "Fail";
  const dashes = state.Type === "Parallel" ? ' stroke-dasharray="2 3"' : "";
  return `<rect x="${n(left)}" y="${n(top)}" width="${n(width)}" height="${n(height)}" rx="${ends ? height / 2 : 6}" ${paint}${dashes}/>`;
}

function look(state: State): Look {
  if (state.Type !== "Task") return { kind: state.Type, ...flow };
  const service = services.find(({ resource }) => state.Resource.includes(resource));
  if (!service)
    throw new Error(`The picture has no colour for ${state.Resource}: add it to scripts/diagram/svg.ts.`);
  return service;
}

function line({ points, caught }: Line): string {
  const [kind, colour] = caught ? ["caught", caughtColour] : ["next", nextColour];
  const dashes = caught ? ' stroke-dasharray="5 4"' : "";
  return `<path d="${curve(points)}" fill="none" stroke="${colour}" stroke-width="1.3"${dashes} marker-end="url(#${kind})"/>`;
}

/** Straight at both ends, and a bend at the middle of each leg between. */
function curve(points: readonly Point[]): string {
  const at = ({ x, y }: Point) => `${n(x)} ${n(y)}`;
  const middle = (a: Point, b: Point) => ({ x: (a.x + b.x) / 2, y: (a.y + b.y) / 2 });
  const [first, ...rest] = points;
  const last = rest.pop()!;
  const bends = rest.map((point, index) => `Q${at(point)} ${at(middle(point, rest[index + 1] ?? last))}`);
  return [`M${at(first!)}`, ...bends, `L${at(last)}`].join("");
}

function label({ label: words, labelAt, caught }: Line): string {
  if (!words || !labelAt) return "";
  return text(labelAt.x, labelAt.y + 4, words, 11, caught ? caughtColour : nextColour, "400", true);
}

function legend(): string {
  const y = 8;
  const sample = (x: number, caught: boolean, words: string) => {
    const points = [x, x + 30].map((end) => ({ x: end, y }));
    const arrowed = line({ points, caught, to: "", label: "", labelAt: null });
    return `${arrowed}<text x="${x + 40}" y="${y + 4}" font-size="11" fill="${nextColour}">${words}</text>`;
  };
  return sample(0, false, "next") + sample(90, true, "caught error");
}

const arrow = (id: string, colour: string) =>
  `<marker id="${id}" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" orient="auto"><path d="M0 0L8 4L0 8Z" fill="${colour}"/></marker>`;

function text(
  x: number,
  y: number,
  words: string,
  size: number,
  colour: string,
  weight = "400",
  halo = false,
) {
  const around = halo ? ' paint-order="stroke" stroke="#ffffff" stroke-width="4"' : "";
  return `<text x="${n(x)}" y="${n(y)}" font-size="${size}" font-weight="${weight}" fill="${colour}" text-anchor="middle"${around}>${escaped(words)}</text>`;
}

const group = (x: number, y: number, inside: string) =>
  `<g transform="translate(${n(x)} ${n(y)})">\n${inside}\n</g>`;

const escaped = (words: string) =>
  words.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");

/** A tenth of a pixel is enough, and keeps a change of one state from touching every line of the file. */
const n = (value: number) => String(Math.round(value * 10) / 10);
