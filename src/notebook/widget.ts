// How the library finds a kernel's widgets without knowing the kernel, as it finds its way to show things (channel.ts).
import type { Displayable } from "./mime";

/** A widget: state that lives in the kernel and in the page at once, by anywidget's convention. */
export interface Widget<State extends object> extends Displayable {
  set(changes: Partial<State>): void;
  onMessage(handler: (message: unknown) => void): () => void;
}

interface WidgetOptions<State extends object> {
  /** Source of an ES module: `export default { render({ model, el }) { ... } }`. */
  readonly esm: string;
  readonly css: string;
  readonly state: State;
}

type WidgetMaker = <State extends object>(options: WidgetOptions<State>) => Widget<State>;

const jupyterWidget: unique symbol = Symbol.for("Jupyter.widget");

/** What makes widgets in the kernel that runs this code, or undefined where there is none. */
export function widgetMaker(): WidgetMaker | undefined {
  return (globalThis as { [jupyterWidget]?: WidgetMaker })[jupyterWidget];
}
