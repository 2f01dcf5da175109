// The images of the lanes at one step: x_t, x0hat and what the guidance changed, pixel by pixel on canvases.
import type { StepRecord } from "../../diffusion/stepRecord";
import { diverging } from "../../plot/diverging";
import type { ImageBatch } from "../../tensor/batch";
import { make } from "./dom";
import { type PageLane, recordAt } from "./lane";

/** The change of x0hat that has full colour: the guide's largest root mean square is 0.3. */
const FULL_CHANGE = 0.6;

const parts = ["noisy", "clean", "change"] as const;

export class Pictures {
  private cards: HTMLButtonElement[][] = [];
  private made = "";

  /** @param choose an image was clicked */
  constructor(
    private readonly place: HTMLElement,
    private readonly choose: (image: number) => void,
  ) {}

  /** @param at place of the step in the records */
  show(lanes: readonly PageLane[], at: number, chosen: number): void {
    const key = JSON.stringify(lanes.map(({ label, settings: { classes, ipc } }) => [label, classes, ipc]));
    if (key !== this.made) this.build(lanes);
    this.made = key;
    lanes.forEach((lane, l) => {
      const { weight, beta, setWeight } = lane.settings;
      const note = this.place.children[l]?.querySelector("small");
      if (note) note.textContent = `w = ${weight}, β = ${beta}, set ${setWeight}`;
      const record = recordAt(lane, at);
      this.cards[l]?.forEach((card, image) => {
        card.setAttribute("aria-pressed", String(image === chosen));
        const canvases = card.querySelectorAll("canvas");
        parts.forEach((part, p) => {
          paint(canvases[p] as HTMLCanvasElement, record && pixels(record, part, image));
        });
      });
    });
  }

  private build(lanes: readonly PageLane[]): void {
    this.cards = lanes.map(({ settings: { classes, ipc } }) =>
      classes.flatMap((name, k) =>
        Array.from({ length: ipc }, (_, i) => {
          const card = make("button", { type: "button", title: `${name}, image ${i}` });
          card.setAttribute("aria-label", `${name}, image ${i}: show its ledger`);
          for (const part of parts) card.append(make("canvas", { className: part }));
          card.addEventListener("click", () => this.choose(k * ipc + i));
          return card;
        }),
      ),
    );
    this.place.replaceChildren(
      ...lanes.map(({ label, settings }, l) => {
        const title = make("h2", {}, label === "igds" ? "Run" : "Fork", make("small"));
        const images = make("div", { className: "images" }, ...(this.cards[l] as HTMLButtonElement[]));
        const lane = make("div", { className: "lane" }, title, images);
        lane.setAttribute("role", "group");
        lane.setAttribute("aria-label", `Images of ${settings.classes.join(", ")}`);
        return lane;
      }),
    );
  }
}

/** The colours of one image, or of what the guidance changed in it. */
function pixels(record: StepRecord, part: (typeof parts)[number], image: number): ImageData {
  const [, height, width, channels] = record.x.shape;
  const size = height * width * channels;
  const of = ({ data }: ImageBatch) => data.subarray(image * size, (image + 1) * size);
  const values = of(part === "noisy" ? record.x : record.x0);
  const plain = of(record.plain);
  const found = new ImageData(width, height);
  for (let pixel = 0; pixel < height * width; pixel++) {
    const at = pixel * channels;
    const grey = (c: number) => Math.round((Math.min(1, Math.max(-1, values[at + c]!)) + 1) * 127.5);
    const colour =
      part === "change"
        ? diverging((values[at]! - plain[at]!) / FULL_CHANGE)
        : channels === 3
          ? [grey(0), grey(1), grey(2)]
          : [grey(0), grey(0), grey(0)];
    found.data.set([...colour, 255], 4 * pixel);
  }
  return found;
}

/** Without an image the canvas shows its background. */
function paint(canvas: HTMLCanvasElement, image: ImageData | undefined): void {
  if (!image) {
    canvas.getContext("2d")?.clearRect(0, 0, canvas.width, canvas.height);
    return;
  }
  if (canvas.width !== image.width) canvas.width = image.width;
  if (canvas.height !== image.height) canvas.height = image.height;
  canvas.getContext("2d")?.putImageData(image, 0, 0);
}
