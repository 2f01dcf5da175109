// The worker of the page: it computes, so that the page stays quick.
import { type BrowserBackend, browserBackends, engineInfo, startBackend } from "../../tensor/engine.browser";
import { differenceToReference, openContent, type PageContent } from "../content";
import type { Command, OpenedReport, Report } from "../protocol";
import { Studio } from "../studio";

/** Images in [-1, 1] that differ by more are not those of a notebook: the engine is not taken. */
const LARGEST_DIFFERENCE = 5e-3;

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
      break;
    case "fork":
      studio.fork(command.at, command.changes);
      // The fork catches up, step by step before the reader's eyes, unless something else is wanted.
      while (!studio.level && waiting === 0) {
        tell(studio.report(playing));
        await studio.step();
      }
      break;
    case "unfork":
      studio.unfork();
      break;
    default:
      command satisfies never;
  }
  tell(studio.report(playing));
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

/** The fastest engine whose first step is that of the reference. */
async function opened(content: PageContent, wanted: BrowserBackend | null) {
  const faults: string[] = [];
  for (const backend of wanted ? [wanted] : browserBackends) {
    try {
      await startBackend([backend]);
      const distiller = openContent(content);
      const difference = await differenceToReference(distiller, content);
      if (!(difference <= LARGEST_DIFFERENCE))
        throw new Error(`its first step differs by ${difference.toPrecision(2)}`);
      const report: OpenedReport = {
        kind: "opened",
        backend: engineInfo.backend as BrowserBackend,
        reason: faults.join(" ") || null,
        difference,
      };
      return { distiller, report };
    } catch (error) {
      faults.push(`${backend}: ${error instanceof Error ? error.message : String(error)}.`);
    }
  }
  throw new Error(faults.join(" "));
}
