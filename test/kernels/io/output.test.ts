import { receiveMessageOnPort } from "node:worker_threads";
import { describe, expect, it } from "vitest";
import { type Cell, runInCell } from "../../../kernels/cell";
import type { Header, ToWire } from "../../../kernels/link";
import { runChild } from "./child";
import { outputToPort } from "./outputToPort";

describe("Output", () => {
  const { output, port } = outputToPort();
  const cell = (more: Partial<Cell> = {}): Cell => ({
    header: { msg_id: "1", msg_type: "execute_request" } as Header,
    count: 1,
    silent: false,
    allowStdin: true,
    controller: new AbortController(),
    ...more,
  });
  const received = () => receiveMessageOnPort(port)?.message as ToWire | undefined;

  it("publishes nothing before any cell has run", () => {
    output.publish("display_data", { data: { "text/plain": "1" } });
    expect(received()).toBeUndefined();
  });

  it("publishes in the name of the cell", () => {
    runInCell(cell(), () => output.publish("execute_result", { data: {} }, { metadata: { a: 1 } }));
    expect(received()).toEqual({
      kind: "publish",
      parent: cell().header,
      type: "execute_result",
      content: { data: {} },
      metadata: { a: 1 },
    });
  });

  it("publishes of a silent cell its comms alone", () => {
    runInCell(cell({ silent: true }), () => {
      output.publish("display_data", { data: { "text/plain": "1" } });
      output.publish("comm_msg", { comm_id: "a", data: {} });
    });
    expect(received()).toMatchObject({ type: "comm_msg" });
    expect(received()).toBeUndefined();
  });

  it("sends the bytes of a view and not the buffer behind it, and leaves them to the caller", () => {
    const memory = new Uint8Array(1000).fill(7);
    const view = new DataView(memory.buffer, 10, 3);
    runInCell(cell(), () => output.publish("comm_msg", {}, { buffers: [view, new Uint16Array([1]).buffer] }));
    const { buffers } = received() as unknown as { buffers: Uint8Array[] };
    expect(buffers).toEqual([new Uint8Array([7, 7, 7]), new Uint8Array([1, 0])]);
    expect(buffers[0]!.buffer.byteLength).toBe(3);
    expect(memory.length).toBe(1000);
  });

  it("sends values as JSON has them and throws where they are none", () => {
    class Temperature {
      degrees = 3;
      show = () => "3";
    }
    const data = {
      at: new Date(0),
      value: new Temperature(),
      nothing: undefined,
      list: [undefined, Number.NaN],
    };
    runInCell(cell(), () => output.publish("comm_msg", { data }));
    expect((received() as { content: unknown }).content).toEqual({
      data: { at: "1970-01-01T00:00:00.000Z", value: { degrees: 3 }, list: [null, null] },
    });
    const cycle: Record<string, unknown> = {};
    cycle.self = cycle;
    for (const wrong of [1n, cycle]) {
      expect(() => runInCell(cell(), () => output.publish("comm_msg", { data: wrong }))).toThrow(TypeError);
    }
    expect(received()).toBeUndefined();
  });

  it("posts the text of the streams before what is published after it", () => {
    const run = runChild(`
      cell("1", () => { console.log("first"); output.publish("display_data", { data: { "text/plain": "second" } }); console.log("third"); });
      close();
    `);
    expect(run.messages).toMatchObject([
      { kind: "stream", text: "first\n" },
      { kind: "publish", type: "display_data" },
      { kind: "stream", text: "third\n" },
      { kind: "closed" },
    ]);
  });
});
