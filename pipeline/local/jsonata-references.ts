/** A node of JSONata's syntax tree, as far as it is looked at here. */
type Node = { type?: string; value?: unknown; steps?: Node[] } & Record<string, unknown>;

/**
 * Why Step Functions refuses an expression when a state machine is created, or null: it reads what is not there. An
 * expression has no context item, so a name must follow `$states` or another variable (floci-io/floci #2670), `$$` is
 * nothing, and `$states.errorOutput` belongs to catchers (#2745). `$eval` AWS refuses only when it is called (#2737).
 */
export function referenceProblem(tree: unknown, isOfCatcher: boolean): string | null {
  const nodes = [...nodesOf(tree, true)];
  const name = nodes.find(({ node, isTop }) => isTop && node.type === "name")?.node.value;
  if (name !== undefined) return `reads ${name} of nothing: a name must follow $states or another variable`;
  if (nodes.some(({ node }) => isVariable(node, "eval")))
    return "calls $eval, which Step Functions does not have";
  if (nodes.some(({ node }) => isVariable(node, "$")))
    return "reads $$, which Step Functions does not have: use $states.input";
  if (!isOfCatcher && nodes.some(({ node }) => readsErrorOutput(node)))
    return "reads $states.errorOutput, which only Assign and Output of a Catch have";
  return null;
}

/** Fields of a node that are evaluated with an item of the node's own value as their context. */
const INNER = ["predicate", "stages", "group", "terms", "pattern", "update", "delete"];

/** All nodes; `isTop` where the context is that of the whole expression. */
function* nodesOf(part: unknown, isTop: boolean): Generator<{ node: Node; isTop: boolean }> {
  if (typeof part !== "object" || part === null) return;
  if (Array.isArray(part)) {
    for (const each of part) yield* nodesOf(each, isTop);
    return;
  }
  const node = part as Node;
  yield { node, isTop };
  for (const [field, value] of Object.entries(node)) {
    if (field === "steps" && Array.isArray(value))
      for (const [index, step] of value.entries()) yield* nodesOf(step, isTop && index === 0);
    else yield* nodesOf(value, isTop && !INNER.includes(field));
  }
}

const isVariable = ({ type, value }: Node, name: string) => type === "variable" && value === name;

function readsErrorOutput({ type, steps }: Node): boolean {
  const [first, second] = type === "path" && steps ? steps : [];
  return first !== undefined && isVariable(first, "states") && second?.value === "errorOutput";
}
