// What the front end of a widget has to know: the names under which anywidget's own code is registered there.

import { createHash } from "node:crypto";

/** Of the messages between both sides of a widget; in the metadata of comm_open. */
export const protocolVersion = "2.1.0";

/** Any anywidget 0.x: a front end compares by npm's rules. */
const anywidgetVersion = "0.*";

/** The part of the state that makes the front end load anywidget. */
export function frontEndState(esm: string, css: string | undefined): Record<string, unknown> {
  return {
    _model_module: "anywidget",
    _model_name: "AnyModel",
    _model_module_version: anywidgetVersion,
    _view_module: "anywidget",
    _view_name: "AnyView",
    _view_module_version: anywidgetVersion,
    _view_count: null,
    // The same for widgets of the same source: anywidget exchanges their style when it changes.
    _anywidget_id: `typescript.${createHash("sha256").update(esm).digest("hex").slice(0, 16)}`,
    _esm: esm,
    ...(css === undefined ? {} : { _css: css }),
  };
}

/** A message from the front end. */
export interface FrontEndMessage {
  readonly method?: unknown;
  readonly state?: unknown;
  readonly buffer_paths?: unknown;
  readonly content?: unknown;
}
