// The page of the playground in a DOM without a browser, its worker in the hands of the test.
import { readFile } from "node:fs/promises";
import path from "node:path";
import { JSDOM } from "jsdom";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import type { Command, Report } from "../../src/playground/protocol";
import { type PlaygroundSettings, pageSetTerm } from "../../src/playground/settings";
import { records } from "../plot/records";

vi.mock("plotly.js-basic-dist-min", () => ({ default: { react: () => {}, purge: () => {} } }));

const settings: PlaygroundSettings = {
  classes: ["Cup", "Hat"],
  ipc: 1,
  seed: 0,
  steps: 20,
  weight: 1,
  beta: 1,
  contextual: "mixture",
  setWeight: 0,
  ...pageSetTerm,
};

const told: Command[] = [];
let page: FakeWorker;

class FakeWorker {
  onmessage: (event: { data: Report }) => void = () => {};

  constructor() {
    page = this;
  }

  postMessage(command: Command): void {
    told.push(command);
  }
}

/** A worker that has taken three steps with these settings. */
function stepped(given: PlaygroundSettings): void {
  const lane = { label: "igds", settings: given, kept: 0, added: records().slice(0, 3) };
  const state = { playing: false, done: false, millisecondsPerStep: 5, cell: "" };
  page.onmessage({ data: { kind: "state", lanes: [lane], ...state } });
}

describe("the page of a playground", () => {
  let window: JSDOM["window"];
  const find = (selector: string) => window.document.querySelector<HTMLElement>(selector)!;
  const drawn = () => new Promise((resolve) => setTimeout(resolve, 20));

  beforeAll(async () => {
    const template = path.resolve(__dirname, "..", "..", "src", "playground", "page", "page.html");
    const content = { classes: ["Cup", "Hat"], offered: ["Cup", "Hat"], ipcs: [1], writtenWith: "a test" };
    const html = (await readFile(template, "utf8"))
      .replace('"@content"', JSON.stringify(content))
      .replace('"@worker"', '""');
    ({ window } = new JSDOM(html));
    window.HTMLCanvasElement.prototype.getContext = () => null;
    vi.stubGlobal("document", window.document);
    vi.stubGlobal("location", { hash: "" });
    vi.stubGlobal("Worker", FakeWorker);
    vi.stubGlobal(
      "ImageData",
      class {
        readonly data: Uint8ClampedArray;
        constructor(width: number, height: number) {
          this.data = new Uint8ClampedArray(4 * width * height);
        }
      },
    );
    // By its name alone: it has the types of a page, which the tests have not.
    await vi.importActual("../../src/playground/page/main");
    page.onmessage({ data: { kind: "opened", backend: "wasm", reason: null, difference: 0 } });
    stepped(settings);
    await drawn();
  });
  afterAll(() => vi.unstubAllGlobals());

  it("shows an image that there is, when one of the run before was chosen", async () => {
    const cards = window.document.querySelectorAll<HTMLElement>("#pictures button");
    cards[1]!.click();
    expect(find("#account").textContent).toMatch(/^Hat, image 0/);
    stepped({ ...settings, classes: ["Cup"] });
    await drawn();
    expect(find("#account").textContent).toMatch(/^Cup, image 0/);
    expect(window.document.querySelectorAll("#pictures button[aria-pressed=true]")).toHaveLength(1);
  });

  it("hears the keys that it names, also after a click on a button, which has space and Enter to itself", () => {
    const press = (place: string, key: string) => {
      told.length = 0;
      find(place).dispatchEvent(new window.KeyboardEvent("keydown", { key, bubbles: true }));
      return told.map(({ kind }) => kind);
    };
    expect(press("body", "ArrowRight")).toEqual(["step"]);
    expect(press("body", " ")).toEqual(["play"]);
    expect(press("#play", "ArrowRight")).toEqual(["step"]);
    expect(press("#play", "ArrowLeft")).toEqual(["back"]);
    expect(press("#play", "F")).toEqual(["fork"]);
    expect(press("#play", "Home")).toEqual(["back"]);
    for (const key of [" ", "Enter"]) expect(press("#play", key)).toEqual([]);
    for (const place of ["#beta", "#ipc"]) expect(press(place, "ArrowRight")).toEqual([]);
  });
});
