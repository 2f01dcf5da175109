import {
  appendFileSync,
  existsSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import type { Content } from "../../../kernels/link";
import { History, historyFile } from "../../../kernels/wire/history";

const folder = mkdtempSync(join(tmpdir(), "history-"));
afterAll(() => rmSync(folder, { recursive: true }));
let files = 0;
const newFile = () => join(folder, `new folder ${++files}`, "history.jsonl");

/** A session that ran these cells; a cell with a result as [input, output]. */
function session(file: string, ...cells: (string | [string, string])[]): History {
  const history = new History(file);
  for (const [at, cell] of cells.entries()) {
    history.input(at + 1, typeof cell === "string" ? cell : cell[0]);
    if (typeof cell !== "string") history.output(at + 1, cell[1]);
  }
  return history;
}

const range = (asked: object) => ({ hist_access_type: "range", session: 0, ...asked });
const search = (pattern: string, more: object = {}) => ({ hist_access_type: "search", pattern, ...more });
const tail = (n: number) => ({ hist_access_type: "tail", n });

describe("History", () => {
  it("gives the last cells of all sessions, oldest first, across restarts", () => {
    const file = newFile();
    session(file, "a", "b");
    const history = session(file, "c");
    expect(history.find(tail(2))).toEqual([
      [1, 2, "b"],
      [2, 1, "c"],
    ]);
    expect(new History(file).find(tail(9))).toHaveLength(3);
    expect(history.find(tail(0))).toEqual([]);
  });

  it("gives results if asked, null where there was none", () => {
    const file = newFile();
    const cells = [
      [1, 1, ["1 + 1", "2"]],
      [1, 2, ["let a", null]],
    ];
    const history = session(file, ["1 + 1", "2"], "let a");
    expect(history.find({ ...tail(5), output: true, raw: false })).toEqual(cells);
    expect(new History(file).find({ ...tail(5), output: true })).toEqual(cells);
  });

  it("gives a range of this session, of one by its number and of one counted back", () => {
    const file = newFile();
    session(file, "a", "b", "c");
    session(file, "d");
    const history = session(file, "e", "f");
    const inputs = (asked: Content) => history.find(range(asked)).map(([, , input]) => input);
    expect(inputs({})).toEqual(["e", "f"]);
    expect(inputs({ session: 3 })).toEqual(["e", "f"]);
    expect(inputs({ session: 1 })).toEqual(["a", "b", "c"]);
    expect(inputs({ session: 1, start: 2, stop: 3 })).toEqual(["b"]);
    expect(inputs({ session: 1, start: 2, stop: null })).toEqual(["b", "c"]);
    expect(inputs({ session: 1, start: -2 })).toEqual(["b", "c"]);
    expect(inputs({ session: 1, stop: -1 })).toEqual(["a", "b"]);
    expect(inputs({ session: -1 })).toEqual(["d"]);
    expect(inputs({ session: -2, start: 1, stop: 2 })).toEqual(["a"]);
    expect(inputs({ session: 9 })).toEqual([]);
    expect(new History(file).find(range({ session: -1 }))).toHaveLength(2);
  });

  it("searches by pattern, n from the end, each text once", () => {
    const history = session(newFile(), "let a", "f(a)", "let b", "let a");
    const lines = (asked: Content) => history.find(asked).map(([, line]) => line);
    expect(lines(search("let*"))).toEqual([1, 3, 4]);
    expect(lines(search("let*", { n: 2 }))).toEqual([3, 4]);
    expect(lines(search("let*", { unique: true }))).toEqual([3, 4]);
    expect(lines(search("?et b"))).toEqual([3]);
    expect(lines(search("let"))).toEqual([]);
  });

  it("keeps apart sessions that run at the same time", () => {
    const file = newFile();
    const one = session(file, "a");
    const two = session(file, "b");
    one.input(2, "c");
    expect(two.find(range({ session: 1 }))).toEqual([
      [1, 1, "a"],
      [1, 2, "c"],
    ]);
    expect(two.find(range({}))).toEqual([[2, 1, "b"]]);
  });

  it("skips damaged lines", () => {
    const file = newFile();
    session(file, "a");
    appendFileSync(
      file,
      '\nnonsense\n[]\nnull\n{"session":"1","line":2}\n{"session":1,"line":9,"input":7}\n{"sess',
    );
    const history = session(file, "b");
    expect(history.find(tail(9))).toEqual([
      [1, 1, "a"],
      [2, 1, "b"],
    ]);
    expect(new History(file).find(tail(9))).toHaveLength(2);
  });

  it("goes on in memory where it cannot write", () => {
    const blocked = join(folder, "blocked");
    writeFileSync(blocked, "");
    for (const place of [join(blocked, "history.jsonl"), "/dev/full", folder]) {
      const history = session(place, "a", ["b", "1"]);
      expect(history.find({ ...range({}), output: true }), place).toEqual([
        [1, 1, ["a", null]],
        [1, 2, ["b", "1"]],
      ]);
    }
  });

  it("does not grow for ever", () => {
    const file = newFile();
    session(file, "old");
    const line = JSON.stringify({ session: 5, line: 1, input: "x".repeat(1 << 16) });
    for (let n = 0; n < 100; n++) appendFileSync(file, `\n${line.replace('"line":1', `"line":${n}`)}`);
    const history = session(file, "new", ...Array.from({ length: 50 }, () => "z".repeat(1 << 17)), "newest");
    expect(statSync(file).size).toBeLessThan(4 << 20);
    expect(history.find(search("old"))).toEqual([]);
    expect(new History(file).find(search("newest"))).toHaveLength(1);
  });

  it("keeps very long cells out of the file", () => {
    const file = newFile();
    const history = session(file, "y".repeat(1 << 20));
    expect(history.find(tail(1))).toHaveLength(1);
    expect(existsSync(file) ? readFileSync(file, "utf8") : "").toBe("");
  });
});

describe("historyFile", () => {
  it("is where the environment says", () => {
    expect(historyFile({ IGDS_KERNEL_HISTORY: "/a/b" })).toBe("/a/b");
  });

  it.runIf(process.platform === "linux")("else in the folder for data", () => {
    expect(historyFile({ XDG_DATA_HOME: "/data" })).toBe("/data/igds/history.jsonl");
    expect(historyFile({})).toMatch(/\.local\/share\/igds\/history\.jsonl$/);
  });
});
