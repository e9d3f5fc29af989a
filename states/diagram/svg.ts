import { machinesIn, type State } from "../asl.ts";
import type { Box, Line, Picture, Point } from "./layout.ts";

type Look = { legend: string; fill: string; stroke: string };

const flow: Look = { legend: "Step Functions itself", fill: "#f1f3f5", stroke: "#69727d" };
const lambda: Look = { legend: "Lambda function", fill: "#fff1e0", stroke: "#b35c00" };
const sagemaker: Look = { legend: "SageMaker job", fill: "#e0f5f1", stroke: "#00796b" };
const fargate: Look = { legend: "Fargate task", fill: "#ece9fb", stroke: "#5b3fb5" };
const s3: Look = { legend: "S3 object", fill: "#eef6e4", stroke: "#4d7c0f" };
const sns: Look = { legend: "SNS message", fill: "#fde7f0", stroke: "#b0235f" };
const services: readonly { resource: string; kind: string; look: Look }[] = [
  { resource: ":lambda:", kind: "function", look: lambda },
  { resource: ":createProcessingJob", kind: "processing job", look: sagemaker },
  { resource: ":createTrainingJob", kind: "training job", look: sagemaker },
  { resource: ":ecs:", kind: "Fargate task", look: fargate },
  { resource: ":s3:", kind: "object", look: s3 },
  { resource: ":sns:", kind: "message", look: sns },
];
const ink = "#1f2328";
const nextColour = "#57606a";
const caughtColour = "#b42318";
const margin = 14;
const legendHeight = 62;
const legendWidth = 620;

/** A picture as an SVG document with its own background, so that it reads on light and dark pages. */
export function svgOf(picture: Picture, title: string): string {
  const width = Math.ceil(Math.max(picture.width, legendWidth) + 2 * margin);
  const height = Math.ceil(picture.height + 2 * margin + legendHeight);
  return `${[
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" role="img" font-family="system-ui, -apple-system, 'Segoe UI', Helvetica, Arial, sans-serif">`,
    `<title>${escaped(title)}</title>`,
    `<defs>${arrow("next", nextColour)}${arrow("caught", caughtColour)}</defs>`,
    `<rect width="${width}" height="${height}" rx="8" fill="#ffffff"/>`,
    group(margin + Math.max(0, legendWidth - picture.width) / 2, margin, drawn(picture)),
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
  const { kind, look } = service(state);
  const { fill, stroke } = look;
  const inside = branches.map(({ picture, left, top }) =>
    group(x - width / 2 + left, y - height / 2 + top, drawn(picture)),
  );
  const nameY = inside.length > 0 ? y - height / 2 + 20 : y - 2;
  return [
    `<g><title>${escaped(state.Comment)}</title>`,
    outline(item, state, fill, stroke),
    inside.length > 0
      ? text(x, nameY, `${name} · ${kind}`, 14, ink, "600")
      : text(x, nameY, name, 14, ink, "600") + text(x, y + 15, kind, 12, nextColour),
    ...inside,
    "</g>",
  ].join("\n");
}

function outline({ x, y, width, height }: Box, state: State, fill: string, stroke: string): string {
  const [left, top] = [x - width / 2, y - height / 2];
  const isContainer = machinesIn(state).length > 0;
  const paint = `fill="${isContainer ? "#fafbfc" : fill}" stroke="${stroke}"`;
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
  const dashes = isContainer ? ' stroke-dasharray="2 3"' : "";
  return `<rect x="${n(left)}" y="${n(top)}" width="${n(width)}" height="${n(height)}" rx="${ends ? height / 2 : 6}" ${paint}${dashes}/>`;
}

function service(state: State): { kind: string; look: Look } {
  if (state.Type === "Map") return { kind: "Map, once for each", look: flow };
  if (state.Type !== "Task") return { kind: state.Type, look: flow };
  const known = services.find(({ resource }) => state.Resource.includes(resource));
  if (!known)
    throw new Error(`The picture has no colour for ${state.Resource}: add it to states/diagram/svg.ts.`);
  return known;
}

function line({ points, caught }: Line): string {
  const [kind, colour] = caught ? ["caught", caughtColour] : ["next", nextColour];
  const dashes = caught ? ' stroke-dasharray="5 4"' : "";
  return `<path d="${curve(points)}" fill="none" stroke="${colour}" stroke-width="1.3"${dashes} marker-end="url(#${kind})"/>`;
}

/** Straight legs with round corners. */
function curve(points: readonly Point[]): string {
  const at = ({ x, y }: Point) => `${n(x)} ${n(y)}`;
  const corners = points.slice(1, -1).map((corner, index) => {
    const [before, after] = [points[index]!, points[index + 2]!];
    return `L${at(towards(corner, before))}Q${at(corner)} ${at(towards(corner, after))}`;
  });
  return [`M${at(points[0]!)}`, ...corners, `L${at(points.at(-1)!)}`].join("");
}

const cornerRadius = 8;

/** The point on the leg from `corner` to `other` at which the corner's bend begins. */
function towards(corner: Point, other: Point): Point {
  const length = Math.hypot(other.x - corner.x, other.y - corner.y);
  const share = Math.min(cornerRadius, length / 2) / (length || 1);
  return { x: corner.x + (other.x - corner.x) * share, y: corner.y + (other.y - corner.y) * share };
}

function label({ label: words, labelAt, caught }: Line): string {
  if (!words || !labelAt) return "";
  return text(labelAt.x, labelAt.y + 4, words, 12, caught ? caughtColour : nextColour, "400", true);
}

/** Two rows: what the colours mean, what the arrows mean. */
function legend(): string {
  const step = 158;
  const words = (x: number, y: number, said: string) =>
    `<text x="${x}" y="${y + 4}" font-size="12" fill="${nextColour}">${said}</text>`;
  const colours = [lambda, sagemaker, sns, flow].map(
    ({ legend: said, fill, stroke }, index) =>
      `<rect x="${index * step}" y="2" width="16" height="12" rx="3" fill="${fill}" stroke="${stroke}"/>${words(index * step + 24, 8, said)}`,
  );
  const arrows = ["next state", "caught error (any, unless it is named)"].map((said, index) => {
    const points = [0, 30].map((end) => ({ x: index * step + end, y: 34 }));
    const arrowed = line({ from: "", to: "", label: "", labelAt: null, caught: index === 1, points });
    return arrowed + words(index * step + 40, 34, said);
  });
  return [...colours, ...arrows].join("\n");
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
