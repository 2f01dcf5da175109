// A widget whose state lives in the kernel and in the front end at once, by version 2 of Jupyter's widget protocol.

import { bindToCell } from "../cell";
import { displaySymbol, type MimeBundle } from "../display/convention";
import { asBefore, type BufferPath, putBuffers, takeBuffers } from "./buffers";
import { WidgetControl } from "./control";
import { type FrontEndMessage, frontEndState, protocolVersion } from "./protocol";

type State = Record<string, unknown>;
type ChangeHandler = (value: unknown, previous: unknown) => void;
type MessageHandler = (message: unknown, buffers: readonly Uint8Array[]) => void;

/** `Jupyter.widget` over the given comms. */
export function widgetMaker(comms: typeof Jupyter.comms): typeof Jupyter.widget {
  const control = new WidgetControl(comms);
  return <S extends object>(options: Jupyter.WidgetOptions<S>) => {
    const made = new Widget(comms, control, options as Jupyter.WidgetOptions<State>);
    return made as unknown as Jupyter.Widget<S>;
  };
}

export class Widget implements Jupyter.Widget<State> {
  readonly state: State = {};
  readonly #values: State;
  readonly #frontEnd: State;
  readonly #fallback: string | undefined;
  readonly #comm: Jupyter.Comm;
  readonly #changed = new Map<string, Set<ChangeHandler>>();
  readonly #messages = new Set<MessageHandler>();
  #open = true;

  constructor(comms: typeof Jupyter.comms, control: WidgetControl, options: Jupyter.WidgetOptions<State>) {
    this.#values = { ...options.state };
    this.#frontEnd = frontEndState(options.esm, options.css);
    this.#fallback = options.fallback;
    for (const key of Object.keys(this.#values)) {
      if (key in this.#frontEnd) {
        throw new TypeError(
          `Expected names of your own in a widget's state, found ${key}, which anywidget uses`,
        );
      }
      Object.defineProperty(this.state, key, {
        enumerable: true,
        get: () => this.#values[key],
        set: (value: unknown) => this.set({ [key]: value }),
      });
    }
    Object.preventExtensions(this.state);
    const { buffers, ...data } = takeBuffers(this.wholeState());
    const metadata = { version: protocolVersion };
    this.#comm = comms.open("jupyter.widget", data as unknown as State, { metadata, buffers });
    this.#comm.onMessage((message) => this.#receive(message));
    this.#comm.onClose(() => this.#ended());
    control.add(this);
    this.#forget = () => control.remove(this);
  }

  readonly #forget: () => void;

  get id(): string {
    return this.#comm.id;
  }

  /** All that the front end needs to make the widget anew. */
  wholeState(): State {
    return { ...this.#values, ...this.#frontEnd };
  }

  set(changes: Partial<State>): void {
    const changed = this.#known(changes).filter(([key, value]) => !Object.is(this.#values[key], value));
    if (changed.length === 0) return;
    const before = { ...this.#values };
    Object.assign(this.#values, Object.fromEntries(changed));
    this.#send("update", Object.fromEntries(changed));
    this.#tell(changed, before);
  }

  onChange(key: string, handler: ChangeHandler): () => void {
    this.#known({ [key]: undefined });
    const bound = bindToCell(handler);
    const handlers = this.#changed.get(key) ?? new Set();
    this.#changed.set(key, handlers.add(bound));
    return () => void handlers.delete(bound);
  }

  send(message: unknown, buffers: readonly Jupyter.Bytes[] = []): void {
    if (this.#open) this.#comm.send({ method: "custom", content: message }, { buffers });
  }

  onMessage(handler: MessageHandler): () => void {
    const bound = bindToCell(handler);
    this.#messages.add(bound);
    return () => void this.#messages.delete(bound);
  }

  close(): void {
    if (!this.#open) return;
    this.#ended();
    this.#comm.close();
  }

  [displaySymbol](): MimeBundle {
    const text = `[widget: ${Object.keys(this.#values).join(", ")}${this.#open ? "" : ", closed"}]`;
    const fallback = this.#fallback === undefined ? {} : { "text/html": this.#fallback };
    if (!this.#open) return { ...fallback, "text/plain": text };
    return {
      "application/vnd.jupyter.widget-view+json": { version_major: 2, version_minor: 0, model_id: this.id },
      ...fallback,
      "text/plain": text,
    };
  }

  #receive({ data, buffers }: Jupyter.CommMessage): void {
    const message: FrontEndMessage = data;
    if (message.method === "request_state") this.#send("update", this.wholeState());
    else if (message.method === "custom")
      for (const handler of this.#messages) handler(message.content, buffers);
    else if (message.method === "update") this.#take(message, buffers);
    else
      throw new TypeError(
        `Expected update, request_state or custom from a widget, found ${String(message.method)}`,
      );
  }

  /** Takes over what the front end has changed. */
  #take({ state, buffer_paths: paths = [] }: FrontEndMessage, buffers: readonly Uint8Array[]): void {
    const sent = { ...(state as State) };
    putBuffers(sent, paths as readonly BufferPath[], buffers);
    const known = Object.entries(sent).filter(([key]) => Object.hasOwn(this.#values, key));
    if (known.length === 0) return;
    // Other views of the widget, and the one that sent it, learn that it is valid now.
    this.#send("echo_update", Object.fromEntries(known));
    const before = { ...this.#values };
    const changed = known.map(([key, value]) => [key, asBefore(value, before[key])] as const);
    Object.assign(this.#values, Object.fromEntries(changed));
    this.#tell(changed, before);
  }

  #send(method: "update" | "echo_update", changes: State): void {
    if (!this.#open) return;
    const { buffers, ...separated } = takeBuffers(changes);
    this.#comm.send({ method, ...separated }, { buffers });
  }

  #tell(changed: readonly (readonly [string, unknown])[], before: State): void {
    for (const [key, value] of changed) {
      for (const handler of this.#changed.get(key) ?? []) handler(value, before[key]);
    }
  }

  #ended(): void {
    this.#open = false;
    this.#forget();
  }

  #known(changes: Partial<State>): [string, unknown][] {
    for (const key of Object.keys(changes)) {
      if (Object.hasOwn(this.#values, key)) continue;
      const names = Object.keys(this.#values).join(", ");
      throw new RangeError(
        `Expected one of the widget's values (${names}), found ${key}: name it in \`state\` first`,
      );
    }
    return Object.entries(changes);
  }
}
