import { otherSettings } from "../../../schemas/execution/advice.ts";
import { modelOf, optionOf } from "../../../schemas/models/registered-models.ts";
import { type Card, card } from "../elements.ts";
import { html } from "../html.ts";
import type { RunView } from "../run-view.ts";

/** What one may want to type after reading the page, each with what it is for. */
export function commandsAfter({
  execution,
  status,
  settings,
  generation,
  curves,
  approval,
  options,
  files,
}: RunView): [string, string][] {
  const model = optionOf(modelOf(settings ?? {}));
  const commands: [string, string][] = [];
  if (status === "RUNNING")
    commands.push(["Stop it; finished work is kept", `pbp stop ${execution}${options}`]);
  if (approval?.decision === null)
    commands.push(
      ["Put it in use", `pbp approve ${execution} --reason "why"${options}`],
      ["Close it; the model in use stays", `pbp decline ${execution} --reason "why"${options}`],
    );
  if (status === "SUCCEEDED" && curves.length === 0)
    commands.push(["Try other settings on the same export", otherSettings(execution, settings, options)]);
  const { publication, registration } = files.receipt ?? {};
  if (publication?.status === "failed" || (registration?.status === "failed" && generation !== null))
    commands.push(["Publish and register it again", `pbp publish${model}${options}`]);
  // Before the first there is none.
  if (generation !== null && generation > 1)
    commands.push(["Go back to the model before", `pbp rollback${model} --reason "why"${options}`]);
  else if (
    generation === null &&
    status === "SUCCEEDED" &&
    files.verdict &&
    files.verdict.verdict !== "promote"
  )
    commands.push([
      "Promote it against the verdict",
      `pbp promote ${execution} --force --reason "why"${options}`,
    ]);
  commands.push(["All of this for programs", `pbp show ${execution} --json${options}`]);
  return commands;
}

export function nextSection(view: RunView): Card {
  return card(
    { id: "next", title: "Next", say: "What to type", columns: 12 },
    html`<ul class="commands">${commandsAfter(view).map(
      ([purpose, command]) => html`<li><div><p>${purpose}</p><code>${command}</code></div></li>`,
    )}</ul>`,
  );
}
