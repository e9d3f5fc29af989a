// What ministack 1.5.33 cannot carry of our definition, and the smallest change that gets around it. Everything else
// of the definition runs as it is. docs/independent-engines.md lists these changes.
import type { ParallelState, State, StateMachine, SucceedState, TaskState } from "../../states/asl.ts";

type States = Record<string, State>;

/** Marks a state that the definition does not have. */
export const added = "OnEmulator";

/** Where what is missing goes: activities, which are how Step Functions lends a task to anyone. */
export type Activities = { training: string; processing: string; task: string; object: string };

/** The definition as ministack can run it; placeholders stay. */
export function forEmulator(definition: StateMachine, activities: Activities): StateMachine {
  const changed = { ...definition, States: changeStates(definition.States, activities) };
  // Its context object has no RedriveCount, as it has no redrive: what is read there is always 0.
  const text = JSON.stringify(changed).replaceAll("$states.context.Execution.RedriveCount", "0");
  return JSON.parse(text) as StateMachine;
}

function changeStates(states: Readonly<States>, activities: Activities): States {
  const changed: States = {};
  for (const [name, state] of Object.entries(states)) {
    if (state.Type === "Task") changed[name] = changeTask(state, activities);
    else if (state.Type === "Parallel") Object.assign(changed, changeParallel(name, state, activities));
    else if (state.Type === "Map") {
      const { ItemProcessor } = state;
      const States = changeStates(ItemProcessor.States, activities);
      changed[name] = { ...state, ItemProcessor: { ...ItemProcessor, States } };
    } else if (state.Type === "Succeed") Object.assign(changed, changeSucceed(name, state));
    else changed[name] = state;
  }
  return changed;
}

/** SageMaker, Fargate and S3's GetObject are missing: they become an activity's, with the same Arguments, Retry, Catch and Output. */
function changeTask(task: TaskState, activities: Activities): TaskState {
  if (task.Resource.endsWith(":sagemaker:createTrainingJob.sync"))
    return { ...task, Resource: activities.training };
  if (task.Resource.endsWith(":sagemaker:createProcessingJob.sync"))
    return { ...task, Resource: activities.processing };
  if (task.Resource.endsWith(":ecs:runTask.sync")) return { ...task, Resource: activities.task };
  if (task.Resource.endsWith(":aws-sdk:s3:getObject")) return { ...task, Resource: activities.object };
  return task;
}

/** A Parallel's Assign and Output are ignored: a Pass after it has them, and sees the result as its input. */
function changeParallel(name: string, state: ParallelState, activities: Activities): States {
  const { Assign, Output, Next, End, ...rest } = state;
  if (Next === undefined) throw new Error(`Expected ${name} to lead to a state: ${End}.`);
  const branches = state.Branches.map((branch) => ({
    ...branch,
    States: changeStates(branch.States, activities),
  }));
  const after = JSON.parse(
    JSON.stringify({ Assign, Output }).replaceAll("$states.result", "$states.input"),
  ) as Pick<ParallelState, "Assign" | "Output">;
  return {
    [name]: { ...rest, Branches: branches, Next: `${name}${added}` },
    [`${name}${added}`]: { Comment: state.Comment, Type: "Pass", ...after, Next },
  };
}

/** So is a Succeed's Output: a Pass in its place has it, and leads to the end. */
function changeSucceed(name: string, { Comment, Output }: SucceedState): States {
  return {
    [name]: { Comment, Type: "Pass", Output, Next: `${name}${added}` },
    [`${name}${added}`]: { Comment, Type: "Succeed" },
  };
}
