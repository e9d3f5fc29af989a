import commonSchema from "../schemas/common.schema.json" with { type: "json" };
import { reasonInWords } from "../tasks/lambda/door.ts";

const { maxLength, pattern } = commonSchema.$defs.reason;
export const longestReason = maxLength;
const shape = new RegExp(pattern, "u");

/** Whether the history takes it as a reason. */
export const isReason = (text: string) => text.length <= maxLength && shape.test(text);

/** What a reason must be, whoever asks for it. */
export const reasonExpectation = `${reasonInWords}, of at most ${maxLength} characters`;
