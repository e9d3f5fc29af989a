// Writes what follows from the code in docs/security.md: what a function may touch, what the operators' state machine
// calls, and the findings that are acknowledged. With --check: fails when the committed page differs.
import { readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { fileURLToPath } from "node:url";
import { App, Stack } from "aws-cdk-lib";
import { Bucket } from "aws-cdk-lib/aws-s3";
import { acknowledgements } from "../pipeline/cloud/acknowledgements.ts";
import { type Touches, touches } from "../pipeline/cloud/function-permissions.ts";
import { functionValues } from "../pipeline/functions.ts";
import { modelsDefinition } from "../states/models.ts";

const file = fileURLToPath(new URL("../docs/security.md", import.meta.url));
const block = /<!-- generated: (\w+) -->\n[\s\S]*?<!-- end -->/g;

const tables: Readonly<Record<string, () => string>> = { functions, findings };

/** A row among others that are written by hand. */
const operatorsRow = /^\| operators' state machine \| .* \|$/m;

/** The page with today's tables. Throws when a mark names no table, or a table or row is missing. */
export function withTables(page: string): string {
  const missing = new Set(Object.keys(tables));
  const written = page.replace(block, (_, mark: string) => {
    const table = tables[mark];
    if (!table) throw new Error(`docs/security.md: there is no table ${mark}.`);
    missing.delete(mark);
    return `<!-- generated: ${mark} -->\n${table()}<!-- end -->`;
  });
  if (missing.size > 0) throw new Error(`docs/security.md has no mark for: ${[...missing].join(", ")}.`);
  if (!operatorsRow.test(written)) throw new Error("docs/security.md has no row of the operators' machine.");
  return written.replace(operatorsRow, () => `| operators' state machine | ${ofOperators()} |`);
}

/** From its definition: its role may call what that calls. */
function ofOperators(): string {
  const definition = JSON.stringify(modelsDefinition);
  const names = Object.entries(functionValues((name) => `\`${name}\``))
    .filter(([placeholder]) => definition.includes(`\${${placeholder}}`))
    .map(([, name]) => name);
  return `call ${names.slice(0, -1).join(", ")} and ${names.at(-1)}; publish to the topic`;
}

function functions(): string {
  const rows = Object.entries(touches).map(([name, may]) => [
    `\`${name}\``,
    foldersOf(may.reads) || "–",
    foldersOf(may.writes) || "–",
    foldersOf(may.removes) || "–",
    may.models ?? "–",
    besides(may) || "–",
  ]);
  return tableOf(["function", "reads", "writes", "removes", "models on EFS", "besides"], rows);
}

type Column = "reads" | "writes" | "removes" | "models";

/** Every permission without its own column; a new one without words here is a type error. */
const wording: Readonly<Record<Exclude<keyof Touches, Column>, (may: Touches) => string>> = {
  versions: () => "versions of objects by their id",
  lists: ({ lists }) => `lists versions in ${foldersOf(lists)}`,
  describesFileSystem: () => "describes the file system, its mount targets and its access point",
  startsExecutions: () => "starts executions, through the alias `live` only",
  listsExecutions: () => "lists the pipeline's executions",
  registersModels: () => "makes, lists, describes and updates groups and packages of the Model Registry",
  publishes: () => "publishes to the topic",
  describesExecutions: () => "describes executions",
  readsHistories: () => "reads executions' histories",
  readsOutcomes: () => "reads `report.json` and `receipt.json` of each run",
  invokesEndpoints: () => "asks the endpoints of the registered models",
  publishesModels: () =>
    "with `serving`: creates, describes, updates and deletes the stack's endpoints, their configs and models, tags them, lists those of the account; passes the role of the endpoints to SageMaker only",
  startsPredictions: () =>
    "with `predict`: creates and tags the stack's jobs that answer files of notes; passes their role to SageMaker only",
  describesImages: () => "describes the images of the jobs",
};

function besides(may: Touches): string {
  const fields = Object.keys(wording) as (keyof typeof wording)[];
  return fields
    .filter((field) => may[field])
    .map((field) => wording[field](may))
    .join("; ");
}

const foldersOf = (names: readonly string[] = []) => names.map((name) => `\`${name}/\``).join(" ");

function findings(): string {
  // Nothing is written: the app is not synthesised. Without an outdir it would make one, and leave it.
  const stack = new Stack(new App({ outdir: tmpdir() }), "PredictiveBilling");
  const bucket = new Bucket(stack, "Data");
  const rows = acknowledgements(stack, bucket).map(({ rule, packs, reason, parts = [] }) => [
    rule,
    packs.join(", "),
    parts.map(partName).join("<br>") || "–",
    reason,
  ]);
  return tableOf(["rule", "packs", "resources with a wildcard", "why it is accepted"], rows);
}

/** `Resource::arn:<AWS::Partition>:sagemaker:…:training-job/predictivebilling-train-*` → `training-job/predictivebilling-train-*`. */
function partName(part: string): string {
  const resource = part
    .replace(/^Resource::/, "")
    .replace(/^arn:(?:<[^>]+>|\w+):\w+:<[^>]+>:<[^>]+>:/, "")
    .replace(/^<Data[^>]*\.Arn>/, "the bucket's ");
  return resource.replace(/\S+$/, (name) => `\`${name}\``);
}

function tableOf(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(" | ")} |\n`;
  return [head, head.map(() => "---"), ...rows].map(line).join("");
}

if (import.meta.main) {
  const page = readFileSync(file, "utf8");
  const written = withTables(page);
  if (!process.argv.includes("--check")) writeFileSync(file, written);
  else if (written !== page) {
    console.error("docs/security.md is older than the roles. Run: node scripts/generate-security.ts");
    process.exitCode = 1;
  }
}
