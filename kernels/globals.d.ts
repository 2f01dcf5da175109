// What every cell finds besides Node's own globals. The cells' type checker reads this file, and the kernel's own
// code is checked against it.

declare namespace Jupyter {
  /** The same content by MIME type, for example `{"text/html": "<b>1</b>", "text/plain": "1"}`. Bytes are allowed. */
  type MimeBundle = Readonly<Record<string, unknown>>;

  interface DisplayOptions {
    /** Name of the place in the output; made up when not given. */
    readonly id?: string;
    /** Changes what already stands under `id` instead of adding to the output. */
    readonly update?: boolean;
    /** The value is a MIME bundle and is sent as it is. */
    readonly raw?: boolean;
    /** Hints for the front end by MIME type, for example `{"image/png": {width: 200}}`. */
    readonly metadata?: Readonly<Record<string, unknown>>;
  }

  /** A place in the output of a cell. */
  interface DisplayHandle {
    readonly id: string;
    /** Shows another value in the same place. */
    update(value: unknown, options?: Pick<DisplayOptions, "raw" | "metadata">): void;
  }

  /** Bytes that travel beside a message, uncopied. */
  type Bytes = ArrayBuffer | ArrayBufferView;

  interface MessageOptions {
    readonly metadata?: Readonly<Record<string, unknown>>;
    readonly buffers?: readonly Bytes[];
  }

  interface InputOptions {
    /** The front end hides what is typed. */
    readonly password?: boolean;
  }

  /**
   * Shows a value at once, in the middle of a cell: pictures (PNG, JPEG, GIF and WebP bytes), tables (arrays of
   * records), tensors, Plotly and Vega-Lite figures, whatever shows itself, everything else as text.
   * @example
   * display([{ name: "a", size: 1 }, { name: "b", size: 2 }]);
   * @example
   * const bar = display("0 %");
   * for (let done = 1; done <= 100; done++) bar.update(`${done} %`);
   */
  function display(value: unknown, options?: DisplayOptions): DisplayHandle;

  /** Empties the output of the cell; with `wait` only when the next output comes, so that nothing flickers. */
  function clearOutput(wait?: boolean): void;

  /** Text of a type that a front end draws. */
  interface Markup {
    readonly type: "text/html" | "text/markdown" | "image/svg+xml";
    readonly text: string;
    toString(): string;
  }

  /** A template tag. */
  interface MarkupTag {
    (parts: TemplateStringsArray, ...values: readonly unknown[]): Markup;
    /** Text that is markup already and is taken as it is. */
    raw(text: string): Markup;
  }

  /**
   * HTML. Values are escaped, arrays joined; `null`, `undefined` and `false` leave nothing; `html` and `svg` values
   * stay markup.
   * @example
   * html`<ul>${["a", "<b>"].map((name) => html`<li>${name}</li>`)}</ul>`
   */
  const html: MarkupTag;

  /** Markdown, formulas in `$` included. Values are put in as they are; write backslashes once. */
  const md: MarkupTag;

  /** An SVG picture. Values are escaped as in `html`. */
  const svg: MarkupTag;

  /**
   * Asks the reader for a line of text.
   * @throws StdinNotImplementedError where the front end cannot ask; KeyboardInterrupt when interrupted
   * @example
   * const name = await input("Your name: ");
   */
  function input(question?: string, options?: InputOptions): Promise<string>;

  /**
   * Asks the reader for a line of text; nothing else runs until it is there.
   * @param initial - the answer when an empty line is given
   * @throws as `input` does
   */
  function prompt(question?: string, initial?: string | null): string | null;

  /** Aborted when the cell that asks for it is interrupted: `await fetch(url, { signal: Jupyter.signal })`. */
  const signal: AbortSignal;

  type BroadcastType = "display_data" | "update_display_data" | "clear_output";

  /**
   * Sends a message of Jupyter's protocol on behalf of the running cell. Libraries find this function, without
   * knowing this kernel, as `globalThis[Symbol.for("Jupyter.broadcast")]`.
   */
  function broadcast(
    type: BroadcastType,
    content: Readonly<Record<string, unknown>>,
    options?: MessageOptions,
  ): Promise<void>;

  /** What came over a comm. */
  interface CommMessage {
    readonly data: Readonly<Record<string, unknown>>;
    readonly metadata: Readonly<Record<string, unknown>>;
    readonly buffers: readonly Uint8Array[];
  }

  /** A lasting two-way connection between the kernel and code in the front end. */
  interface Comm {
    readonly id: string;
    readonly target: string;
    send(data: Readonly<Record<string, unknown>>, options?: MessageOptions): void;
    /** Called with what the front end sends, instead of the handler that was there before. */
    onMessage(handler: (message: CommMessage) => unknown): void;
    /** Called when the front end closes the connection, not when the kernel does. */
    onClose(handler: (message: CommMessage) => unknown): void;
    close(data?: Readonly<Record<string, unknown>>, options?: MessageOptions): void;
  }

  const comms: {
    /** Opens a connection to what the front end has registered under `target`. */
    open(target: string, data?: Readonly<Record<string, unknown>>, options?: MessageOptions): Comm;
    /** `opened` gets each connection that the front end opens for `target`. */
    registerTarget(target: string, opened: (comm: Comm, message: CommMessage) => unknown): void;
  };

  interface WidgetOptions<State extends object> {
    /**
     * Source of an ES module by anywidget's convention: `export default { render({ model, el }) { ... } }`.
     * Its `model` has `get`, `set`, `save_changes`, `on` and `send`.
     */
    readonly esm: string;
    readonly css?: string;
    /** First values. Plain data; typed arrays and other bytes travel as buffers and arrive as `DataView`. */
    readonly state: State;
    /** Shown where widgets cannot run. */
    readonly fallback?: string;
  }

  /** A widget whose state lives here and in the front end at once. */
  interface Widget<State extends object> {
    readonly id: string;
    /** Reading gives the newest value, from whichever side; assigning changes the front end too. */
    readonly state: State;
    /** Sets several values in one message. */
    set(changes: Partial<State>): void;
    /** Calls back after the value has changed on either side. @returns a function that takes the handler away */
    onChange<Key extends keyof State & string>(
      key: Key,
      handler: (value: State[Key], previous: State[Key]) => void,
    ): () => void;
    /** A message outside the state; the module hears it by `model.on("msg:custom", (message, buffers) => ...)`. */
    send(message: unknown, buffers?: readonly Bytes[]): void;
    /** Messages that the module sends by `model.send(message)`. */
    onMessage(handler: (message: unknown, buffers: readonly Uint8Array[]) => void): () => void;
    /** Takes the widget out of the front end. */
    close(): void;
  }

  /**
   * Makes a widget of anywidget's kind; JupyterLab needs the Python package `anywidget` installed. Libraries find this
   * function, without knowing this kernel, as `globalThis[Symbol.for("Jupyter.widget")]`.
   * @example
   * const slider = Jupyter.widget({
   *   esm: `export default { render({ model, el }) {
   *     const range = Object.assign(document.createElement("input"), { type: "range", value: model.get("value") });
   *     range.oninput = () => { model.set("value", Number(range.value)); model.save_changes(); };
   *     model.on("change:value", () => { range.value = model.get("value"); });
   *     el.append(range);
   *   } }`,
   *   state: { value: 50 },
   * });
   * display(slider);
   * slider.state.value = 80; // moves the slider
   */
  function widget<State extends object>(options: WidgetOptions<State>): Widget<State>;
}

import display = Jupyter.display;
import clearOutput = Jupyter.clearOutput;
import html = Jupyter.html;
import md = Jupyter.md;
import svg = Jupyter.svg;
import input = Jupyter.input;
import prompt = Jupyter.prompt;
