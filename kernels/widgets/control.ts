// Gives a front end that connects anew (a reloaded page) all living widgets in one message.

import { takeBuffers } from "./buffers";
import type { Widget } from "./widget";

const target = "jupyter.widget.control";

export class WidgetControl {
  readonly #widgets = new Map<string, Widget>();

  constructor(comms: typeof Jupyter.comms) {
    comms.registerTarget(target, (comm) => {
      comm.onMessage(({ data }) => {
        if (data.method !== "request_states") return;
        const { buffers, ...separated } = takeBuffers(this.#states());
        const { state: states, buffer_paths } = separated;
        comm.send({ method: "update_states", states, buffer_paths }, { buffers });
      });
    });
  }

  add(widget: Widget): void {
    this.#widgets.set(widget.id, widget);
  }

  remove(widget: Widget): void {
    this.#widgets.delete(widget.id);
  }

  #states(): Record<string, unknown> {
    return Object.fromEntries(
      [...this.#widgets].map(([id, widget]) => {
        const state = widget.wholeState();
        const { _model_name: name, _model_module: module, _model_module_version: version } = state;
        return [id, { model_name: name, model_module: module, model_module_version: version, state }];
      }),
    );
  }
}
