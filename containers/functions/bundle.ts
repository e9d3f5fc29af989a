import errors from "../../schemas/tables/errors.json" with { type: "json" };

type Handler = (event: unknown) => Promise<unknown>;

/** A function's handler, from the bundle that Lambda runs. */
export async function handlerOf(name: string): Promise<Handler> {
  const bundle = new URL(`../../dist/tasks/${name}/index.mjs`, import.meta.url);
  return ((await import(bundle.href)) as { handler: Handler }).handler;
}

/** A function throws errors of our names only, whose sentences quote no data; of any other only its name is told. */
export function reasonOf(error: unknown, otherwise: string): { name: string; message: string } {
  if (!(error instanceof Error)) return { name: otherwise, message: typeof error };
  const { name, message } = error;
  return Object.hasOwn(errors.pipeline, name) ? { name, message } : { name: otherwise, message: name };
}
