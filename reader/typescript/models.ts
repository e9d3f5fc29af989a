import { readdir, readlink } from "node:fs/promises";
import { basename, join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { type Bundle, ModelsError, openBundle } from "./bundle.ts";
import { openVerified } from "./verified.ts";

export type Models<T> = {
  /** Loads the first time only. Throws ModelsError. */
  current(): Promise<T>;
  /**
   * Looks at the pointer (one call to the file system) and loads the bundle in use if it is another one.
   *
   * @returns whether it was. Throws ModelsError; current() then keeps what it had.
   */
  refresh(): Promise<boolean>;
};

// A network file system may say for a moment that a file is not there, and a version may be removed while it is read.
const passing = new Set(["ENOENT", "ESTALE"]);
// Between six attempts: outlasts a promotion's last steps, not a user.
const pausesMilliseconds = [0, 100, 200, 400, 800];

/**
 * What `load` makes of the bundle in use, loaded once and again when another one is promoted.
 *
 * `current` is resolved once a load, and everything is opened below the result: the parts of two bundles never mix.
 * `load` is called again, with the bundle in use by then, when a file of the bundle vanishes during a load.
 *
 * @param folder The models folder, such as /mnt/models.
 * @param model Name of the registered model; absent: the default one, which lies right in the folder.
 * @param verified Where to remember what was verified: see {@link openVerified}.
 */
export function openModels<T>(
  folder: string,
  load: (bundle: Bundle) => Promise<T>,
  { model, verified }: { model?: string; verified?: string } = {},
): Models<T> {
  const place = placeOf(folder, model);
  const known = verified === undefined ? null : openVerified(verified);
  const pointer = join(place, "current");
  let loaded: { version: string; value: T } | null = null;
  let loading: Promise<boolean> | null = null;

  async function newest(): Promise<{ version: string; value: T }> {
    for (let attempt = 0; ; attempt++) {
      try {
        const version = await versionAt(pointer);
        if (loaded?.version === version) return loaded;
        return { version, value: await load(await openBundle(join(place, "versions", version), known)) };
      } catch (error) {
        const { code, path } = error as NodeJS.ErrnoException;
        if (code === undefined || error instanceof ModelsError) throw error;
        const wait = pausesMilliseconds[attempt];
        if (!passing.has(code) || wait === undefined)
          throw new ModelsError(
            `${path ?? place} cannot be read (${code}). If ${basename(place)}/current is not there, nothing has been promoted yet, or the file system is not mounted here.${await othersIn(folder, model)}`,
            { cause: error },
          );
        await pause(wait);
      }
    }
  }

  /** Whoever asks while a load is under way waits for that one. */
  function refresh(): Promise<boolean> {
    loading ??= newest()
      .then((found) => {
        const isOther = found !== loaded;
        loaded = found;
        return isOther;
      })
      .finally(() => {
        loading = null;
      });
    return loading;
  }

  return {
    async current() {
      if (!loaded) await refresh();
      return loaded!.value;
    },
    refresh,
  };
}

const defaultModel = "keyphrases";
const modelName = /^(?!registered$)[a-z0-9][a-z0-9-]{0,39}$/;

/** Where a registered model lies. Throws ModelsError for what is no name and could lead elsewhere. */
export function placeOf(folder: string, model = defaultModel): string {
  if (!modelName.test(model))
    throw new ModelsError(
      "A registered model's name has at most 40 lower-case letters, digits and hyphens, and is not `registered`.",
    );
  return model === defaultModel ? folder : join(folder, "registered", model);
}

/** For who has mistyped a name, or named none: which ones there are. */
async function othersIn(folder: string, model = defaultModel): Promise<string> {
  const named = await readdir(join(folder, "registered")).catch(() => []);
  const isThere = (name: string) =>
    readlink(join(placeOf(folder, name), "current")).then(
      () => true,
      () => false,
    );
  const names = [defaultModel, ...named.filter((name) => modelName.test(name)).sort()];
  const there = await Promise.all(names.map(isThere));
  const found = names.filter((_, index) => there[index]);
  if (model === defaultModel && found.length === 0) return "";
  return ` Registered are: ${found.join(", ") || "none"}.`;
}

async function versionAt(pointer: string): Promise<string> {
  const version = /^versions\/([0-9]{6}-[0-9a-f]{12})$/.exec(await readlink(pointer))?.[1];
  if (!version) throw new ModelsError(`${pointer} does not point to a version. pbp rollback repairs it.`);
  return version;
}
