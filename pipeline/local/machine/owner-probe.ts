// Says whether anybody listens on the socket that is named; its folder is the working directory. Started by owner.ts.
import { connect } from "node:net";

function say(state: string): void {
  process.stdout.write(state, () => process.exit());
}

connect(process.argv[2]!)
  .once("connect", () => say("running"))
  .once("error", ({ code }: NodeJS.ErrnoException) => {
    // EAGAIN: its queue is full, since it is stopped and has been asked often.
    if (code === "EAGAIN") say("running");
    else say(code === "ECONNREFUSED" || code === "ENOENT" ? "gone" : "unknown");
  });
