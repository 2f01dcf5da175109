import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { type Cell, runInCell } from "../../../kernels/cell";
import { cellEnded, installGlobals } from "../../../kernels/display/api";
import { Comms } from "../../../kernels/io/comms";

const names = ["Jupyter", "display", "clearOutput", "html", "md", "svg", "input", "prompt"];
const symbols = ["broadcast", "signal", "afterCell", "widget"].map((name) => Symbol.for(`Jupyter.${name}`));
const global = globalThis as unknown as Record<string | symbol, unknown>;

let sent: [type: string, content: unknown][];

beforeEach(() => {
  sent = [];
  const output = { publish: (type: string, content: object) => void sent.push([type, content]) };
  const stdin = { input: async (question = "") => `${question} yes`, prompt: () => null };
  installGlobals({ output, stdin, comms: new Comms({ ...output, flush: () => {} }) });
});

afterEach(() => {
  for (const key of [...names, ...symbols]) delete global[key];
});

const cell: Cell = {
  header: { msg_id: "1", session: "", username: "", date: "", msg_type: "execute_request", version: "5.4" },
  count: 1,
  silent: false,
  allowStdin: true,
  controller: new AbortController(),
};

describe("what a cell finds", () => {
  it("is there by name, and the same in the namespace", async () => {
    for (const name of names) expect(global).toHaveProperty(name);
    expect(Jupyter.html).toBe(html);
    display(1);
    clearOutput();
    expect(await input("sure?")).toBe("sure? yes");
    expect(prompt()).toBeNull();
    expect(sent.map(([type]) => type)).toEqual(["display_data", "clear_output"]);
  });

  it("may be used by the cell for something of its own", () => {
    global.display = 5;
    expect(global.display).toBe(5);
    Object.defineProperty(globalThis, "html", { value: 1, configurable: true });
  });

  it("is not in the way of loops over globalThis", () => {
    for (const name of names) expect(Object.keys(globalThis)).not.toContain(name);
  });
});

describe("what a library finds", () => {
  it("is a broadcast under Symbol.for('Jupyter.broadcast')", async () => {
    const broadcast = global[Symbol.for("Jupyter.broadcast")] as typeof Jupyter.broadcast;
    await broadcast("display_data", { data: { "text/plain": "x" } });
    expect(sent).toEqual([["display_data", { data: { "text/plain": "x" }, metadata: {}, transient: {} }]]);
  });

  it("is the signal of the cell that asks", () => {
    const signal = () => global[Symbol.for("Jupyter.signal")] as AbortSignal;
    expect(signal().aborted).toBe(false);
    runInCell(cell, () => {
      expect(signal()).toBe(cell.controller.signal);
      expect(Jupyter.signal).toBe(cell.controller.signal);
    });
  });

  it("is told after each cell, until it no longer wants to be", () => {
    const afterCell = global[Symbol.for("Jupyter.afterCell")] as (listener: () => void) => () => void;
    const [broken, heard] = [vi.fn(() => expect.unreachable()), vi.fn()];
    const ends = [broken, heard].map(afterCell);
    const error = vi.spyOn(console, "error").mockReturnValue();
    cellEnded();
    for (const end of ends) end();
    cellEnded();
    expect([broken, heard, error].map(({ mock }) => mock.calls.length)).toEqual([1, 1, 1]);
    error.mockRestore();
  });
});
