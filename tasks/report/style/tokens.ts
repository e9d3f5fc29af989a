// Colours, in which text has a contrast of at least 4.5 to 1 on what it stands on, and marks one of 3 to 1 (WCAG 2.2,
// AA); test/tasks/report/stylesheet.test.ts computes them.

const light = {
  page: "#f6f7f3",
  card: "#ffffff",
  sunken: "#f0f1ec",
  line: "#e3e5de",
  text: "#15181d",
  muted: "#585f6b",
  faint: "#c9d5ee",
  mark: "#2656c9",
  "mark-soft": "#e8eefb",
  second: "#0f7f6f",
  third: "#b0570b",
  rail: "#2656c9",
  "rail-off": "#878d98",
  good: "#0d7a43",
  "good-soft": "#dff3e7",
  bad: "#b3261e",
  "bad-soft": "#fbe6e4",
  unsure: "#8a5a00",
  "unsure-soft": "#fbf0d9",
  quiet: "#585f6b",
  "quiet-soft": "#e9ebe5",
  bar: "#dfe2da",
  heat: "#2656c9",
};

const dark: typeof light = {
  page: "#0b0d10",
  card: "#14171b",
  sunken: "#1c2025",
  line: "#272c33",
  text: "#edf0f4",
  muted: "#9ba4b0",
  faint: "#33425f",
  mark: "#86a7ff",
  "mark-soft": "#1d2740",
  second: "#41cdb6",
  third: "#f5a263",
  rail: "#86a7ff",
  "rail-off": "#767e8a",
  good: "#5fd49a",
  "good-soft": "#12301f",
  bad: "#ff8f86",
  "bad-soft": "#3a1a18",
  unsure: "#f0bd5e",
  "unsure-soft": "#33270e",
  quiet: "#9ba4b0",
  "quiet-soft": "#22272e",
  bar: "#2b3138",
  heat: "#86a7ff",
};

export const themes = { light, dark };

const variables = (theme: typeof light, scheme: string) =>
  `color-scheme:${scheme};${Object.entries(theme)
    .map(([name, value]) => `--${name}:${value}`)
    .join(";")}`;

/** As the system says, unless the page says otherwise in `data-theme`; paper is light. */
export const tokens = `
:root{${variables(light, "light")}}
@media screen and (prefers-color-scheme:dark){:root:not([data-theme=light]){${variables(dark, "dark")}}}
@media screen{:root[data-theme=dark]{${variables(dark, "dark")}}}
`;
