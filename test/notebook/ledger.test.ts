import { JSDOM } from "jsdom";
import { describe, expect, it } from "vitest";
import { ledger } from "../../src/notebook/ledger";
import { jupyterDisplay } from "../../src/notebook/mime";
import { startRun } from "./runs";

describe("the ledger of a run", () => {
  it("is a page that shows the ledger of the image that is pointed at, with a picture where no script runs", async () => {
    const run = startRun({ classes: ["Cup", "Hat"], ipc: 2, steps: 4 });
    await run.finish();
    const bundle = await ledger(run, 1)[jupyterDisplay]();
    expect(Object.keys(bundle).sort()).toEqual(["image/png", "text/html", "text/plain"]);
    expect(bundle["text/plain"]).toMatch(
      /image 1 of run igds.*\nprototype information: 1\.10 at the start, \+0\.75 prototype/,
    );
    const html = String(bundle["text/html"]);
    expect(html).not.toMatch(/(src|href)\s*=\s*["']?https?:/);

    const still = new JSDOM(html).window.document;
    expect(still.querySelector("img")!.alt).toBe(bundle["text/plain"]);
    const { window } = new JSDOM(html, { runScripts: "dangerously" });
    const { document } = window;
    const buttons = [...document.querySelectorAll("button")];
    expect(buttons.map(({ title }) => title)).toEqual([
      "Cup, image 0",
      "Cup, image 1",
      "Hat, image 2",
      "Hat, image 3",
    ]);
    const pressed = () => buttons.findIndex((button) => button.getAttribute("aria-pressed") === "true");
    const said = () => document.querySelector(".charts")!.textContent;
    expect(pressed()).toBe(1);
    expect(said()).toContain("1.10 at the start, +0.75 prototype term");
    expect(document.querySelectorAll("svg rect")).toHaveLength(2 * 2 * 4);
    expect(document.querySelectorAll("svg polyline")).toHaveLength(3);
    buttons[3]!.dispatchEvent(new window.Event("mouseenter"));
    expect(pressed()).toBe(3);
    expect(said()).toContain("1.30 at the start");
    buttons[0]!.focus();
    expect(pressed()).toBe(0);
  });

  it("sets the bars of a run on its way beside each other, and shows names as text", async () => {
    const run = startRun({ classes: ["Cup"], ipc: 2, steps: 20 });
    await run.step(3);
    for (const { guidance } of run.records) Object.assign(guidance.terms[0]!, { name: "<i>mine</i>" });
    const html = String((await ledger(run)[jupyterDisplay]())["text/html"]);
    const { document } = new JSDOM(html, { runScripts: "dangerously" }).window;
    const bars = [...document.querySelectorAll("svg")[0]!.querySelectorAll("rect")];
    const ends = bars.map((bar) => {
      const [x, width] = ["x", "width"].map((name) => Number(bar.getAttribute(name))) as [number, number];
      return [x, x + width] as const;
    });
    // Two terms at each step.
    expect(ends).toHaveLength(6);
    for (const [i, [x]] of ends.entries()) if (i > 1) expect(x).toBeGreaterThan(ends[i - 2]![1]);
    expect(document.querySelectorAll("svg i")).toHaveLength(0);
    expect(bars[0]!.textContent).toContain("<i>mine</i> term");
  });

  it("has a button for each image, however many a class has", async () => {
    const run = startRun({ classes: ["Cup"], ipc: 13, steps: 2 });
    await run.finish();
    const html = String((await ledger(run, 12)[jupyterDisplay]())["text/html"]);
    const { document } = new JSDOM(html, { runScripts: "dangerously" }).window;
    expect(document.querySelectorAll("button")).toHaveLength(13);
    expect(document.querySelector("button[aria-pressed=true]")!.getAttribute("title")).toBe("Cup, image 12");
  });

  it("marks bars that go on beyond the chart", async () => {
    const run = startRun({ classes: ["Cup"], ipc: 2, steps: 4 });
    await run.finish();
    const page = async () => {
      const html = String((await ledger(run)[jupyterDisplay]())["text/html"]);
      return new JSDOM(html, { runScripts: "dangerously" }).window.document;
    };
    const arrows = "svg path[fill='currentColor']";
    expect((await page()).querySelectorAll(arrows)).toHaveLength(0);
    run.records[1]!.guidance.terms[0]?.worth?.prototype?.fill(50);
    const document = await page();
    expect(document.querySelectorAll(arrows)).toHaveLength(1);
    expect(document.querySelector(`${arrows} title`)!.textContent).toContain("bars to 50");
    expect(document.querySelector(".charts")!.textContent).toContain("▲ to 50.1");
  });

  it("refuses images that are not there, and runs that have not begun", async () => {
    const run = startRun();
    expect(() => ledger(run)).toThrow(/carry no bounds; take steps first/);
    await run.step();
    expect(() => ledger(run, 3)).toThrow(/0 to 2, found 3/);
  });
});
