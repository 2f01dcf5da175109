// What the pages point at is there: files, headings, commands with their options, scripts.
import { existsSync, readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import type { Command } from "commander";
import { describe, expect, it } from "vitest";
import { program } from "../../src/cli/program";
import { anchorsOf, blocksOf, inlineCodeOf, linksOf, pages, root, shellLines } from "./pages";

const { scripts } = JSON.parse(readFileSync(path.join(root, "package.json"), "utf8")) as {
  scripts: Record<string, string>;
};

/** The command line with nothing behind it: parsing is all that is left. */
function withoutActions(command: Command): Command {
  command.exitOverride().configureOutput({ writeErr: () => undefined, writeOut: () => undefined });
  command.action(() => undefined);
  command.commands.forEach(withoutActions);
  return command;
}

/** Words of a line for a shell: quotes taken off, wildcards left as they are. */
function wordsOf(line: string): string[] {
  return [...line.matchAll(/'([^']*)'|"([^"]*)"|((?:[^\s'"]|'[^']*'|"[^"]*")+)/g)].map(
    ([, single, double, bare]) => single ?? double ?? bare!.replace(/['"]/g, ""),
  );
}

/** What is wrong with a line, null if nothing is. */
async function faultOf(line: string): Promise<string | null> {
  const plain = line
    .split(/\s(?:&&|\|)\s/)[0]!
    .replace(/^(?:[A-Z_a-z]+=\S+\s+)+/, "")
    .replace(/\s(?:&|\.\.\.)$/, "")
    // Whether the reader's own checkpoint is there, no page can know.
    .replace(/(?<=--denoiser )\S+\.\w+/, "unet");
  const [first, second, ...others] = wordsOf(plain);
  if (first === "npm" && second === "run") return scripts[others[0]!] ? null : `no script "${others[0]}"`;
  if (first === "npm" && (second === "start" || second === "test")) return scripts[second] ? null : second;
  if (first === "npx" && second === "tsx")
    return existsSync(path.join(root, others[0]!)) ? null : `no file ${others[0]}`;
  if (first === "node") return existsSync(path.join(root, second!)) ? null : `no file ${second}`;
  if (!(first === "npx" && second === "igds") && first !== "igds") return null;
  try {
    await withoutActions(program()).parseAsync(first === "igds" ? [second!, ...others] : others, {
      from: "user",
    });
    return null;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

/** What is wrong with a command within a sentence, which may leave out what it takes; null if nothing is. */
function mentionFault(code: string): string | null {
  const words = wordsOf(code.replace(/^(?:[A-Z_a-z]+=\S+\s+)+/, ""));
  if (words[0] === "npm" && words[1] === "run")
    return words[2] !== undefined && scripts[words[2]] ? null : `no script "${words[2]}"`;
  const rest = words[0] === "npx" ? words.slice(1) : words;
  if (rest[0] !== "igds" || rest.length < 2) return null;
  let command = program();
  for (const word of rest.slice(1)) {
    if (word.startsWith("-") || command.commands.length === 0) break;
    const next = command.commands.find((one) => one.name() === word);
    if (!next) return `no command "${word}"`;
    command = next;
  }
  const known = ["--help", ...command.options.map(({ long }) => long)];
  const unknown = rest.filter((word) => word.startsWith("--") && !known.includes(word));
  return unknown.length > 0 ? `no option ${unknown.join(", ")}` : null;
}

describe.each(pages)("%s", (page) => {
  it("links to what is there", () => {
    const missing = linksOf(page).filter((link) => {
      const [file = "", anchor] = link.split("#");
      const target = file === "" ? page : path.join(path.dirname(page), decodeURIComponent(file));
      if (!existsSync(path.join(root, target))) return true;
      return anchor !== undefined && target.endsWith(".md") && !anchorsOf(target).includes(anchor);
    });
    expect(missing).toEqual([]);
  });

  it("names commands, options and scripts that there are", async () => {
    const faults: string[] = [];
    for (const line of ["sh", "bash"].flatMap((language) => blocksOf(page, language)).flatMap(shellLines)) {
      const fault = await faultOf(line);
      if (fault !== null) faults.push(`${line}: ${fault}`);
    }
    expect(faults).toEqual([]);
  });

  it("names commands, options and scripts in its sentences that there are", () => {
    const faults = inlineCodeOf(page).flatMap((code) => {
      const fault = mentionFault(code);
      return fault === null ? [] : [`${code}: ${fault}`];
    });
    expect(faults).toEqual([]);
  });

  it("has JSON that is JSON", () => {
    for (const block of blocksOf(page, "json")) expect(() => JSON.parse(block)).not.toThrow();
  });
});

it("every notebook is in the list of notebooks", () => {
  const folders = ["tutorials", "explore", "figures"];
  const notebooks = folders.flatMap((folder) =>
    readdirSync(path.join(root, "notebooks", folder))
      .filter((name) => name.endsWith(".ipynb"))
      .map((name) => `${folder}/${name}`),
  );
  expect(linksOf("notebooks/README.md")).toEqual(expect.arrayContaining(notebooks));
});

it("notices a command or an option that is none", async () => {
  expect(await faultOf("npx igds doctor")).toBeNull();
  expect(await faultOf("npx igds destill")).toMatch(/unknown command|too many arguments/);
  expect(await faultOf("npx igds distill --dataset fashion-mnist --out x --ips 5")).toMatch(/unknown option/);
  expect(await faultOf("npx igds distill --method nobody --dataset fashion-mnist --out x")).toMatch(/nobody/);
  expect(await faultOf("npm run nothing")).toMatch(/no script/);
});

it("notices in a sentence a command, an option or a script that is none", () => {
  expect(mentionFault("npx igds distil --dataset fashion-mnist --ipc 10")).toMatch(/no command "distil"/);
  expect(mentionFault("IGDS_BACKEND=webgpu npx igds destill")).toMatch(/no command/);
  expect(mentionFault("igds datasets chek")).toMatch(/no command/);
  expect(mentionFault("igds train --hand-off")).toMatch(/no option --hand-off/);
  expect(mentionFault("npm run nothing")).toMatch(/no script/);
  for (const right of [
    "igds distill",
    "igds train --hand-over",
    "igds kernel install",
    "npm run lab",
    "igds",
  ])
    expect(mentionFault(right)).toBeNull();
});
