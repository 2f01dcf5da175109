import { receiveMessageOnPort } from "node:worker_threads";
import { afterEach, describe, expect, it, vi } from "vitest";
import { currentCell, runInCell } from "../../../kernels/cell";
import { Comms } from "../../../kernels/io/comms";
import type { Content, Header, Request, ToWire } from "../../../kernels/link";
import { outputToPort } from "./outputToPort";

function setUp() {
  const { output, port } = outputToPort();
  const published = () => {
    const messages: Extract<ToWire, { kind: "publish" }>[] = [];
    for (let next = receiveMessageOnPort(port); next; next = receiveMessageOnPort(port)) {
      messages.push(next.message);
    }
    return messages;
  };
  return { comms: new Comms(output), published };
}

function request(type: string, content: Content, more: Partial<Request> = {}): Request {
  const header = { msg_id: `${type}-id`, msg_type: type } as Header;
  return { kind: "request", header, content, metadata: {}, buffers: [], count: 1, ...more };
}

const cell = { header: { msg_id: "cell" } as Header, count: 1, silent: false, allowStdin: false };
const inCell = <T>(work: () => T) => runInCell({ ...cell, controller: new AbortController() }, work);

describe("Comms", () => {
  const printed = vi.spyOn(console, "error").mockImplementation(() => undefined);
  afterEach(() => printed.mockClear());

  it("open from the kernel, send both ways with buffers, and close", () => {
    const { comms, published } = setUp();
    const got: unknown[] = [];
    const comm = inCell(() =>
      comms.open("slider", { value: 1 }, { commId: "c1", metadata: { version: "2" } }),
    );
    comm.onMessage(({ data, buffers }) => got.push([data, [...buffers[0]!]]));
    comm.onClose(() => got.push("closed"));
    inCell(() => comm.send({ value: 2 }, { buffers: [new DataView(new Uint8Array([1, 2, 3]).buffer, 1)] }));
    const buffers = [new Uint8Array([9])];
    expect(comms.handle(request("comm_msg", { comm_id: "c1", data: { value: 3 } }, { buffers }))).toEqual({
      status: "ok",
    });
    inCell(() => comm.close());
    inCell(() => comm.send({ value: "nobody hears" }));
    expect(published()).toMatchObject([
      {
        type: "comm_open",
        parent: { msg_id: "cell" },
        content: { comm_id: "c1", target_name: "slider", data: { value: 1 } },
        metadata: { version: "2" },
      },
      { type: "comm_msg", content: { comm_id: "c1", data: { value: 2 } }, buffers: [new Uint8Array([2, 3])] },
      { type: "comm_close", content: { comm_id: "c1", data: {} } },
    ]);
    expect(got).toEqual([[{ value: 3 }, [9]]]);
  });

  it("open from the front end for a registered target, with handlers in the name of each message", () => {
    const { comms, published } = setUp();
    const parents: unknown[] = [];
    comms.registerTarget("echo", (comm, { data }) => {
      comm.send({ hello: data.name });
      comm.onMessage((message) => comm.send({ echo: message.data }));
      comm.onClose(() => parents.push(currentCell()?.header.msg_id));
    });
    comms.handle(request("comm_open", { comm_id: "c1", target_name: "echo", data: { name: "Ann" } }));
    comms.handle(request("comm_msg", { comm_id: "c1", data: [1, 2] }));
    comms.handle(request("comm_close", { comm_id: "c1", data: {} }));
    comms.handle(request("comm_close", { comm_id: "c1", data: {} }));
    expect(published()).toMatchObject([
      { type: "comm_msg", parent: { msg_id: "comm_open-id" }, content: { data: { hello: "Ann" } } },
      { type: "comm_msg", parent: { msg_id: "comm_msg-id" }, content: { data: { echo: [1, 2] } } },
    ]);
    expect(parents).toEqual(["comm_close-id"]);
  });

  it("close at once a comm for a target that nobody registered", () => {
    const { comms, published } = setUp();
    comms.handle(request("comm_open", { comm_id: "c1", target_name: "unknown", data: {} }));
    expect(published()).toMatchObject([
      { type: "comm_close", parent: { msg_id: "comm_open-id" }, content: { comm_id: "c1" } },
    ]);
    expect(printed.mock.lastCall?.[0]).toMatch(/"unknown"/);
    expect(comms.handle(request("comm_info_request", {}))).toEqual({ status: "ok", comms: {} });
  });

  it("note and ignore a message for a comm that is not open", () => {
    const { comms, published } = setUp();
    comms.handle(request("comm_msg", { comm_id: "gone", data: {} }));
    expect(printed.mock.lastCall?.[0]).toMatch(/comm gone/);
    expect(published()).toEqual([]);
  });

  it("list what is open, all or of one target", () => {
    const { comms } = setUp();
    comms.open("a", {}, { commId: "1" });
    comms.open("b", {}, { commId: "2" });
    const all = { "1": { target_name: "a" }, "2": { target_name: "b" } };
    expect(comms.handle(request("comm_info_request", {})).comms).toEqual(all);
    expect(comms.handle(request("comm_info_request", { target_name: "b" })).comms).toEqual({ "2": all["2"] });
  });

  it("survive handlers that throw or reject, and say so", async () => {
    const { comms, published } = setUp();
    const failure = new Error("broken handler");
    comms.registerTarget("throws", () => {
      throw failure;
    });
    comms.handle(request("comm_open", { comm_id: "c1", target_name: "throws", data: {} }));
    expect(published()).toMatchObject([{ type: "comm_close", content: { comm_id: "c1" } }]);
    expect(printed.mock.lastCall).toEqual([expect.stringContaining('"throws"'), failure]);
    comms.registerTarget("rejects", (comm) => comm.onMessage(() => Promise.reject("late")));
    comms.handle(request("comm_open", { comm_id: "c2", target_name: "rejects", data: {} }));
    comms.handle(request("comm_msg", { comm_id: "c2", data: {} }));
    await Promise.resolve();
    expect(printed.mock.lastCall).toEqual([expect.stringContaining('"rejects"'), "late"]);
    expect(comms.handle(request("comm_info_request", {})).comms).toEqual({ c2: { target_name: "rejects" } });
  });
});
