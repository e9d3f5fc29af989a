/**
 * An engine to be killed: `kill-child.ts <home> start|resume`. Its task says "in task" and never ends by itself; it
 * answers once stdin closes. Says "refused <error>" if the execution is not to be had.
 */
import { once } from "node:events";
import { resumeExecution, startExecution } from "../../pipeline/local/engine/executions.ts";
import { homeAt } from "../../pipeline/local/machine/home.ts";

const LAMBDA = "arn:aws:states:::lambda:invoke";
const [root = "", verb] = process.argv.slice(2);
const tasks = {
  [LAMBDA]: async (_args: unknown, { stateName }: { stateName: string }) => {
    if (stateName === "Quick") return "quick";
    console.log("in task");
    process.stdin.resume();
    await once(process.stdin, "end");
    return "slow";
  },
};
const definition = {
  QueryLanguage: "JSONata",
  StartAt: "Quick",
  States: {
    Quick: { Type: "Task", Resource: LAMBDA, Assign: { quick: "{% $states.result %}" }, Next: "Slow" },
    Slow: { Type: "Task", Resource: LAMBDA, Output: "{% [$quick, $states.result] %}", End: true },
  },
};

try {
  const options = { home: homeAt(root), name: "run", tasks };
  const { status } =
    verb === "start"
      ? await startExecution({ ...options, definition, input: {} })
      : await resumeExecution(options);
  console.log(`ended ${status}`);
} catch (error) {
  console.log(`refused ${(error as Error).name}`);
}
