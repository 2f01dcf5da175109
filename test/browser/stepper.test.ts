import type { Locator } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { decode } from "../plot/images";
import { writeNotebook } from "../writeNotebook";
import { type LabSession, openLab } from "./labSession";
import type { NotebookPage } from "./notebookPage";

const cells = [
  'import * as igds from "igds";\nconst distiller = await igds.open("fashion-mnist");',
  'const run = distiller.start({ classes: ["Sneaker"], ipc: 3, steps: 10, seed: 1 });\nigds.stepper(run)',
  "run.records.length",
  "run.settings.beta",
];
const [opening, showing, counting, asking] = [0, 1, 2, 3];
/** How long the page may take to show what it has been told, on a busy machine. */
const patience = { timeout: 240_000, interval: 100 };

describe("the stepper in JupyterLab", { timeout: 4 * patience.timeout }, () => {
  let session: LabSession;
  let notebook: NotebookPage;
  let root: Locator;

  beforeAll(async () => {
    session = await openLab("trial.ipynb", (file) => writeNotebook(file, cells), patience.timeout);
    notebook = session.notebook;
    await notebook.run(opening);
    await notebook.run(showing);
    root = notebook.output(showing).locator(".igds-stepper");
    await root.waitFor();
  }, 900_000);

  afterAll(() => session?.close());

  const place = () => root.locator("output").innerText();
  const button = (name: string) => root.getByRole("button", { name });
  const knob = (name: string) => root.locator(`input[name="${name}"]`);

  /** What the reader sees of x0hat, pixel by pixel. */
  const seen = async (): Promise<number[]> => {
    const picture = await decode(await root.locator("figure").nth(1).locator("img").screenshot());
    const { width, height } = picture;
    return Array.from({ length: width * height }, (_, i) => picture.at(i % width, Math.floor(i / width))[0]);
  };
  const difference = (a: number[], b: number[]) =>
    a.length === b.length
      ? a.reduce((sum, value, i) => sum + Math.abs(value - b[i]!), 0) / a.length
      : Number.POSITIVE_INFINITY;

  it("steps on and back, and the images change and come back", async () => {
    expect(await place()).toBe("step 0 of 10");
    await button("step").click();
    await expect.poll(place, patience).toBe("step 1 of 10, t = 999");
    await root.locator("figure img").nth(1).waitFor();
    const first = await seen();
    expect(Math.max(...first) - Math.min(...first)).toBeGreaterThan(40);
    await knob("at").fill("5");
    await expect.poll(place, patience).toMatch(/^step 5 of 10/);
    await expect.poll(async () => difference(await seen(), first), patience).toBeGreaterThan(5);
    const fifth = await seen();
    await button("back").click();
    await expect.poll(place, patience).toMatch(/^step 4 of 10/);
    await button("step").click();
    await expect.poll(place, patience).toMatch(/^step 5 of 10/);
    await expect.poll(async () => difference(await seen(), fifth), patience).toBe(0);
    await notebook.run(counting);
    expect(await notebook.output(counting).innerText()).toBe("5");
  });

  it("takes the newest step again when beta is dragged, and other images come out", async () => {
    const before = await seen();
    const slider = knob("beta");
    const box = (await slider.boundingBox())!;
    const middle = box.y + box.height / 2;
    await notebook.page.mouse.move(box.x + box.width * 0.1, middle);
    await notebook.page.mouse.down();
    await notebook.page.mouse.move(box.x + box.width * 0.6, middle, { steps: 4 });
    await notebook.page.mouse.move(box.x + box.width * 0.98, middle, { steps: 4 });
    await notebook.page.mouse.up();
    const beta = Number(await slider.inputValue());
    expect(beta).toBeGreaterThan(6);
    await expect.poll(async () => difference(await seen(), before), patience).toBeGreaterThan(0.5);
    await expect
      .poll(async () => {
        await notebook.run(asking);
        return Number(await notebook.output(asking).innerText());
      }, patience)
      .toBe(beta);
    expect(await place()).toMatch(/^step 5 of 10/);
  });

  it("plays by keyboard and pauses, while other cells run, to the end", async () => {
    await root.evaluate((element) => element.setAttribute("data-first", ""));
    await root.locator('[aria-label^="images:"]').focus();
    await notebook.page.keyboard.press("Space");
    await button("pause").waitFor();
    await expect.poll(place, patience).toMatch(/^step ([7-9]|10) of 10/);
    await notebook.run(counting);
    expect(Number(await notebook.output(counting).innerText())).toBeGreaterThan(6);
    await expect.poll(place, patience).toMatch(/^step 10 of 10, t = 0/);
    await button("play").waitFor();
    // The output is drawn anew, with an animation for readers without a kernel; the stepper goes on.
    await expect.poll(() => root.getAttribute("data-first"), patience).toBeNull();
    await button("back").click();
    await expect.poll(place, patience).toMatch(/^step 9 of 10/);
  });

  it("shows images larger, without the kernel", async () => {
    const width = async () => (await root.locator("figure img").first().boundingBox())!.width;
    await knob("size").fill("1");
    await expect.poll(width, patience).toBe(3 * 29 - 1);
    await knob("size").fill("3");
    await expect.poll(width, patience).toBe(3 * (3 * 29 - 1));
  });
});
