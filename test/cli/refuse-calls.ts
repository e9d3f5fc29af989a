// Loaded before pbp: one kind of call is refused below a folder, as the operating system would.
import { interpose } from "../../campaigns/injection/interpose.ts";

const { root, call, code } = JSON.parse(process.env.REFUSED ?? "{}") as Record<
  "root" | "call" | "code",
  string
>;
interpose(root, ({ name }) => (name === call ? { refuse: code } : null));
