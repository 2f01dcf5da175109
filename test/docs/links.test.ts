// What the pages point at is there: files, headings, commands with their options, scripts.
import { existsSync, readFileSync } from "node:fs";
import path from "node:path";
import type { Command } from "commander";
import { describe, expect, it } from "vitest";
import { program } from "../../src/cli/program";
import { anchorsOf, blocksOf, linksOf, pages, root, shellLines } from "./pages";

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
    .replace(/\s(?:&|\.\.\.)$/, "");
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

  it("has JSON that is JSON", () => {
    for (const block of blocksOf(page, "json")) expect(() => JSON.parse(block)).not.toThrow();
  });
});

it("notices a command or an option that is none", async () => {
  expect(await faultOf("npx igds doctor")).toBeNull();
  expect(await faultOf("npx igds destill")).toMatch(/unknown command|too many arguments/);
  expect(await faultOf("npx igds distill --dataset fashion-mnist --out x --ips 5")).toMatch(/unknown option/);
  expect(await faultOf("npx igds distill --method nobody --dataset fashion-mnist --out x")).toMatch(/nobody/);
  expect(await faultOf("npm run nothing")).toMatch(/no script/);
});
