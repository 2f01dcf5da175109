import { readFileSync } from "node:fs";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { writeNotebook } from "../writeNotebook";
import { type LabSession, openLab } from "./labSession";
import type { NotebookPage } from "./notebookPage";

const esm = `export default { render({ model, el }) {
  const range = Object.assign(document.createElement("input"), { type: "range", min: 0, max: 100, className: "ours" });
  const show = () => { range.value = model.get("value"); };
  show();
  model.on("change:value", show);
  range.oninput = () => { model.set("value", Number(range.value)); model.save_changes(); };
  el.append(range);
} };`;

const cells = {
  result: 'console.log("hello from a cell");\nconst answerToAll: number = 42;\nanswerToAll + 1',
  shown: `display([{ name: "a", size: 1 }, { name: "b", size: 2 }]);
display(html\`<b id="ours">\${"<bold>"}</b>\`);`,
  typeError: 'const wrong: number = "text";',
  loop: 'let turns = 0;\nconsole.log("looping");\nfor (;;) turns++;',
  afterLoop: "turns > 0 && answerToAll",
  complete: "",
  widget: `const slider = Jupyter.widget({ esm: ${JSON.stringify(esm)}, state: { value: 30 } });\nslider`,
  read: "slider.state.value",
  move: "slider.state.value = 80;",
  awaiting: `const heard = new Promise<number>((done) => slider.onChange("value", done));
console.log("listening");
await heard`,
  lines: 'for (let i = 0; i < 100_000; i++) console.log("line " + i);',
};
/** How long the page may take to show what it has been told, on a busy machine. */
const patience = { timeout: 30_000, interval: 100 };

const names = Object.keys(cells) as (keyof typeof cells)[];
const at = (name: keyof typeof cells) => names.indexOf(name);

describe("a notebook in JupyterLab", () => {
  let session: LabSession;
  let notebook: NotebookPage;

  beforeAll(async () => {
    session = await openLab(
      "trial.ipynb",
      (file) => writeNotebook(file, Object.values(cells)),
      patience.timeout,
    );
    notebook = session.notebook;
  }, 400_000);

  afterAll(() => session?.close());

  it("shows what a cell prints and its last value", async () => {
    await notebook.run(at("result"));
    expect(await notebook.output(at("result")).allInnerTexts()).toEqual(["hello from a cell\n", "43"]);
  });

  it("draws tables and HTML", async () => {
    await notebook.run(at("shown"));
    const output = notebook.output(at("shown"));
    expect(await output.locator("td").allInnerTexts()).toEqual(["a", "1", "b", "2"]);
    expect(await output.locator("b#ours").innerText()).toBe("<bold>");
  });

  it("shows a type error instead of running the cell", async () => {
    await notebook.run(at("typeError"));
    expect(await notebook.output(at("typeError")).innerText()).toContain(
      "Type 'string' is not assignable to type 'number'",
    );
  });

  it("interrupts a loop and keeps what was defined", async () => {
    await notebook.start(at("loop"));
    await notebook.output(at("loop")).filter({ hasText: "looping" }).waitFor();
    await notebook.page.locator('[data-command="notebook:interrupt-kernel"]').click();
    await notebook.ended(at("loop"));
    expect(await notebook.output(at("loop")).last().innerText()).toContain("KeyboardInterrupt");
    await notebook.run(at("afterLoop"));
    expect(await notebook.output(at("afterLoop")).innerText()).toBe("42");
  });

  it("completes a name of an earlier cell", async () => {
    const editor = await notebook.edit(at("complete"));
    await notebook.page.keyboard.type("answerTo");
    await notebook.page.keyboard.press("Tab");
    await notebook.page.locator(".jp-Completer-item").filter({ hasText: "answerToAll" }).waitFor();
    await notebook.page.keyboard.press("Enter");
    expect(await editor.innerText()).toBe("answerToAll");
  });

  it("moves a widget's slider from a cell, and a cell's variable from the slider", async () => {
    await notebook.run(at("widget"));
    const slider = notebook.output(at("widget")).locator("input.ours");
    await slider.waitFor();
    expect(await slider.inputValue()).toBe("30");
    await slider.fill("55");
    await expect
      .poll(async () => {
        await notebook.run(at("read"));
        return notebook.output(at("read")).innerText();
      }, patience)
      .toBe("55");
    await notebook.run(at("move"));
    await expect.poll(() => slider.inputValue(), patience).toBe("80");
  });

  it("hears the slider while a cell awaits", async () => {
    await notebook.start(at("awaiting"));
    // The page shows [*] before the kernel has begun: what moves then is not heard.
    const output = notebook.output(at("awaiting"));
    await output.filter({ hasText: "listening" }).waitFor();
    await notebook.output(at("widget")).locator("input.ours").fill("12");
    await notebook.ended(at("awaiting"));
    expect(await output.allInnerTexts()).toEqual(["listening\n", "12"]);
  });

  it("gets all of 100,000 lines, in the page and in the saved file", async () => {
    const expected = Array.from({ length: 100_000 }, (_, i) => `line ${i}\n`).join("");
    await notebook.run(at("lines"));
    const output = notebook.output(at("lines"));
    await expect
      .poll(() => output.evaluateAll((all) => all.map((one) => one.textContent).join("").length), patience)
      .toBe(expected.length);
    expect(await output.evaluateAll((all) => all.map((one) => one.textContent).join(""))).toBe(expected);
    await notebook.page.keyboard.press("Control+s");
    const saved = () => {
      const { cells } = JSON.parse(readFileSync(path.join(session.folder, "trial.ipynb"), "utf8"));
      const outputs: { text?: string | string[] }[] = cells[at("lines")].outputs;
      return outputs.map(({ text }) => [text ?? []].flat().join("")).join("");
    };
    await expect.poll(() => saved().length, patience).toBe(expected.length);
    expect(saved()).toBe(expected);
  });

  it("shows the living widget again when the page is reloaded", async () => {
    await notebook.open(session.url);
    const slider = notebook.output(at("widget")).locator("input.ours");
    await expect.poll(() => slider.inputValue(), patience).toBe("12");
    await slider.fill("34");
    await notebook.run(at("read"));
    expect(await notebook.output(at("read")).innerText()).toBe("34");
  });
});
