import { describe, expect, it } from "vitest";
import { findCommand, parseCall } from "../../pipeline/cli/arguments.ts";
import { type Command, UsageError } from "../../pipeline/cli/command.ts";
import { everyCommand } from "../../pipeline/cli/commands.ts";
import { didYouMean, nearest } from "../../pipeline/cli/nearest.ts";

const commands = await everyCommand();

const command = (name: string): Command => commands.find((one) => one.name === name)!;
const refusal = (work: () => unknown): string => {
  try {
    work();
  } catch (error) {
    expect(error).toBeInstanceOf(UsageError);
    return (error as Error).message;
  }
  throw new Error("Expected a UsageError.");
};

describe("findCommand", () => {
  it("finds commands of one and of two words", () => {
    expect(findCommand(commands, ["run", "a.json"])).toEqual({ command: command("run"), rest: ["a.json"] });
    expect(findCommand(commands, ["base-model", "list"]).command).toBe(command("base-model list"));
  });

  it.each([
    ["rnu", "pbp run"],
    ["hystory", "pbp history"],
    ["roll-back", "pbp rollback"],
    ["validte", "pbp validate"],
  ])("suggests for %s: %s", (word, suggestion) => {
    expect(refusal(() => findCommand(commands, [word]))).toBe(
      `There is no command "${word}". Did you mean ${suggestion}?`,
    );
  });

  it("suggests nothing for what is like nothing", () => {
    expect(refusal(() => findCommand(commands, ["quxquux"]))).toBe('There is no command "quxquux".');
  });

  it("names what begins with base-model", () => {
    expect(refusal(() => findCommand(commands, ["base-model"]))).toBe(
      "Expected pbp base-model add or pbp base-model get or pbp base-model list.",
    );
  });
});

describe("parseCall", () => {
  it("takes options anywhere, with = or a blank", () => {
    const call = parseCall(command("run"), ["--epochs=5", "a.json", "--reason", "two words", "--json"]);
    expect(call).toEqual({
      arguments: ["a.json"],
      options: { epochs: "5", reason: "two words", json: "" },
    });
  });

  it("hands a negative number on as a value, for the schema to refuse by name", () => {
    expect(parseCall(command("run"), ["a.json", "--epochs", "-1"]).options.epochs).toBe("-1");
  });

  it("takes what follows -- as an argument", () => {
    expect(parseCall(command("run"), ["--", "--odd.json"]).arguments).toEqual(["--odd.json"]);
  });

  it.each([
    [["a.json", "--epoch", "3"], 'pbp run has no option "--epoch". Did you mean --epochs?'],
    [["a.json", "--batchsize", "3"], 'pbp run has no option "--batchsize". Did you mean --batch-size?'],
    [["a.json", "-x"], 'pbp run has no option "-x".'],
    [["a.json", "--constructor"], 'pbp run has no option "--constructor".'],
    [["a.json", "--epochs"], "--epochs takes a value: --epochs N."],
    [["a.json", "--json=yes"], "--json takes no value."],
    [["a.json", "--epochs", "3", "--epochs", "4"], "--epochs is given twice."],
    [
      [],
      "pbp run needs <export>: the export file, or what another tool wrote (see pbp import). See pbp run --help.",
    ],
    [["a.json", "b.json"], 'pbp run does not expect "b.json".'],
  ])("refuses %j", (line, message) => {
    expect(refusal(() => parseCall(command("run"), line))).toBe(message);
  });

  it("does not ask for arguments where help is wanted", () => {
    expect(parseCall(command("run"), ["--help"]).options.help).toBe("");
  });
});

describe("nearest", () => {
  it("counts a swap of neighbours once", () => {
    expect(nearest("hsow", ["show", "runs"])).toBe("show");
    expect(nearest("show", [])).toBeNull();
    expect(didYouMean("zzzzzz", ["show"])).toBe("");
  });
});
