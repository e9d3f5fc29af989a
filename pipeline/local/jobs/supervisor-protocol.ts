/** Engine → supervisor, once. Any later message means: stop. */
export type Order = {
  command: string;
  args: string[];
  cwd: string;
  environment: Record<string, string>;
  /** File that stdout and stderr are appended to. */
  log: string;
  /** File that gets the group leader's ProcessIdentity. */
  note: string;
  /** Between SIGTERM and SIGKILL. */
  graceMs: number;
};

/** Supervisor → engine. `failed` is the code of the error that kept the process from starting. */
export type Report = { failed: string } | { exited: { code: number | null; signal: NodeJS.Signals | null } };
