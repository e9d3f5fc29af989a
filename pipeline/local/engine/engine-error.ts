/** What the engine refuses to do, under the names of the Step Functions API where it has them. */
export type EngineErrorName =
  | "InvalidName"
  | "InvalidDefinition"
  | "InvalidExecutionInput"
  | "ExecutionAlreadyExists"
  | "ExecutionDoesNotExist"
  /** Its journal is not what an engine writes. */
  | "ExecutionDamaged"
  | "ExecutionNotRedrivable"
  /** A process owns the execution that is alive, or may be. */
  | "ExecutionRunning"
  /** Somebody said that this process was gone, and another one took its execution over. */
  | "ExecutionTakenOver"
  /** A process watches the folder of incoming exports that is alive, or may be. */
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
