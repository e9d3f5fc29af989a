import { engine } from "./engine.ts";
import { policy } from "./policy.ts";
import { preprocess } from "./preprocess.ts";
import { promote } from "./promote.ts";
import { rollback } from "./rollback.ts";
import type { Subject } from "./subject.ts";
import { traffic } from "./traffic.ts";

export const subjects: Record<string, Subject> = { promote, rollback, traffic, policy, preprocess, engine };
