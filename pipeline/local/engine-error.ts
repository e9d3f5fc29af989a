/** What the engine refuses to do, under the names of the Step Functions API where it has them. */
export type EngineErrorName =
  | "InvalidName"
  | "InvalidDefinition"
  | "InvalidExecutionInput"
  | "ExecutionAlreadyExists"
  | "ExecutionDoesNotExist"
  | "ExecutionNotRedrivable"
  /** A living process owns the execution. */
  | "ExecutionRunning"
  /** A living process watches the folder of incoming exports. */
  | "WatchRunning"
  /** The folder of incoming exports, the store or the events cannot be used any more. */
  | "WatchFailed";

export class EngineError extends Error {
  override readonly name: EngineErrorName;

  constructor(name: EngineErrorName, message: string) {
    super(message);
    this.name = name;
  }
}
