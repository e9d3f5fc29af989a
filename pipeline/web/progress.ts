import { count, duration } from "../../tasks/report/format.ts";
import { type Html, html } from "../../tasks/report/html.ts";
import type { StateProgress } from "../execution.ts";

/** `Train 2: epoch 2 of 3, loss 0.2107, 1,204 of 2,868 steps, 2 min 05 s left`. */
export function progressText({
  state,
  trial,
  step,
  done,
  total,
  unit,
  epoch,
  loss,
  secondsLeft,
}: StateProgress): string {
  const isMeasured = done !== undefined && total !== undefined && total > 0;
  const parts = [
    isMeasured ? "" : step,
    epoch === undefined ? "" : `epoch ${epoch.replace("/", " of ")}`,
    loss === undefined ? "" : `loss ${loss.toFixed(4)}`,
    isMeasured ? `${count(done)} of ${count(total)} ${unit ?? ""}`.trimEnd() : "",
    secondsLeft === undefined || (isMeasured && done >= total)
      ? ""
      : `${duration(Math.ceil(secondsLeft))} left`,
  ].filter((part) => part !== "");
  return `${state}${trial === undefined ? "" : ` ${trial}`}: ${parts.join(", ")}`;
}

/** The same, with a bar. */
export function progressBar(progress: StateProgress): Html {
  const { done, total } = progress;
  const share = done !== undefined && total ? Math.min(100, Math.round((1000 * done) / total) / 10) : null;
  return html`<small>${progressText(progress)}</small>${
    share !== null &&
    html`<svg class="progress" role="img" aria-label="${share} % done"><rect class="track" width="100%" height="6" rx="3"/><rect class="done" width="${share}%" height="6" rx="3"/></svg>`
  }`;
}
