import type { Server } from "node:http";
import type { AddressInfo } from "node:net";
import { InstallationError } from "../installation.ts";

/**
 * Listens on this machine's loopback address.
 *
 * @param wanted 0: any port that is free. @param rest Of the refusal, by the system's code: what to do.
 * @returns the port. Throws InstallationError PortTaken.
 */
export async function listen(
  server: Server,
  wanted: number,
  rest: (code: string) => string,
): Promise<number> {
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject).listen(wanted, "127.0.0.1", resolve);
  }).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== "EADDRINUSE" && error.code !== "EACCES") throw error;
    throw new InstallationError(
      "PortTaken",
      `Port ${wanted} of 127.0.0.1 cannot be taken ${rest(error.code)}`,
    );
  });
  return (server.address() as AddressInfo).port;
}
