// The ledger of every image of a run: point at an image to see what it gained, step by step and term by term.
import { randomBytes } from "node:crypto";
import type { Run } from "../diffusion/run";
import type { Figure } from "../plot/figure";
import { arrangeBlocks, blockPng, imageBlocks } from "../plot/imageBlocks";
import {
  balanceOf,
  balanceText,
  cutBars,
  cutText,
  type Ledger,
  type LedgerAccount,
  ledgerFigure,
  ledgerOf,
  ledgerRange,
} from "../plot/ledger";
import { pictureFigure } from "../plot/pictureFigure";
import { staticPicture } from "../plot/staticPicture";
import { methodLabel, seriesColours } from "../plot/theme";
import { ledgerScript, ledgerStyle } from "./ledgerPage";
import { type Displayable, escapeHtml, jupyterDisplay, type MimeBundle } from "./mime";
import { inScript } from "./plotlyScript";
import { classNames, imagesInWords } from "./runView";

/**
 * The ledger of a run's images, with a curve for each; what `ledger` gives.
 * @example const view: igds.LedgerView = igds.ledger(run);
 */
export class LedgerView implements Displayable {
  constructor(
    readonly run: Run,
    readonly image: number,
  ) {}

  /** The ledger of one image in numbers, nats. */
  of(image = this.image): Ledger {
    return ledgerOf(this.run.records, image);
  }

  /** The ledger of one image as a Plotly figure, under the images. */
  async figure(image = this.image): Promise<Figure> {
    const { run } = this;
    const name = `image ${image} (${classNames(run)[image]})`;
    const figure = ledgerFigure(run.records, image, {
      title: `${methodLabel(run.label)}: ledger of ${name}`,
    });
    const png = await imageBlocks([{ heading: "x0hat", images: run.last.x0 }], classNames(run));
    return pictureFigure(figure, png);
  }

  /** HTML that works without a kernel and without a network, the picture of the figure for where no script runs. */
  async [jupyterDisplay](): Promise<MimeBundle> {
    const png = await staticPicture(await this.figure(), { scale: 1 });
    const base64 = png.toString("base64");
    return {
      "text/html": await this.html(base64),
      "image/png": base64,
      "text/plain": this.text(),
    };
  }

  private text(): string {
    const { prototype, contextual } = this.of();
    return [
      `Ledger of image ${this.image} of run ${this.run.label}, nats`,
      `prototype information: ${balanceText(balanceOf(prototype))}`,
      `contextual information: ${balanceText(balanceOf(contextual))}`,
    ].join("\n");
  }

  private async html(png: string): Promise<string> {
    const id = `igds-${randomBytes(8).toString("hex")}`;
    const names = classNames(this.run);
    // Any image can be pointed at, however many there are.
    const { rows, rowLabels } = arrangeBlocks(names, Number.POSITIVE_INFINITY);
    const block = { heading: "", images: this.run.last.x0 };
    const images = await Promise.all(
      rows.flat().map(async (index) => {
        const picture = await blockPng(block, { rows: [[index]] });
        const { prototype, contextual } = this.of(index);
        return {
          index,
          name: names[index],
          png: picture.toString("base64"),
          accounts: { prototype, contextual },
        };
      }),
    );
    const kinds = ["prototype", "contextual"] as const;
    // Lowest value, the upper line, and the end of the chart a little above it.
    const ranges = kinds.map((kind) => {
      const [low, high] = ledgerRange(images.map(({ accounts }) => accounts[kind]));
      return [low, high, 1.05 * high] as const;
    });
    const terms = [
      ...new Set(
        images.flatMap(({ accounts }) => kinds.flatMap((kind) => Object.keys(accounts[kind].terms))),
      ),
    ];
    const data = {
      t: this.of().t,
      images: images.map(({ accounts, ...image }) => ({
        ...image,
        accounts: kinds.map((kind, i) => account(kind, accounts[kind], ranges[i]!)),
      })),
      rows: rows.map(({ length }, i) => ({ length, name: rowLabels[i] ?? "" })),
      chosen: rows.flat().indexOf(this.image),
      ranges,
      colours: Object.fromEntries(seriesColours(terms)),
      title: `${methodLabel(this.run.label)}: ${imagesInWords(this.run)}. Point at an image for its ledger.`,
    };
    const alt = escapeHtml(this.text());
    return (
      `<style>${ledgerStyle}</style><div id="${id}" class="igds-ledger"><img alt="${alt}" style="max-width: 100%" ` +
      `src="data:image/png;base64,${png}"/></div>` +
      `<script>(${ledgerScript})(document.getElementById("${id}"), ${inScript(JSON.stringify(data))});</script>`
    );
  }
}

/** Numbers for the page, short. */
function account(
  kind: string,
  given: LedgerAccount,
  [low, , top]: readonly [low: number, high: number, top: number],
) {
  const cut = cutBars(given, [low, top]);
  const short = (values: readonly number[]) => values.map((value) => Number(value.toFixed(3)));
  return {
    kind,
    value: short(given.value),
    ...(given.high ? { high: short(given.high) } : {}),
    terms: Object.fromEntries(Object.entries(given.terms).map(([name, values]) => [name, short(values)])),
    cut: cut.map(({ step, worth }) => [step, Number(worth.toFixed(3))]),
    cutSaid: cutText(cut),
    said: balanceText(balanceOf(given)),
  };
}

/**
 * How many nats of prototype and contextual information each step and each guidance term gave to each image of a run:
 * point at an image to see its curves and bars.
 *
 * A term's bar is what its push of x0hat in that step is worth to first order, as far as limits and clipping leave it; what
 * later steps take back of it counts as denoising.
 *
 * @param image whose ledger is shown first, and in the static picture
 * @throws RangeError if the run has not begun or carries no bounds, or there is no such image
 * @example
 * const run = distiller.start({ classes: ["Sneaker"], ipc: 2, steps: 10 });
 * await run.finish();
 * igds.ledger(run, 1)
 */
export function ledger(run: Run, image = 0): LedgerView {
  ledgerOf(run.records, image);
  return new LedgerView(run, image);
}
