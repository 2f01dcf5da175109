// The worker of the page: it computes, so that the page stays quick.
import type { Distiller } from "../../distill/distiller";
import { type BrowserBackend, browserBackends, startBackend } from "../../tensor/engine.browser";
import { type Checked, check, openContent, type PageContent } from "../content";
import type { Command, OpenedReport, Report } from "../protocol";
import { Studio } from "../studio";

/** Images in [-1, 1] that differ by more are not those of a notebook: the engine is not taken. */
const LARGEST_DIFFERENCE = 5e-3;

/** Milliseconds of a step of the reference with which an engine is taken without a look at the others. */
const QUICK = 1000;

let studio: Studio | null = null;
/** Whether to step until there are no more steps. */
let playing = false;
/** Commands that have come and are not begun. */
let waiting = 0;
/** Commands are done one after another. */
let pending: Promise<void> = Promise.resolve();

const tell = (report: Report): void => postMessage(report);

addEventListener("message", ({ data }: MessageEvent<Command>) => {
  waiting++;
  if (data.kind === "play") playing = true;
  else if (!["change", "fork", "unfork"].includes(data.kind)) playing = false;
  pending = pending.then(async () => {
    waiting--;
    try {
      await obey(data);
      if (studio && playing) await play(studio);
    } catch (error) {
      playing = false;
      const message = error instanceof Error ? error.message : String(error);
      tell({ kind: "failed", message, fatal: data.kind === "open" });
      if (studio) tell(studio.report(false));
    }
  });
});

async function obey(command: Command): Promise<void> {
  if (command.kind === "open") {
    const { distiller, report } = await opened(command.content, command.backend);
    studio = new Studio(distiller);
    tell(report);
    return;
  }
  if (!studio) return;
  switch (command.kind) {
    case "start":
      studio.start(command.settings);
      break;
    case "step":
      await studio.step();
      break;
    case "play":
    case "pause":
      break;
    case "back":
      studio.back(command.count);
      break;
    case "change":
      await studio.change(command.lane, command.changes, command.again);
      await catchUp(studio);
      break;
    case "fork":
      studio.fork(command.at, command.changes);
      await catchUp(studio);
      break;
    case "unfork":
      studio.unfork();
      break;
    default:
      command satisfies never;
  }
  tell(studio.report(playing));
}

/** A fork catches up, step by step before the reader's eyes, unless something else is wanted. */
async function catchUp(of: Studio): Promise<void> {
  while (!of.level && waiting === 0) {
    tell(of.report(playing));
    await of.step();
  }
}

/** Steps until there are no more; a command that comes is done between two of them. */
async function play(of: Studio): Promise<void> {
  while (playing && waiting === 0 && !of.done) {
    await of.step();
    if (of.done) playing = false;
    tell(of.report(playing));
  }
  if (of.done) playing = false;
}

/** The first engine that is right and quick; where none is quick, as with graphics in software, the quickest. */
async function opened(content: PageContent, wanted: BrowserBackend | null) {
  const faults: string[] = [];
  let best: { distiller: Distiller; backend: BrowserBackend; checked: Checked } | null = null;
  for (const backend of wanted ? [wanted] : browserBackends) {
    try {
      await startBackend([backend]);
      const distiller = openContent(content);
      const checked = await check(distiller, content);
      if (!(checked.difference <= LARGEST_DIFFERENCE))
        throw new Error(`its first step differs by ${checked.difference.toPrecision(2)}`);
      if (!best || checked.milliseconds < best.checked.milliseconds) best = { distiller, backend, checked };
      if (checked.milliseconds <= QUICK) break;
      faults.push(`${backend}: ${Math.round(checked.milliseconds)} ms per step.`);
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      faults.push(`${backend}: ${message.replace(/\.$/, "")}.`);
    }
  }
  if (!best) throw new Error(faults.join(" "));
  const { distiller, backend, checked } = best;
  await startBackend([backend]);
  const others = faults.filter((fault) => !fault.startsWith(`${backend}:`));
  const report: OpenedReport = {
    kind: "opened",
    backend,
    reason: others.join(" ") || null,
    difference: checked.difference,
  };
  return { distiller, report };
}
