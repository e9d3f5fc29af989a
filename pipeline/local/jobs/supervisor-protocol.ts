/** Engine → supervisor. */
export type Order =
  /** Before the first job: what the jobs need is loaded once. Modules below `folder` give their settings only. */
  | { do: "load"; modules: string[]; folder: string }
  | ({ do: "start"; id: number } & Start)
  /** The process that was started may begin: there is a note of whose it is. */
  | { do: "go"; id: number }
  | { do: "stop"; id: number };

export type Start = {
  script: string;
  cwd: string;
  environment: Record<string, string>;
  /** File that stdout and stderr are appended to. */
  log: string;
  /** Between SIGTERM and SIGKILL. */
  graceMs: number;
};

/** Supervisor → engine. `exited`: the exit status, or −n after signal n. `failed`: why there is no process. */
export type Report = { id: number } & ({ started: number } | { failed: string } | { exited: number });
