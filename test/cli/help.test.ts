// What --help tells: what must be given, and values as they are typed.
import { expect, it } from "vitest";
import { program } from "../../src/cli/program";

const commands = program().commands;
const helpOf = (name: string) =>
  commands
    .find((one) => one.name() === name)!
    .helpInformation()
    .replace(/\s+/g, " ");

it("an option that must be given stands in the usage, and its description says so", () => {
  const required = commands.flatMap((command) =>
    command.options.filter(({ mandatory }) => mandatory).map((option) => ({ command, option })),
  );
  expect(required.map(({ command, option }) => `${command.name()} ${option.long}`)).toEqual(
    expect.arrayContaining(["distill --out", "export --layout", "export --out", "import --out"]),
  );
  for (const { command, option } of required) {
    expect(command.usage()).toContain(option.flags);
    expect(option.description).toMatch(/\(required\)$/);
  }
  expect(helpOf("distill")).toContain("Usage: igds distill --out <dir> [options]");
});

it("defaults stand there as they are typed", () => {
  for (const command of commands) expect(command.helpInformation()).not.toMatch(/\(default: \[/);
  expect(helpOf("tune")).toContain("(default: 1,10)");
});

it("rules and kinds are told by what they do", () => {
  expect(helpOf("distill")).toContain("rule: 1000 / sqrt(IPC)");
  expect(helpOf("distill")).toContain("rule: 2 ln IPC / ln 10");
  expect(helpOf("distill")).toContain("potential scales gradients by the doubt about x0");
  for (const kind of ["epsilon", "x0", "v", "flow", "edm"]) expect(helpOf("train")).toContain(`${kind}: `);
});
