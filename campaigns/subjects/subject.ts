/**
 * A piece of work that is disturbed. Its whole world is one folder, so that a case is a copy of that folder. The
 * functions are called in other processes than the one that prepared it.
 */
export type Subject = {
  /** The part of the folder whose calls are disturbed. */
  root(folder: string): string;
  /** Whether its files may lie on a network file system, where a reply can be lost. */
  mayBeRemote: boolean;
  /** The machine's temporary folder, where it lies in the world: a machine that starts again begins with it empty. */
  temporary?(folder: string): string;
  /** Makes the world before the work. `variant` counts the different beginnings. */
  prepare(folder: string, variant: number): Promise<void>;
  /** The work. Throws what the work throws. */
  act(folder: string): Promise<void>;
  /**
   * What a bystander finds at any moment, whatever happened to the work, without repairing anything.
   *
   * @param acknowledged whether the work had said that it was done.
   * @returns what must not be.
   */
  inspect(folder: string, acknowledged: boolean): Promise<string[]>;
  /** Does what an operator or a retry does then, and says what is not as if nothing had happened. */
  recover(folder: string): Promise<string[]>;
  /** Whether what the work threw is a name that it may end by. */
  mayEndBy(error: unknown): boolean;
};
