import { type Html, html } from "../../tasks/report/html.ts";
import type { Asked } from "./routes.ts";

/** What a page says after an action has led to it. */
const sentences: Readonly<Record<string, string>> = {
  rerun: "The run has begun.",
  resume: "The run continues.",
  stop: "The run is being stopped: its jobs save what they can.",
  promote: "The model is in use.",
  approve: "The model is approved and in use.",
  decline: "The run is closed: its model is declined.",
  rollback: "The earlier model is in use again.",
  traffic: "The traffic is shared. The service takes it up within seconds.",
  "stop-traffic": "The generation in use answers alone again.",
  upload:
    "The export has arrived. Its run begins when it has been taken: after some seconds, or half a minute for JSON Lines.",
};

export function done({ query }: Asked): Html | null {
  const name = query.get("done") ?? "";
  return Object.hasOwn(sentences, name) ? html`<p class="flash" role="status">${sentences[name]}</p>` : null;
}
