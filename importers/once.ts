import type { SourceFile } from "./files.ts";
import type { ReadOptions } from "./format.ts";

/**
 * What a format has to know of all files before it reads the first record. An import reads twice, with the same files and
 * options: the second time it is known.
 */
export function once<Known>(
  find: (files: readonly SourceFile[], options: ReadOptions) => Promise<Known>,
): typeof find {
  const kept = new WeakMap<readonly SourceFile[], { options: ReadOptions; found: Promise<Known> }>();
  return (files, options) => {
    const last = kept.get(files);
    if (last?.options === options) return last.found;
    const found = find(files, options);
    kept.set(files, { options, found });
    return found;
  };
}
