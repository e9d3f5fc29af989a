// <pbp-send records="#notes" endpoint="/ai/selections">: sends the ids of the checked records to this application's own
// server, and shows what becomes of the selection. No text of a note and no address of AWS is ever in the browser.
//
//   records   a selector of what holds the checkboxes; the value of each is a record's id
//   endpoint  of this application: POST {selectionId, selectedAt, recordIds}, GET <endpoint>/<selectionId>
//   every     seconds between two questions (default 5)
//
// It fires pbp-status, with the server's answer as its detail, each time that the status changes.

const words = {
  sending: "Sending …",
  incomplete: "It did not arrive whole. Send it again.",
  waiting: "Waiting for its turn.",
  running: "Training and judging a model …",
  "awaiting-approval": "The new model is better, and waits for a person's approval.",
  promoted: "Promoted: the new model is in use.",
  declined: "Declined: a person decided against the new model.",
  rejected: "Rejected: the model in use is better or as good.",
  inconclusive: "Inconclusive: too little data to tell the models apart.",
  failed: "Failed.",
};
const goesOn = new Set(["waiting", "running", "awaiting-approval"]);
// A person may take days: meanwhile the next selection can be sent, and is then the one that is shown.
const isFree = (status) => !goesOn.has(status) || status === "awaiting-approval";
const style = new CSSStyleSheet();
style.replaceSync(`
  :host { display: block; font: inherit; }
  button { font: inherit; padding: 0.4em 1em; }
  p, ul { margin: 0.5em 0 0; }
`);

class PbpSend extends HTMLElement {
  #button = document.createElement("button");
  #status = document.createElement("p");
  #reasons = document.createElement("ul");
  #timer = 0;
  #told = "";
  #shown = "";

  connectedCallback() {
    if (!this.shadowRoot) {
      this.#button.textContent = this.getAttribute("label") ?? "Send to AI";
      this.#button.addEventListener("click", () => this.#send());
      this.#status.setAttribute("role", "status");
      const root = this.attachShadow({ mode: "open" });
      root.adoptedStyleSheets = [style];
      root.append(this.#button, this.#status, this.#reasons);
    }
    // The page was loaded again meanwhile.
    const open = this.#kept();
    if (open) this.#follow(open);
  }

  disconnectedCallback() {
    clearTimeout(this.#timer);
  }

  get #endpoint() {
    return this.getAttribute("endpoint");
  }

  #kept() {
    return sessionStorage.getItem(`pbp-send ${this.#endpoint}`);
  }

  async #send() {
    const checked = document.querySelectorAll(`${this.getAttribute("records")} input[type=checkbox]:checked`);
    const recordIds = [...checked].map(({ value }) => value);
    if (recordIds.length === 0) return this.#show({ status: "Select records first." });
    // Made once: sending the same again, after a reply that was lost, is one selection.
    const selection = { selectionId: newId(), selectedAt: new Date().toISOString(), recordIds };
    clearTimeout(this.#timer);
    this.#shown = selection.selectionId;
    this.#button.disabled = true;
    this.#show({ status: "sending" });
    for (let attempt = 1; ; attempt++) {
      const answer = await this.#ask("POST", this.#endpoint, selection);
      if (answer.ok) break;
      if (answer.refused || attempt === 4) {
        this.#button.disabled = false;
        return this.#show({ status: "failed", reasons: [answer.detail ?? "The server cannot be reached."] });
      }
      await new Promise((resolve) => setTimeout(resolve, 500 * 2 ** attempt));
    }
    sessionStorage.setItem(`pbp-send ${this.#endpoint}`, selection.selectionId);
    await this.#follow(selection.selectionId);
  }

  async #follow(selectionId) {
    clearTimeout(this.#timer);
    this.#shown = selectionId;
    const answer = await this.#ask("GET", `${this.#endpoint}/${encodeURIComponent(selectionId)}`);
    // Meanwhile another selection may have been sent.
    if (!this.isConnected || this.#shown !== selectionId) return;
    if (answer.ok) this.#show(answer);
    const isOver = answer.refused || (answer.ok && !goesOn.has(answer.status));
    this.#button.disabled = !isOver && !(answer.ok && isFree(answer.status));
    if (isOver) return sessionStorage.removeItem(`pbp-send ${this.#endpoint}`);
    const seconds = Number(this.getAttribute("every") ?? 5);
    this.#timer = setTimeout(() => this.#follow(selectionId), seconds * 1000);
  }

  /** `refused`: asking the same again cannot help. */
  async #ask(method, url, body) {
    try {
      const response = await fetch(url, {
        method,
        headers: body && { "content-type": "application/json" },
        body: body && JSON.stringify(body),
      });
      const refused = response.status >= 400 && response.status < 500 && response.status !== 429;
      const answer = await response.json().catch(() => ({}));
      return { ...answer, ok: response.ok, refused };
    } catch {
      return { ok: false, refused: false };
    }
  }

  #show({ status, reasons = [], error = null, ...rest }) {
    this.#status.textContent = words[status] ?? status;
    const lines = error ? [...reasons, `${error.name}: ${error.message}`] : reasons;
    this.#reasons.replaceChildren(
      ...lines.map((line) => Object.assign(document.createElement("li"), { textContent: line })),
    );
    if (this.#told === status) return;
    this.#told = status;
    const detail = { status, reasons, error, ...rest };
    this.dispatchEvent(new CustomEvent("pbp-status", { bubbles: true, composed: true, detail }));
  }
}

/** As random as crypto.randomUUID, which a page without https lacks. */
function newId() {
  const bytes = crypto.getRandomValues(new Uint8Array(12));
  return `sel-${[...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("")}`;
}

customElements.define("pbp-send", PbpSend);
