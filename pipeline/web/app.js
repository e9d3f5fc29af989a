// What the console's pages do besides what HTML does by itself. Every page works without it.

/** Fetches the page again and puts its parts in place of those of the same id. */
async function refresh() {
  const answer = await fetch(location.href, { headers: { Accept: "text/html" } });
  if (!answer.ok) return;
  const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
  for (const part of document.querySelectorAll("[data-part]")) {
    const next = fresh.getElementById(part.id);
    // A part in which somebody types, or has a button focused, is left alone.
    if (!next || part.isEqualNode(next) || part.contains(document.activeElement)) continue;
    // What was opened stays open.
    const heads = (within) => [...within.querySelectorAll("details")];
    const open = new Set(
      heads(part).flatMap((one) => (one.open ? [one.firstElementChild?.textContent] : [])),
    );
    for (const one of heads(next)) one.open = open.has(one.firstElementChild?.textContent);
    part.replaceWith(next);
  }
  document.title = fresh.title;
  prepare(document);
}

/** At most one sentence in five seconds, the last one. */
const said = { at: -Infinity, next: "", timer: 0 };
function say(sentence) {
  if (!sentence) return;
  said.next = sentence;
  if (said.timer) return;
  const wait = Math.max(0, said.at + 5000 - performance.now());
  said.timer = setTimeout(() => {
    said.timer = 0;
    said.at = performance.now();
    const region = document.getElementById("said");
    if (region) region.textContent = said.next;
  }, wait);
}

/** Says above the page that nothing keeps it up to date; with an empty sentence, that something does. */
function gone(sentence) {
  const region = document.getElementById("gone");
  if (region.textContent !== sentence) region.textContent = sentence;
  region.hidden = sentence === "";
}

function follow(address) {
  const events = new EventSource(address);
  let isBusy = false;
  let isStale = false;
  const changed = async (event) => {
    say(JSON.parse(event.data).say);
    // What an action led to is told; when its run has ended, the page tells what became of it.
    if (event.type === "run" && address.includes("run="))
      document.querySelector(".flash:not(.gone)")?.remove();
    isStale = true;
    if (isBusy) return;
    isBusy = true;
    while (isStale) {
      isStale = false;
      await refresh().catch(() => {});
    }
    isBusy = false;
  };
  for (const name of ["run", "state", "progress"]) events.addEventListener(name, changed);
  let failures = 0;
  events.onerror = () => {
    failures++;
    // One failure may be a stream that ended, which the browser opens again. Another console has another token, and
    // answers this page no more.
    if (failures < 2 && events.readyState !== EventSource.CLOSED) return;
    gone(
      events.readyState === EventSource.CLOSED
        ? "The console was started again. Open the link that it has printed."
        : "The console does not answer: what is shown may be old. If it has ended, start pbp console again.",
    );
  };
  events.onopen = () => {
    failures = 0;
    gone("");
  };
  addEventListener("pagehide", () => events.close());
}

/** Makes usable what needs a script. */
function prepare(root) {
  for (const button of root.querySelectorAll("button[data-copy]")) {
    button.hidden = false;
    button.onclick = async () => {
      await navigator.clipboard.writeText(button.dataset.copy);
      say("Copied.");
      button.classList.add("done");
      setTimeout(() => button.classList.remove("done"), 1500);
    };
  }
  for (const shown of root.querySelectorAll("[data-command]")) {
    const form = shown.closest("form");
    if (!form) continue;
    form.oninput = () => {
      shown.textContent = commandOf(shown.dataset.command, new FormData(form));
    };
    form.oninput();
  }
}

/** `pbp rerun x{ --epochs epochs}{ --reason reason}`: a part in braces is left out while its field is empty. */
function commandOf(pattern, fields) {
  return pattern.replace(/\{([^{}]*?)(\w+)\}/g, (_, before, name) => {
    const value = String(fields.get(name) ?? "").trim();
    if (value === "") return "";
    const isSafe = /^[\w./@%+,:-]+$/.test(value);
    return before + (isSafe ? value : `'${value.replaceAll("'", "'\\''")}'`);
  });
}

const theme = document.querySelector("[data-theme-switch]");
if (theme) {
  theme.hidden = false;
  theme.onclick = () => {
    const isDark = matchMedia("(prefers-color-scheme: dark)").matches;
    const now = document.documentElement.dataset.theme ?? (isDark ? "dark" : "light");
    const next = now === "dark" ? "light" : "dark";
    document.documentElement.dataset.theme = next;
    // biome-ignore lint/suspicious/noDocumentCookie: the server writes the theme into the page, so that none flashes.
    document.cookie = `pbp-theme=${next}; SameSite=Strict; Path=/; Max-Age=31536000`;
  };
}
prepare(document);
if (document.body.dataset.live) follow(document.body.dataset.live);
