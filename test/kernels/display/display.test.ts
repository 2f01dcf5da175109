import { beforeEach, describe, expect, it } from "vitest";
import { type Cell, runInCell } from "../../../kernels/cell";
import { Displays } from "../../../kernels/display/display";
import { displaySymbol } from "../../../kernels/display/mimeBundle";
import { connectTslab } from "../../../kernels/display/tslab";

interface Sent {
  readonly type: string;
  readonly content: Readonly<Record<string, unknown>>;
}

let sent: Sent[];
let displays: Displays;
let cell: Cell;

beforeEach(() => {
  sent = [];
  displays = new Displays((type, content) => sent.push({ type, content }));
  cell = cellOf("1");
});

const cellOf = (id: string): Cell => ({
  header: { msg_id: id, session: "", username: "", date: "", msg_type: "execute_request", version: "5.4" },
  count: 1,
  silent: false,
  allowStdin: false,
  controller: new AbortController(),
});
const texts = () => sent.map(({ content }) => (content.data as Record<string, unknown>)["text/plain"]);
const slow = (text: string, ms = 5) => ({
  [displaySymbol]: () => new Promise((done) => setTimeout(done, ms, { "text/plain": text })),
});
const broken = { [displaySymbol]: () => Promise.reject(new Error("cannot be drawn")) };

describe("display", () => {
  it("sends at once what can be shown at once", () => {
    const { id } = displays.display({ a: 1 });
    expect(sent).toEqual([
      {
        type: "display_data",
        content: { data: { "text/plain": "{ a: 1 }" }, metadata: {}, transient: { display_id: id } },
      },
    ]);
  });

  it("shows a text without quotes", () => {
    displays.display("50 %");
    expect(texts()).toEqual(["50 %"]);
  });

  it("updates its place, and one known by its id alone", () => {
    const handle = displays.display(1, { id: "bar" });
    handle.update(2);
    displays.display(3, { id: "bar", update: true });
    expect(sent.map(({ type }) => type)).toEqual([
      "display_data",
      "update_display_data",
      "update_display_data",
    ]);
    expect(sent.map(({ content }) => content.transient)).toEqual(Array(3).fill({ display_id: "bar" }));
    expect(texts()).toEqual(["1", "2", "3"]);
  });

  it("gives a handle that is not shown again", () => {
    const handle = displays.display(1) as unknown as { [displaySymbol](): object };
    expect(handle[displaySymbol]()).toEqual({});
  });

  it("sends a raw bundle as it is, bytes encoded, with its metadata", () => {
    displays.display(
      { "image/png": new Uint8Array([1, 2, 255]) },
      { raw: true, metadata: { "image/png": { width: 9 } } },
    );
    expect(sent[0]?.content).toMatchObject({
      data: { "image/png": "AQL/" },
      metadata: { "image/png": { width: 9 } },
    });
    expect(() => displays.display("text", { raw: true })).toThrow(/MIME bundle.*found string/);
  });

  it("keeps the order of a cell's displays when some take time", async () => {
    await runInCell(cell, async () => {
      displays.display(slow("first")).update("second");
      displays.display("third");
      displays.clearOutput(true);
      await displays.ended(cell);
    });
    expect(sent.map(({ type }) => type)).toEqual([
      "display_data",
      "update_display_data",
      "display_data",
      "clear_output",
    ]);
    expect(sent[0]?.content.data).toEqual({ "text/plain": "first" });
  });

  it("does not make one cell wait for another", () => {
    runInCell(cell, () => displays.display(slow("late", 60_000)));
    runInCell(cellOf("2"), () => displays.display("now"));
    expect(texts()).toEqual(["now"]);
  });

  it("fails the cell with what a display throws later, and shows the others all the same", async () => {
    await runInCell(cell, async () => {
      displays.display(broken);
      displays.display("after");
      await expect(displays.ended(cell)).rejects.toThrow("cannot be drawn");
    });
    expect(texts()).toEqual(["after"]);
  });

  it("throws at once what a display throws at once", () => {
    const value = {
      [displaySymbol]() {
        throw new Error("no");
      },
    };
    expect(() => displays.display(value)).toThrow("no");
  });
});

describe("broadcast", () => {
  it("fills in what a library left out, and encodes bytes", () => {
    displays.broadcast("display_data", { data: { "image/png": new Uint8Array([1, 2, 3]) } });
    displays.broadcast("clear_output", { wait: true });
    expect(sent).toEqual([
      { type: "display_data", content: { data: { "image/png": "AQID" }, metadata: {}, transient: {} } },
      { type: "clear_output", content: { wait: true } },
    ]);
  });
});

it("tslab's display and newDisplay are sent", async () => {
  connectTslab(displays);
  const tslab = (await import("tslab")) as unknown as {
    display: { html(text: string): void };
    newDisplay(): { text(text: string): void };
  };
  tslab.display.html("<i>t</i>");
  const place = tslab.newDisplay();
  place.text("0 %");
  place.text("9 %");
  expect(sent.map(({ type }) => type)).toEqual(["display_data", "display_data", "update_display_data"]);
  expect(sent[0]?.content.data).toEqual({ "text/html": "<i>t</i>" });
  expect(sent[2]?.content.transient).toEqual(sent[1]?.content.transient);
});
