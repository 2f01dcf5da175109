// What cells find besides Node's own globals; globals.d.ts says what each of them does.

import { currentSignal } from "../cell";
import type { Comms } from "../io/comms";
import type { Output } from "../io/output";
import type { Stdin } from "../io/stdin";
import { endGroups } from "../io/streams";
import { widgetMaker } from "../widgets/widget";
import { Displays } from "./display";
import { html, md, svg } from "./tags";

export interface Ports {
  readonly output: Pick<Output, "publish">;
  readonly stdin: Pick<Stdin, "input" | "prompt">;
  readonly comms: Pick<Comms, "open" | "registerTarget">;
}

/** Called after each cell, while its output is still taken. */
const afterCell = new Set<() => void>();

/** Cleans up behind a cell and tells libraries that it has ended; what one of them throws is printed and disturbs nothing. */
export function cellEnded(): void {
  endGroups();
  for (const listener of afterCell) {
    try {
      listener();
    } catch (error) {
      console.error(error);
    }
  }
}

/**
 * Puts `Jupyter`, its shorthands and the symbols by which libraries find a kernel on globalThis.
 * @returns the displays that cells have to wait for before they end
 */
export function installGlobals({ output, stdin, comms }: Ports): Displays {
  const displays = new Displays((type, content, options) => output.publish(type, content, options));
  const jupyter: typeof Jupyter = {
    display: (value, options) => displays.display(value, options),
    clearOutput: (wait) => displays.clearOutput(wait),
    html,
    md,
    svg,
    input: (question, options) => stdin.input(question, options),
    prompt: (question, initial) => stdin.prompt(question, initial),
    get signal() {
      return currentSignal();
    },
    broadcast: async (type, content, options) => displays.broadcast(type, content, options),
    comms: {
      open: (target, data, options) => comms.open(target, data, options),
      registerTarget: (target, opened) => comms.registerTarget(target, opened),
    },
    widget: widgetMaker(comms),
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
  Object.defineProperty(globalThis, Symbol.for("Jupyter.afterCell"), {
    value: (listener: () => void) => {
      afterCell.add(listener);
      return () => void afterCell.delete(listener);
    },
    configurable: true,
  });
  Object.defineProperty(globalThis, Symbol.for("Jupyter.widget"), {
    value: jupyter.widget,
    configurable: true,
  });
  Object.defineProperty(globalThis, Symbol.for("Jupyter.signal"), { get: currentSignal, configurable: true });
  return displays;
}
