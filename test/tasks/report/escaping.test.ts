// What people and exports wrote cannot become markup: every text of a run is replaced by a hostile one, and the page,
// read by a parser that works as browsers do, must have the very elements and attributes that it has with harmless ones.
import { type DefaultTreeAdapterTypes, parse } from "parse5";
import { expect, test } from "vitest";
import { modelCardOf } from "../../../tasks/report/model-card.ts";
import { reportOf } from "../../../tasks/report/report.ts";
import type { RunView } from "../../../tasks/report/run-view.ts";
import { fullView } from "./full-view.ts";

const hostile = `</title></style></td>--><script>alert(1)</script>"'\` onload=x <img src=//evil> &lt; \u202e\u0007\u2028 | **b** [a](javascript:x)`;

// What our own code looks things up by: never text of anybody.
const words = /^(kind|verdict|status|metric|algorithm|rule|state|helps|action|type|changed)$/;

/** The same value with every text, and every name of a map, replaced. */
function poisoned(value: unknown, name = ""): unknown {
  if (typeof value === "string") return words.test(name) ? value : `${hostile}${value}`;
  if (Array.isArray(value)) return value.map((one) => poisoned(one, name));
  if (value === null || typeof value !== "object") return value;
  const isMap = /^(perLabel|rejectedByRule|labelMinimum)$/.test(name);
  return Object.fromEntries(
    Object.entries(value).map(([key, one]) => [isMap ? `${hostile}${key}` : key, poisoned(one, key)]),
  );
}

type Node = DefaultTreeAdapterTypes.Node;

function walk(node: Node, visit: (node: Node) => void): void {
  visit(node);
  if ("childNodes" in node) for (const child of node.childNodes) walk(child, visit);
}

/** Elements with the names of their attributes, in order, and all text. */
function read(page: string) {
  const elements: string[] = [];
  const texts: string[] = [];
  walk(parse(page), (node) => {
    if ("attrs" in node) {
      elements.push([node.tagName, ...node.attrs.map(({ name }) => name)].join(" "));
      if (node.tagName !== "style") texts.push(...node.attrs.map(({ value }) => value));
    } else if ("value" in node && node.parentNode && node.parentNode.nodeName !== "style")
      texts.push(node.value);
  });
  return { elements, texts };
}

const views: [string, Partial<RunView>][] = [
  ["a failed run", {}],
  ["a promoted run", { status: "SUCCEEDED", error: null }],
  [
    "a run promoted by hand",
    {
      status: "SUCCEEDED",
      error: null,
      forced: { actor: "a", reason: "r", overruled: { verdict: "reject", rules: ["above-minimum"] } },
    },
  ],
];

test.each(views)("no text of %s becomes markup of its report", (_, changes) => {
  const view = { ...fullView, ...changes };
  const plain = read(reportOf(view));
  const attacked = read(reportOf(poisoned(view) as RunView));
  expect(attacked.elements).toEqual(plain.elements);
  expect(plain.elements.filter((one) => /^(script|img|iframe|object|embed|link|form|a)\b/.test(one))).toEqual(
    [],
  );
  expect(attacked.elements.filter((one) => / (on\w+|style|href|src|srcdoc)\b/.test(one))).toEqual([]);
  // The hostile text is there, to be read; what could reorder or end a line is not.
  expect(attacked.texts.some((text) => text.includes("<script>alert(1)</script>"))).toBe(true);
  expect(attacked.texts.join("")).not.toMatch(/(?![\n\t])\p{Cc}|\p{Bidi_Control}|\u2028/u);
});

test("the page asks for nothing", () => {
  const page = reportOf(fullView);
  expect(page).toContain(`content="default-src 'none'; style-src 'unsafe-inline'"`);
  expect(page).not.toMatch(/https?:|url\(|@import|<script|<link|<img/);
});

test("the word that gives classes away stays in metrics.json: it comes from texts", () => {
  expect(JSON.stringify(fullView)).toContain("CanaryPatient");
  expect(reportOf(fullView)).not.toContain("CanaryPatient");
  expect(modelCardOf(fullView, null)).not.toContain("CanaryPatient");
});
