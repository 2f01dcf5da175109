import { beforeEach, describe, expect, it } from "vitest";
import { type Cell, currentCell, currentSignal, runInCell } from "../../../kernels/cell";
import { displaySymbol } from "../../../kernels/display/convention";
import { Comms } from "../../../kernels/io/comms";
import type { Header, Request } from "../../../kernels/link";
import { widgetMaker } from "../../../kernels/widgets/widget";

interface Sent {
  readonly type: string;
  readonly content: {
    comm_id: string;
    data: { method?: string; state?: Record<string, unknown>; [other: string]: unknown };
  };
  readonly metadata?: object;
  readonly buffers?: readonly Uint8Array[];
  readonly parent: string | undefined;
}

let sent: Sent[];
let comms: Comms;
let widget: typeof Jupyter.widget;

beforeEach(() => {
  sent = [];
  comms = new Comms({
    publish: (type, content, options) =>
      sent.push({
        type,
        content: JSON.parse(JSON.stringify(content)),
        ...(options as object),
        parent: currentCell()?.header.msg_id,
      }),
    flush: () => {},
  });
  widget = widgetMaker(comms);
});

const header = (id: string, type: string): Header => ({
  msg_id: id,
  session: "",
  username: "",
  date: "",
  msg_type: type,
  version: "5.4",
});
const cell: Cell = {
  header: header("cell", "execute_request"),
  count: 1,
  silent: false,
  allowStdin: false,
  controller: new AbortController(),
};

/** What the front end sends over a comm. */
function fromFrontEnd(
  id: string,
  data: object,
  buffers: readonly Uint8Array[] = [],
  type = "comm_msg",
  more = {},
): void {
  const content = { comm_id: id, data, ...more };
  const request: Request = {
    kind: "request",
    header: header("front", type),
    content,
    metadata: {},
    buffers,
    count: 0,
  };
  comms.handle(request);
}

const esm = "export default { render() {} }";
const slider = () => widget({ esm, css: ".a {}", state: { value: 50, label: "x" } });

describe("a widget", () => {
  it("opens with its state and with what makes a front end load anywidget", () => {
    const { id } = slider();
    expect(sent).toHaveLength(1);
    expect(sent[0]).toMatchObject({
      type: "comm_open",
      metadata: { version: "2.1.0" },
      content: {
        comm_id: id,
        target_name: "jupyter.widget",
        data: {
          buffer_paths: [],
          state: {
            value: 50,
            label: "x",
            _model_module: "anywidget",
            _model_name: "AnyModel",
            _view_module: "anywidget",
            _view_name: "AnyView",
            _esm: esm,
            _css: ".a {}",
          },
        },
      },
    });
  });

  it("shows itself as a view of its model, with a text beside", () => {
    const shown = slider() as unknown as { id: string; [displaySymbol](): object };
    expect(shown[displaySymbol]()).toEqual({
      "application/vnd.jupyter.widget-view+json": { version_major: 2, version_minor: 0, model_id: shown.id },
      "text/plain": "[widget: value, label]",
    });
  });

  it("changes in the front end when its state is set, once, and only for a new value", () => {
    const { state } = slider();
    state.value = 80;
    state.value = 80;
    expect(state.value).toBe(80);
    expect(sent.slice(1).map(({ type, content }) => [type, content.data])).toEqual([
      ["comm_msg", { method: "update", state: { value: 80 }, buffer_paths: [] }],
    ]);
  });

  it("sets several values in one message", () => {
    const made = slider();
    made.set({ value: 1, label: "y" });
    expect(sent.slice(1).map(({ content }) => content.data.state)).toEqual([{ value: 1, label: "y" }]);
  });

  it("takes over what the front end changes, echoes it, and calls back", () => {
    const made = slider();
    const heard: unknown[] = [];
    made.onChange("value", (value, previous) => heard.push([value, previous, made.state.value]));
    fromFrontEnd(made.id, { method: "update", state: { value: 7 }, buffer_paths: [] });
    expect(made.state.value).toBe(7);
    expect(heard).toEqual([[7, 50, 7]]);
    expect(sent.slice(1).map(({ content, parent }) => [content.data, parent])).toEqual([
      [{ method: "echo_update", state: { value: 7 }, buffer_paths: [] }, "front"],
    ]);
  });

  it("calls back in the cell that asked for it, until it is told to stop", () => {
    const made = slider();
    const cells: unknown[] = [];
    const stop = runInCell(cell, () =>
      made.onChange("value", () => cells.push(currentCell()?.header.msg_id)),
    );
    fromFrontEnd(made.id, { method: "update", state: { value: 1 } });
    stop();
    fromFrontEnd(made.id, { method: "update", state: { value: 2 } });
    expect(cells).toEqual(["cell"]);
  });

  it("calls back also when the cell that asked for it was interrupted since", () => {
    const controller = new AbortController();
    const made = slider();
    const aborted: boolean[] = [];
    runInCell({ ...cell, controller }, () => {
      made.onMessage(() => aborted.push(currentSignal().aborted));
      controller.abort();
      aborted.push(currentSignal().aborted);
    });
    fromFrontEnd(made.id, { method: "custom", content: "play" });
    expect(aborted).toEqual([true, false]);
  });

  it("may set a value while it is told of one", () => {
    const made = slider();
    made.onChange("value", (value) => {
      made.state.label = `is ${value}`;
    });
    fromFrontEnd(made.id, { method: "update", state: { value: 3 } });
    expect(made.state).toMatchObject({ value: 3, label: "is 3" });
    expect(sent.at(-1)?.content.data).toMatchObject({ method: "update", state: { label: "is 3" } });
  });

  it("ignores names that it does not know, the source of its code included", () => {
    const made = slider();
    fromFrontEnd(made.id, {
      method: "update",
      state: JSON.parse('{"_esm": "x", "other": 1, "__proto__": {"value": 2}}'),
    });
    expect(made.state).toEqual({ value: 50, label: "x" });
    expect(sent).toHaveLength(1);
  });

  it("sends its whole state when asked", () => {
    const made = slider();
    made.state.value = 9;
    fromFrontEnd(made.id, { method: "request_state" });
    expect(sent.at(-1)?.content.data).toMatchObject({ method: "update", state: { value: 9, _esm: esm } });
  });

  it("speaks outside of its state both ways, with bytes", () => {
    const made = slider();
    const heard: unknown[] = [];
    made.onMessage((message, buffers) => heard.push(message, [...buffers[0]!]));
    made.send({ ask: 1 }, [new Uint8Array([5])]);
    expect(sent.at(-1)?.content.data).toEqual({ method: "custom", content: { ask: 1 } });
    expect(sent.at(-1)?.buffers).toEqual([new Uint8Array([5])]);
    fromFrontEnd(made.id, { method: "custom", content: { answer: 2 } }, [new Uint8Array([6])]);
    expect(heard).toEqual([{ answer: 2 }, [6]]);
  });

  it("closes once, and then is text", () => {
    const made = slider();
    made.close();
    made.close();
    made.state.value = 1;
    expect(sent.slice(1).map(({ type }) => type)).toEqual(["comm_close"]);
    expect((made as unknown as { [displaySymbol](): object })[displaySymbol]()).toEqual({
      "text/plain": "[widget: value, label, closed]",
    });
  });

  it("is closed by the front end too", () => {
    const made = slider();
    fromFrontEnd(made.id, {}, [], "comm_close");
    made.state.value = 1;
    expect(sent).toHaveLength(1);
  });

  it("says which names it has, and which it cannot have", () => {
    expect(() => Object.assign(slider().state, { valeu: 1 })).toThrow(TypeError);
    expect(() => (slider() as unknown as Jupyter.Widget<Record<string, number>>).set({ valeu: 1 })).toThrow(
      /one of the widget's values \(value, label\), found valeu/,
    );
    expect(() => widget({ esm, state: { _esm: 1 } })).toThrow(/names of your own/);
  });
});

describe("bytes in the state", () => {
  it("travel beside it, and come back as the kind of array that stood there", () => {
    const made = widget({ esm, state: { data: new Float32Array([1, 2]), list: [1, new Uint8Array([3])] } });
    expect(sent[0]?.content.data).toMatchObject({ buffer_paths: [["data"], ["list", 1]] });
    expect(sent[0]?.content.data.state?.list).toEqual([1, null]);
    expect(sent[0]?.content.data.state).not.toHaveProperty("data");
    expect(sent[0]?.buffers?.map((bytes) => bytes.length)).toEqual([8, 1]);

    const bytes = new Uint8Array(new Float32Array([0.5]).buffer);
    // At an offset where no Float32Array can lie, as out of a larger message.
    const shifted = new Uint8Array(9);
    shifted.set(bytes, 1);
    fromFrontEnd(made.id, { method: "update", state: {}, buffer_paths: [["data"]] }, [
      shifted.subarray(1, 5),
    ]);
    expect(made.state.data).toEqual(new Float32Array([0.5]));
  });

  it("must fit the paths that are told", () => {
    const errors: unknown[] = [];
    const original = console.error;
    console.error = (...args) => errors.push(args.map(String).join(" "));
    try {
      const { id } = slider();
      fromFrontEnd(id, { method: "update", state: {}, buffer_paths: [["a", "b"]] }, [new Uint8Array(1)]);
      fromFrontEnd(id, { method: "update", state: {}, buffer_paths: [["a"]] });
      fromFrontEnd(id, { method: "update", state: {}, buffer_paths: [["__proto__"]] }, [new Uint8Array(1)]);
      fromFrontEnd(id, { method: "dance" });
    } finally {
      console.error = original;
    }
    expect(errors).toEqual([
      expect.stringMatching(/place in the widget's state at buffer path \["a","b"\]/),
      expect.stringMatching(/buffer for each of 1 buffer paths, found 0/),
      expect.stringMatching(/buffer path \["__proto__"\]/),
      expect.stringMatching(/found dance/),
    ]);
  });
});

it("a page that connects anew gets all open widgets in one message", () => {
  const one = slider();
  slider().close();
  const two = widget({ esm, state: { data: new Uint8Array([1, 2]) } });
  sent.length = 0;
  fromFrontEnd("control", {}, [], "comm_open", { target_name: "jupyter.widget.control" });
  fromFrontEnd("control", { method: "request_states" });
  expect(sent).toHaveLength(1);
  expect(sent[0]?.content).toMatchObject({
    comm_id: "control",
    data: {
      method: "update_states",
      states: {
        [one.id]: { model_name: "AnyModel", model_module: "anywidget", state: { value: 50, _esm: esm } },
        [two.id]: { model_name: "AnyModel" },
      },
      buffer_paths: [[two.id, "state", "data"]],
    },
  });
  expect(sent[0]?.buffers).toEqual([new Uint8Array([1, 2])]);
});
