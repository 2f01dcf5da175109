import { execFileSync } from "node:child_process";
import { rmSync } from "node:fs";
import path from "node:path";
import { pathToFileURL } from "node:url";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Run } from "../../src/diffusion/run";
import type { StepRecord } from "../../src/diffusion/stepRecord";
import type { Distiller } from "../../src/distill/distiller";
import { open } from "../../src/distill/open";
import { writePlayground } from "../../src/playground/writePlayground";
import { newFolder } from "../newFolder";
import { openBrowser } from "./notebookPage";
import { type OfflinePage, openOffline } from "./offlinePage";

const root = path.resolve(__dirname, "..", "..");
/** How long the page may take for some steps, on a busy machine. */
const patience = 240_000;
/** Largest difference between the page and a notebook, in pixels of [-1, 1] and in nats. */
const CLOSE = 1e-3;

/** A step as numbers: images and bounds. */
interface Numbers {
  readonly index: number;
  readonly x0: number[];
  readonly bounds: number[];
}

function numbersOf({ index, x0, bounds }: StepRecord): Numbers {
  const { prototype, contextual, context } = bounds as NonNullable<StepRecord["bounds"]>;
  const all = [prototype, contextual.low, contextual.high, context].flatMap((values) => Array.from(values));
  return { index, x0: Array.from(x0.data), bounds: all };
}

const furthest = (a: readonly number[], b: readonly number[]) =>
  a.length === b.length
    ? Math.max(...a.map((value, i) => Math.abs(value - b[i]!)))
    : Number.POSITIVE_INFINITY;

describe("the playground", () => {
  let folder: string;
  let distiller: Distiller;
  let browser: Browser;
  let page: Page;
  let opened: OfflinePage;

  beforeAll(async () => {
    folder = newFolder("playground");
    const scripts = path.join(folder, "scripts");
    execFileSync(process.execPath, [path.join(root, "src", "setup", "bundle.mjs"), scripts]);
    distiller = await open("fashion-mnist");
    const file = path.join(folder, "playground.html");
    await writePlayground(file, distiller, { scripts, classes: ["Sneaker"], ipcs: [2] });
    browser = await openBrowser();
    opened = await openOffline(browser, `${pathToFileURL(file)}#wasm`);
    page = opened.page;
    page.setDefaultTimeout(patience);
  }, 900_000);

  afterAll(async () => {
    await browser?.close();
    distiller?.dispose();
    if (folder) rmSync(folder, { recursive: true, force: true });
  });

  /** Steps that the page has, lane by lane. */
  const lanes = (): Promise<Numbers[][]> =>
    page.evaluate(() => {
      const { lanes } = (globalThis as unknown as { playground: { lanes: { records: StepRecord[] }[] } })
        .playground;
      return lanes.map(({ records }) =>
        records.map(({ index, x0, bounds: found }) => {
          const { prototype, contextual, context } = found as NonNullable<typeof found>;
          const all = [prototype, contextual.low, contextual.high, context];
          return {
            index,
            x0: Array.from(x0.data),
            bounds: all.flatMap((values) => Array.from(values)),
          };
        }),
      );
    });
  const at = (step: number) =>
    page.waitForFunction(
      (wanted) => document.querySelector("#shownValue")?.textContent?.startsWith(`${wanted} of 10,`),
      step,
    );
  const resting = () => page.waitForFunction(() => document.querySelector("#play")?.textContent === "Play");

  /** The runs that the page's cell makes, here instead of in a notebook. */
  async function runCell(): Promise<Run[]> {
    const cell = (await page.locator("#cell").textContent()) ?? "";
    const [first, ...lines] = cell.trim().split("\n");
    expect(first).toBe('import * as igds from "igds";');
    const last = lines.pop();
    const body = `${lines.join("\n")}\nreturn ${last?.replace("igds.compare", "igds.all")};`;
    const AsyncFunction = (async () => undefined).constructor as FunctionConstructor;
    const igds = { open: async () => distiller, all: (...runs: Run[]) => runs };
    return [await new AsyncFunction("igds", body)(igds)].flat();
  }

  async function expectSameAsCell(): Promise<void> {
    const runs = await runCell();
    const found = await lanes();
    expect(found.map((records) => records.map(({ index }) => index))).toEqual(
      runs.map(({ records }) => records.map(({ index }) => index)),
    );
    runs.forEach(({ records }, lane) => {
      records.map(numbersOf).forEach(({ x0, bounds }, step) => {
        expect(furthest(found[lane]![step]!.x0, x0)).toBeLessThan(CLOSE);
        expect(furthest(found[lane]![step]!.bounds, bounds)).toBeLessThan(CLOSE);
      });
    });
  }

  it("takes ten steps from disk, offline, with the images of a notebook", async () => {
    await page.selectOption("#steps", "10");
    await page.locator("#play:enabled").waitFor();
    expect(await page.locator("#setWeightValue").textContent()).toBe("707 (the rule)");
    await page.locator("#setWeight").fill("0");
    await page.click("#play");
    await at(10);
    await resting();
    expect((await lanes()).map((records) => records.length)).toEqual([10]);
    expect(await page.locator("#engine").textContent()).toMatch(/^WebAssembly · first step within/);
    expect(await page.locator("#speed").textContent()).toMatch(/^ · \d+ ms per step$/);
    expect(await page.locator("#play").isDisabled()).toBe(true);
    await expectSameAsCell();
  }, 600_000);

  it("draws both bounds, the ledger and every image", async () => {
    expect(await page.locator("#bounds .scatterlayer .trace").count()).toBeGreaterThan(3);
    await page.locator("#ledger").getByText("Ledger of Sneaker, image 0").waitFor();
    await page.getByRole("button", { name: "Sneaker, image 1" }).click();
    await page.locator("#ledger").getByText("Ledger of Sneaker, image 1").waitFor();
    const shades = await page.locator("canvas.clean").evaluateAll((all) =>
      all.map((canvas) => {
        const { width, height } = canvas as HTMLCanvasElement;
        const data = (canvas as HTMLCanvasElement).getContext("2d")?.getImageData(0, 0, width, height).data;
        return new Set(data).size;
      }),
    );
    expect(shades).toHaveLength(2);
    for (const count of shades) expect(count).toBeGreaterThan(20);
    expect(await page.locator("#summary").textContent()).toMatch(
      /^Step 10 of 10, t = 0: prototype information/,
    );
  });

  it("goes back, and forwards to the same images", async () => {
    const [before] = await lanes();
    await page.click("#back");
    await at(9);
    await page.click("#back");
    await at(8);
    await page.click("#step");
    await at(9);
    expect((await lanes())[0]).toEqual(before!.slice(0, 9));
  }, 600_000);

  it("pauses", async () => {
    await page.click("#restart");
    await page.locator("#shownValue").getByText("not begun").waitFor();
    await page.locator("#seed").fill("7");
    await page.locator("#seed").press("Enter");
    await page.click("#play");
    await at(1);
    await page.click("#play");
    await resting();
    const { length } = (await lanes())[0]!;
    expect(length).toBeLessThan(10);
    await new Promise((resolve) => setTimeout(resolve, 500));
    expect((await lanes())[0]).toHaveLength(length);
  }, 600_000);

  it("takes the newest step again when beta is moved, and forks with the same noise", async () => {
    const before = (await lanes())[0]!;
    const first = (await page.locator("#betaValue").textContent()) ?? "";
    await page.locator("#beta").focus();
    await page.keyboard.press("End");
    expect(await page.locator("#betaValue").textContent()).not.toBe(first);
    await expect
      .poll(async () => furthest((await lanes())[0]!.at(-1)!.x0, before.at(-1)!.x0), { timeout: patience })
      .toBeGreaterThan(CLOSE);
    const moved = (await lanes())[0]!;
    expect(moved.slice(0, -1)).toEqual(before.slice(0, -1));

    await page.click("#fork");
    await expect
      .poll(async () => (await lanes()).map(({ length }) => length), { timeout: patience })
      .toEqual([moved.length, moved.length]);
    await page.click("#step");
    await at(moved.length + 1);
    const [run, fork] = await lanes();
    expect(fork!.slice(0, moved.length - 1)).toEqual(run!.slice(0, moved.length - 1));
    expect(furthest(fork!.at(-1)!.x0, run!.at(-1)!.x0)).toBeGreaterThan(CLOSE);
    expect(await page.locator("#cell").textContent()).toContain("igds.compare(run, fork)");
    await expectSameAsCell();
  }, 600_000);

  it("adds the prototype term of the set, with the real images that the page carries", async () => {
    await page.click("#unfork");
    await page.click("#restart");
    await page.locator("#shownValue").getByText("not begun").waitFor();
    await page.locator("#setWeight").fill("707");
    await page.click("#step");
    await at(1);
    const found = await page.evaluate(() => {
      const { lanes } = (globalThis as unknown as { playground: { lanes: { records: StepRecord[] }[] } })
        .playground;
      const term = lanes[0]?.records[0]?.guidance.terms.find(({ name }) => name === "set");
      return term && { value: Array.from(term.value), gradient: Array.from(term.gradientNorm) };
    });
    const [run] = await runCell();
    const term = run!.records[0]!.guidance.terms.find(({ name }) => name === "set")!;
    expect(furthest(found!.value, Array.from(term.value))).toBeLessThan(CLOSE);
    found!.gradient.forEach((norm, i) => {
      expect(Math.abs(norm / term.gradientNorm[i]! - 1)).toBeLessThan(0.01);
    });
    // A unit of a network that is at its kink may be on in one engine and off in the other, which moves a patch of the
    // guided x0hat by up to 0.014; one or two units are. All other pixels must agree.
    const shown = (await lanes())[0]![0]!.x0;
    const apart = Array.from(run!.records[0]!.x0.data, (value, i) => Math.abs(value - shown[i]!));
    expect(Math.max(...apart)).toBeLessThan(0.02);
    expect(apart.filter((difference) => difference > CLOSE).length / apart.length).toBeLessThan(0.02);
  }, 600_000);

  it("asked nothing of any network and had nothing to complain of", () => {
    expect(opened.requests.filter((url) => !/^(file|blob|data):/.test(url))).toEqual([]);
    expect([...opened.complaints, ...opened.warnings]).toEqual([]);
  });
});
