// The console's pages over a home, as a browser asks for them: to the first byte of the answer.
import { once } from "node:events";
import { get, type IncomingMessage } from "node:http";
import type { Installation } from "../../pipeline/installation.ts";
import { startConsole } from "../../pipeline/web/server.ts";

export async function openPages(installation: Installation) {
  const ending = new AbortController();
  const served = await startConsole({
    installation,
    port: 0,
    showNotes: false,
    ending: ending.signal,
    say: () => {},
    onFault(error) {
      throw error;
    },
  });
  const { port, search } = new URL(served.link);
  const ask = async (path: string, cookie = "") => {
    const [answer] = (await once(get({ port, path, headers: { cookie } }), "response")) as [IncomingMessage];
    return answer;
  };
  const opened = await ask(`/${search}`);
  opened.resume();
  const cookie = opened.headers["set-cookie"]![0]!.split(";")[0]!;
  return {
    /** Resolves at the first byte. Throws for a page that is not there. */
    async look(path: string): Promise<void> {
      const answer = await ask(path, cookie);
      answer.resume();
      if (answer.statusCode !== 200) throw new Error(`${path} answers ${answer.statusCode}`);
    },
    /** Bytes of the page, without what all pages share. */
    async weigh(path: string): Promise<number> {
      let bytes = 0;
      for await (const chunk of await ask(path, cookie)) bytes += (chunk as Buffer).length;
      return bytes;
    },
    async close(): Promise<void> {
      ending.abort();
      await served.close();
    },
  };
}
