// What long work tells of itself, as progress bars.
import { type ProgressEvent, tellUsually } from "../tensor/progress";
import { inNotebook } from "./channel";
import { type Progress, progress } from "./progress";

/**
 * For the `onProgress` of anything that takes long: a bar for each thing that is done, one after the other. What distills
 * has them by default in a notebook; `onProgress: () => {}` leaves them out.
 *
 * @param title one bar by this name in their place, with what is being done as its remark
 * @example
 * const set = await igds.distill(distiller, {
 *   method: "igds",
 *   ipc: 1,
 *   steps: 5,
 *   onProgress: igds.progressBars(),
 * });
 */
export function progressBars(title?: string): (event: ProgressEvent) => void {
  let bar: Progress | undefined;
  let shown = "";
  return ({ label, done, total }) => {
    const name = title ?? label;
    if (!bar || name !== shown) {
      // What was given up, such as a server that does not answer, stays where it stood.
      void bar?.finish();
      shown = name;
      bar = total > 0 ? progress(name, total) : undefined;
    }
    bar?.set(done, title === undefined ? undefined : label);
    if (done < total) return;
    void bar?.finish();
    bar = undefined;
  };
}

tellUsually(() => (inNotebook() ? progressBars() : () => {}));
