/** 0: done, and the execution ended. 1: usage or input error. 2: the execution failed. 130: stopped by Ctrl-C. */
export type ExitCode = 0 | 1 | 2 | 130;

export type Option = {
  /** What the help calls the value: `N`, `FILE`. Absent: the option is a switch. */
  value?: string;
  help: string;
};

/** A command of pbp. Help, parsing, suggestions and docs/command-line.md all come from this one description. */
export type Command = {
  /** As typed: `run`, `base-model add`. */
  name: string;
  summary: string;
  /** A paragraph or two under the usage line. */
  details?: string;
  /** `repeats`: of the last one there may be several. */
  arguments: readonly { name: string; help: string; repeats?: true }[];
  options: Readonly<Record<string, Option>>;
  /** Without the leading `pbp`. */
  examples: readonly string[];
  /** What --json prints, besides the error, when the command did not get far enough to say anything. */
  nothing?: object;
  run(call: Call): Promise<ExitCode>;
};

/** A parsed command line. */
export type Call = {
  arguments: string[];
  /** Values of options by name; a switch that was given has "". */
  options: Readonly<Record<string, string | undefined>>;
};

/** Options that every command has. */
export const commonOptions: Readonly<Record<string, Option>> = {
  home: { value: "DIR", help: "folder of the local installation (default .pbp)" },
  cloud: { help: "work on the stack in AWS, with the credentials and region that the AWS CLI has" },
  stack: { value: "NAME", help: "with --cloud: name of the stack (default PredictiveBilling)" },
  json: { help: "end with one JSON object on the last line of stdout" },
  help: { help: "show this help" },
};

/** The command line cannot be understood. The message says what was expected. */
export class UsageError extends Error {
  override name = "UsageError";
}

/** The whole number that an option says in digits, or `usual`. Throws {@link UsageError}. */
export function wholeNumber(
  options: Call["options"],
  name: string,
  { from = 1, to, usual }: { from?: number; to?: number; usual: number },
): number {
  const text = options[name] ?? String(usual);
  const number = Number(text);
  if (/^(0|[1-9]\d{0,6})$/.test(text) && number >= from && number <= (to ?? number)) return number;
  throw new UsageError(`--${name} takes a whole number from ${from}${to === undefined ? "" : ` to ${to}`}.`);
}

/** What a command that listens on this machine may be told, and {@link portOf} reads. */
export const portOption = (usual: number): Option => ({
  value: "N",
  help: `port of 127.0.0.1 (default ${usual}; 0: any that is free)`,
});

export const portOf = (options: Call["options"], usual: number) =>
  wholeNumber(options, "port", { from: 0, to: 65_535, usual });

/** The number of a generation, which stands behind `name` on the command line. Throws {@link UsageError}. */
export function generationIn(text: string, name: string): number {
  if (/^[1-9]\d{0,5}$/.test(text)) return Number(text);
  throw new UsageError(`${name} takes the number of a generation, see pbp history.`);
}
