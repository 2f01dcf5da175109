// The way from library code in the middle of a cell to the notebook. Our kernel leaves a function on globalThis,
// Deno has its own, tslab's can be reached through its loaded module; without a kernel, text goes to the terminal.
import { type Displayable, jupyterDisplay, type MimeBundle } from "./mime";

export type MessageType = "display_data" | "update_display_data" | "clear_output";

export interface DisplayContent {
  data?: MimeBundle;
  metadata?: object;
  transient?: { display_id?: string };
  wait?: boolean;
}

type Broadcast = (messageType: MessageType, content: DisplayContent) => void | Promise<void>;

interface KernelGlobals {
  [jupyterBroadcast]?: Broadcast;
  Jupyter?: { display?: (value: Displayable, options: { id: string; update: boolean }) => void };
  Deno?: { jupyter?: { broadcast?: Broadcast } };
}

interface TslabModule {
  lastWriteDisplayData?: ((content: DisplayContent, update?: boolean) => void) | null;
}

const jupyterBroadcast: unique symbol = Symbol.for("Jupyter.broadcast");

/** The kernel's own way to send display messages, or undefined where code runs without a kernel. */
function kernelBroadcast(): Broadcast | undefined {
  const globals = globalThis as KernelGlobals;
  return globals[jupyterBroadcast] ?? denoBroadcast(globals) ?? tslabBroadcast();
}

/**
 * True if a notebook kernel listens.
 * @example if (!igds.inNotebook()) console.log("no notebook listens");
 */
export function inNotebook(): boolean {
  return kernelBroadcast() !== undefined;
}

/** Sends a message to the notebook; without one, writes the text/plain form of displays and updates to stdout. */
export async function broadcast(messageType: MessageType, content: DisplayContent): Promise<void> {
  const send = kernelBroadcast();
  if (send) await send(messageType, content);
  else if (messageType !== "clear_output") {
    const text = content.data?.["text/plain"];
    if (typeof text === "string") process.stdout.write(`${text}\n`);
  }
}

/**
 * Draws a place of the output anew. Our kernel has the running cell wait for the drawing: a notebook that runs without
 * a front end keeps nothing that comes after its cell has ended.
 */
export async function redraw(id: string, draw: () => Promise<MimeBundle>): Promise<void> {
  const kernel = (globalThis as KernelGlobals).Jupyter;
  if (kernel?.display) kernel.display({ [jupyterDisplay]: draw }, { id, update: true });
  else
    await broadcast("update_display_data", {
      data: await draw(),
      metadata: {},
      transient: { display_id: id },
    });
}

function denoBroadcast(globals: KernelGlobals): Broadcast | undefined {
  try {
    const jupyter = globals.Deno?.jupyter;
    return jupyter?.broadcast?.bind(jupyter);
  } catch {
    // Outside its notebook, Deno.jupyter is there but throws when touched.
    return undefined;
  }
}

// tslab's public `display` sends one MIME type a call; the function under it sends whole bundles. The module is
// looked up among the loaded ones, so that nothing of tslab is loaded where it does not run.
function tslabBroadcast(): Broadcast | undefined {
  for (const [file, loaded] of Object.entries(require.cache)) {
    if (!/[\\/]tslab[\\/]dist[\\/]jupyter\.js$/.test(file)) continue;
    const write = (loaded?.exports as TslabModule | undefined)?.lastWriteDisplayData;
    if (!write) continue;
    return (messageType, content) => {
      if (messageType === "clear_output") return;
      write({ metadata: {}, transient: {}, ...content }, messageType === "update_display_data");
    };
  }
  return undefined;
}
