// The page: it shows what its worker computes and tells it what to do.
import type { PageContent } from "../content";
import type { Command, Report, StateReport } from "../protocol";
import { drawCharts } from "./charts";
import { Controls } from "./controls";
import { button, element, input } from "./dom";
import { inWords, type PageLane, recordAt, updated } from "./lane";
import { Pictures } from "./pictures";

const names = { webgpu: "WebGPU", webgl: "WebGL", wasm: "WebAssembly" } as const;

const embedded = (id: string) => JSON.parse(element(id).textContent ?? "");
const content = embedded("content") as PageContent;
const program = URL.createObjectURL(new Blob([embedded("worker")], { type: "text/javascript" }));

let worker: Worker | null = null;
/** What is said of the engine; null while it starts. */
let engine: string | null = null;
let state: StateReport | null = null;
let lanes: PageLane[] = [];
/** Place of the step that is shown; null follows the newest. */
let shown: number | null = null;
let image = 0;

const tell = (command: Command) => {
  // What went wrong with an earlier command is settled; without an engine it is not.
  if (engine !== null) element("problem").hidden = true;
  worker?.postMessage(command);
};

const pictures = new Pictures(element("pictures"), (chosen) => {
  image = chosen;
  show();
});

const controls = new Controls(content, {
  begin,
  guide: (changes) => tell({ kind: "change", lane: controls.lane, changes, again: state?.playing === false }),
  engine: open,
  lane: (lane) => {
    const chosen = lanes[lane];
    if (chosen) controls.show(chosen.settings);
    show();
  },
});

function open(): void {
  worker?.terminate();
  engine = null;
  state = null;
  lanes = [];
  for (const id of Object.keys(actions)) button(id).disabled = true;
  element("problem").hidden = true;
  element("engine").textContent = "Starting the engine …";
  try {
    worker = new Worker(program);
  } catch (error) {
    fail(`This browser does not let a page from disk compute in a worker (${(error as Error).message}).`);
    return;
  }
  worker.onmessage = ({ data }: MessageEvent<Report>) => hear(data);
  worker.onerror = ({ message }) => fail(message || "its worker did not start");
  tell({ kind: "open", content, backend: controls.backend });
}

function hear(report: Report): void {
  switch (report.kind) {
    case "opened": {
      const difference = report.difference.toExponential(0);
      engine =
        `${names[report.backend]} · first step within ${difference} of ${content.writtenWith} in a notebook` +
        (report.reason ? ` · the others: ${report.reason}` : "");
      begin();
      break;
    }
    case "state":
      state = report;
      lanes = updated(lanes, report.lanes);
      controls.offer(lanes);
      schedule();
      break;
    case "failed":
      fail(report.message, report.fatal);
      break;
    default:
      report satisfies never;
  }
}

function begin(): void {
  if (engine === null) return;
  shown = null;
  image = 0;
  tell({ kind: "start", settings: controls.settings });
}

function fail(message: string, fatal = true): void {
  const advice = fatal
    ? " The playground needs WebGPU, WebGL 2 or WebAssembly with vector instructions: try another engine above, or a current Chrome, Firefox, Edge or Safari."
    : "";
  element("problem").textContent = `${message}${advice}`;
  element("problem").hidden = false;
  if (fatal) element("engine").textContent = "No engine runs.";
}

let scheduled = false;
/** Draws what is newest, at most once for each frame of the screen. */
function schedule(): void {
  if (scheduled) return;
  scheduled = true;
  setTimeout(() => {
    scheduled = false;
    show();
  }, 0);
}

function show(): void {
  if (!state || engine === null) return;
  const longest = Math.max(0, ...lanes.map(({ records }) => records.length));
  if (shown !== null && shown >= longest - 1) shown = null;
  const at = shown ?? longest - 1;
  const [first] = lanes;
  const record = first && recordAt(first, at);
  // What was chosen may be an image of the run before this one, which had more.
  if (first) image = Math.min(image, first.settings.classes.length * first.settings.ipc - 1);
  pictures.show(lanes, at, image);
  drawCharts({ lanes, at, image, lane: controls.lane, classes: content.classes.length });

  const speed = state.millisecondsPerStep;
  element("engine").textContent = engine;
  element("speed").textContent = speed === null ? "" : ` · ${Math.round(speed)} ms per step`;
  element("cell").textContent = state.cell;
  const slider = input("shown");
  slider.max = String(Math.max(0, longest - 1));
  slider.value = String(Math.max(0, at));
  slider.disabled = longest < 2;
  element("shownValue").textContent = record
    ? `${record.index + 1} of ${record.count}, t = ${record.t}`
    : "not begun";
  if (!state.playing)
    element("summary").textContent = record
      ? inWords(record, first.settings.ipc, content.classes.length)
      : "Press Play or Step.";
  button("play").textContent = state.playing ? "Pause" : "Play";
  button("play").disabled = state.done;
  button("step").disabled = state.playing || state.done;
  button("back").disabled = button("restart").disabled = longest === 0;
  button("fork").disabled = lanes.length === 0;
  button("unfork").hidden = lanes.length < 2;
  button("unfork").disabled = false;
}

/** The first step prepares the terms. */
function sayFirst(): void {
  if (lanes.every(({ records }) => records.length === 0))
    element("summary").textContent = "Preparing the guidance …";
}

const actions = {
  play: () => {
    shown = null;
    sayFirst();
    tell({ kind: state?.playing ? "pause" : "play" });
  },
  step: () => {
    shown = null;
    sayFirst();
    tell({ kind: "step" });
  },
  back: () => {
    shown = null;
    tell({ kind: "back", count: 1 });
  },
  restart: () => {
    shown = null;
    tell({ kind: "back", count: Number.MAX_SAFE_INTEGER });
  },
  fork: () => {
    const [first] = lanes;
    const record = first && recordAt(first, shown ?? first.records.length - 1);
    const beta = first && first.settings.beta !== 0 ? 0 : 2;
    tell({ kind: "fork", at: record?.index ?? null, changes: { beta } });
  },
  unfork: () => tell({ kind: "unfork" }),
} as const;

for (const [id, act] of Object.entries(actions)) button(id).addEventListener("click", act);

input("shown").addEventListener("input", () => {
  shown = Number(input("shown").value);
  show();
});

element("copy").addEventListener("click", async () => {
  const text = element("cell").textContent ?? "";
  try {
    await navigator.clipboard.writeText(text);
    element("copied").textContent = "Copied.";
  } catch {
    getSelection()?.selectAllChildren(element("cell"));
    element("copied").textContent = "Selected: copy it with the keyboard.";
  }
});

const keys: Readonly<Record<string, keyof typeof actions>> = {
  " ": "play",
  arrowright: "step",
  arrowleft: "back",
  home: "restart",
  f: "fork",
};
document.addEventListener("keydown", (event) => {
  const { target, ctrlKey, metaKey, altKey } = event;
  const key = event.key.toLowerCase();
  // Controls keep their own keys, which of buttons and links are space and Enter.
  const own = key === " " || key === "enter" ? "input, select, button, a" : "input, select";
  if (ctrlKey || metaKey || altKey || (target as HTMLElement).closest(own)) return;
  const action = keys[key];
  if (!action || button(action).disabled) return;
  event.preventDefault();
  actions[action]();
});

// For the browser's console: what the page shows, as numbers.
Object.defineProperty(globalThis, "playground", { get: () => ({ lanes, state }) });

open();
