// What cells find besides Node's own globals; globals.d.ts says what each of them does.

import { currentCell } from "../cell";
import { widgetMaker } from "../widgets/widget";
import { Displays, type Publish } from "./display";
import { html, md, svg } from "./tags";

export interface Ports {
  readonly publish: Publish;
  readonly input: typeof Jupyter.input;
  readonly prompt: typeof Jupyter.prompt;
  readonly comms: typeof Jupyter.comms;
}

/** A signal for code that no cell has started: never aborted. */
const never = new AbortController().signal;

const signalOfCell = () => currentCell()?.controller.signal ?? never;

/**
 * Puts `Jupyter`, its shorthands and the two symbols by which libraries find a kernel on globalThis.
 * @returns the displays that cells have to wait for before they end
 */
export function installGlobals(ports: Ports): Displays {
  const displays = new Displays(ports.publish);
  const jupyter: typeof Jupyter = {
    display: (value, options) => displays.display(value, options),
    clearOutput: (wait) => displays.clearOutput(wait),
    html,
    md,
    svg,
    input: ports.input,
    prompt: ports.prompt,
    get signal() {
      return signalOfCell();
    },
    broadcast: async (type, content, options) => displays.broadcast(type, content, options),
    comms: ports.comms,
    widget: widgetMaker(ports.comms),
  };
  const { display, clearOutput, input, prompt } = jupyter;
  const names = { Jupyter: jupyter, display, clearOutput, html, md, svg, input, prompt };
  // Configurable and writable: a cell may use any of these names for something of its own.
  for (const [name, value] of Object.entries(names)) {
    Object.defineProperty(globalThis, name, { value, writable: true, configurable: true });
  }
  Object.defineProperty(globalThis, Symbol.for("Jupyter.broadcast"), {
    value: jupyter.broadcast,
    configurable: true,
  });
  Object.defineProperty(globalThis, Symbol.for("Jupyter.signal"), { get: signalOfCell, configurable: true });
  return displays;
}
