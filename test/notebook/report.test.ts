import { mkdir, readFile, writeFile } from "node:fs/promises";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { gridBundle } from "../../src/notebook/bundle";
import { figureBundle } from "../../src/notebook/figureBundle";
import { jupyterDisplay, type MimeBundle } from "../../src/notebook/mime";
import { writeReport } from "../../src/notebook/report";
import { table } from "../../src/notebook/table";
import { lossCurve } from "../../src/plot/loss";
import { decode, images } from "../plot/images";
import { temporaryFolder } from "../temporaryFolder";

const markdown = (source: string) => ({
  cell_type: "markdown",
  metadata: {},
  source: source.split(/(?<=\n)/),
});
const code = (source: string, outputs: object[] = [], tags: string[] = []) => ({
  cell_type: "code",
  execution_count: 1,
  metadata: { tags },
  source,
  outputs,
});
const display = (data: MimeBundle) => ({ output_type: "display_data", metadata: {}, data });

async function report(
  ...cells: object[]
): Promise<{ page: string; summary: Awaited<ReturnType<typeof writeReport>> }> {
  const folder = await temporaryFolder();
  const file = path.join(folder, "one.ipynb");
  await writeFile(file, JSON.stringify({ nbformat: 4, nbformat_minor: 5, metadata: {}, cells }));
  const out = path.join(folder, "report", "index.html");
  const summary = await writeReport([file], out, { title: "A <report>" });
  return { page: await readFile(out, "utf8"), summary };
}

const curve = (title: string) =>
  lossCurve(
    [
      { step: 1, loss: 1 },
      { step: 2, loss: 0.5 },
    ],
    { title },
  );

describe("writeReport", () => {
  it("holds Plotly once, every figure live, and a picture for each", async () => {
    const bundles = await Promise.all(["first", "second"].map((title) => figureBundle(curve(title))));
    const { page, summary } = await report(...bundles.map((bundle) => code("figure", [display(bundle)])));
    expect(summary).toEqual({ notebooks: 1, figures: 2, errors: 0 });
    expect(page.match(/id="igds-plotly"/g)).toHaveLength(1);
    expect(page.match(/igdsFigures = /g)).toHaveLength(2);
    expect(
      page.match(/igds-figure"[^>]*><img alt="(first|second)"[^>]*src="data:image\/png;base64,iVBOR/g),
    ).toHaveLength(2);
  });

  it("leaves the script out where there is no figure", async () => {
    const { page } = await report(markdown("# Words"));
    expect(page).not.toContain("igds-plotly");
    expect(page.length).toBeLessThan(20_000);
  });

  it("refers to nothing outside itself, apart from links", async () => {
    const { page } = await report(
      markdown("# A [paper](https://example.org/paper)\n\n![far](https://example.org/a.png) and $\\hat x_0$"),
      code("figure", [display(await figureBundle(curve("a")))]),
      code("html", [
        display({
          "text/html":
            '<img src="https://example.org/b.png"><p style="background: url(https://example.org/c)">x</p>',
        }),
      ]),
    );
    const addresses = [...page.matchAll(/https?:\/\//g)].map(({ index }) =>
      page.slice(index - 6, index + 26),
    );
    expect(addresses).toEqual(['href="https://example.org/paper"']);
    expect(page).toContain("default-src 'none'");
  });

  it("shows formulas as MathML, headings in the contents, and the HTML of prose without its scripts", async () => {
    const { page } = await report(
      markdown(
        "# Title\n\n$$\\beta\\,H(X|Y)$$\n\n<details><summary>More</summary>\n\nhidden <b onclick=alert(1) id=igds-plotly>x</b><script>alert(1)</script>\n\n</details>\n\n## Load `data`",
      ),
      markdown("## Load `data`"),
    );
    expect(page).toContain("<math");
    expect(page).not.toMatch(/<annotation|\\beta/);
    expect(page).toContain("<details><summary>More</summary>");
    expect(page).not.toContain("alert(1)");
    // An element of the notebook that took the script's name could give the page another script.
    expect(page).not.toContain('id="igds-plotly"');
    const anchors = [...page.matchAll(/<li><a href="#([^"]+)">Load data<\/a>/g)].map(([, id]) => id!);
    expect(new Set(anchors).size).toBe(2);
    for (const id of anchors) expect(page).toContain(`<h3 id="${id}">`);
    expect(page).toContain("<title>A &lt;report&gt;</title>");
  });

  it("folds code under its first comment, or hides it where the cell says so", async () => {
    const { page } = await report(
      code("// Load the <data>\nconst x: number = 1;"),
      code("const secret = 1;", [], ["remove-input"]),
      code("const gone = 1;", [{ output_type: "stream", name: "stdout", text: "gone too" }], ["remove-cell"]),
    );
    expect(page).toContain("<summary>Load the &lt;data&gt;</summary>");
    expect(page).toContain('<span class="hljs-keyword">const</span>');
    expect(page).not.toMatch(/secret|gone/);
  });

  it("shows text as text, with lines that a progress bar overwrote left out", async () => {
    const { page } = await report(
      code("print", [
        { output_type: "stream", name: "stdout", text: ["\u001b[31mred\u001b[0m <b>\n", "10 %\r50 "] },
        { output_type: "stream", name: "stdout", text: "%\r100 %\n" },
        { output_type: "stream", name: "stderr", text: "careful" },
      ]),
    );
    expect(page).toContain('<pre class="stream">red &lt;b&gt;\n100 %\n</pre>');
    expect(page).toContain('<pre class="stream stderr">careful</pre>');
  });

  it("shows errors in red, counts them and marks the notebook", async () => {
    const { page, summary } = await report(
      markdown("# Broken"),
      code("throw", [
        {
          output_type: "error",
          ename: "RangeError",
          evalue: "found <3>",
          traceback: ["\u001b[1mat\u001b[0m <cell>"],
        },
      ]),
    );
    expect(summary.errors).toBe(1);
    expect(page).toContain('<div class="error"><strong>RangeError</strong>: found &lt;3&gt;');
    expect(page).toContain("at &lt;cell&gt;");
    expect(page).toContain("stopped with an error");
  });

  it("shows tables, images and embedded pictures of the notebook's folder", async () => {
    const folder = await temporaryFolder();
    const grid = await gridBundle(images(1, 8, 1, () => 1));
    await mkdir(path.join(folder, "pictures"));
    await writeFile(
      path.join(folder, "pictures", "a b.png"),
      Buffer.from(String(grid["image/png"]), "base64"),
    );
    const file = path.join(folder, "n.ipynb");
    const cells = [
      markdown("![local](pictures/a%20b.png)"),
      code("table", [display(table([{ a: "<i>", b: 1.5 }])[jupyterDisplay]())]),
      code("grid", [display(grid)]),
    ];
    await writeFile(file, JSON.stringify({ nbformat: 4, cells }));
    await writeReport([file], path.join(folder, "out.html"), { title: "t" });
    const page = await readFile(path.join(folder, "out.html"), "utf8");
    // The grid stands in the gallery too.
    expect(page.match(/src="data:image\/png;base64,iVBOR/g)).toHaveLength(3);
    expect(page).toMatch(/<td style="[^"]*text-align: right[^"]*">1\.500<\/td>/);
    expect(page).toContain("&lt;i&gt;");
  });

  it("leads from one notebook to another inside the page, and writes links to files that it does not hold as words", async () => {
    const folder = await temporaryFolder();
    const write = async (name: string, source: string) => {
      const file = path.join(folder, name);
      await mkdir(path.dirname(file), { recursive: true });
      await writeFile(file, JSON.stringify({ nbformat: 4, cells: [markdown(source)] }));
      return file;
    };
    const files = [
      await write(
        "tutorials/one.ipynb",
        "# One\n\nSee [the *figure*](../figures/a%20b.ipynb#Result), [another](../explore/none.ipynb), " +
          "[a file](data.csv), [odd](%ff.ipynb), [a paper](https://example.org) and [below](#part).",
      ),
      await write("figures/a b.ipynb", "# Figure\n\n[Back](../tutorials/one.ipynb)."),
    ];
    await writeReport(files, path.join(folder, "index.html"), { title: "t" });
    const page = await readFile(path.join(folder, "index.html"), "utf8");
    const [one, figure] = [...page.matchAll(/<article id="([^"]+)"/g)].map(([, id]) => id!);
    // In the card and in the notebook.
    expect(page.split(`<a href="#${figure}">the <em>figure</em></a>, another, a file, odd, `)).toHaveLength(
      3,
    );
    expect(page).toContain('<a href="https://example.org">a paper</a> and <a href="#part">below</a>');
    expect(page).toContain(`<a href="#${one}">Back</a>`);
    expect(page).not.toMatch(/href="[^"]*(none\.ipynb|data\.csv)/);
  });

  it("says in its place which output cannot be shown, and shows the others", async () => {
    const undrawable = { data: [null], layout: { title: { text: 5 } } };
    const { page, summary } = await report(
      code("figure", [display({ "application/vnd.plotly.v1+json": undrawable })]),
      code("figure", [
        display(await figureBundle({ ...curve(""), layout: { title: { text: 5 as never } } })),
      ]),
    );
    expect(page.match(/<p class="failed">This output cannot be shown: /g)).toHaveLength(1);
    expect(page).toContain('aria-label="5"');
    expect(summary).toMatchObject({ figures: 1, errors: 0 });
  });

  it("says what is wrong with a file that is no notebook", async () => {
    const folder = await temporaryFolder();
    const out = path.join(folder, "out.html");
    await expect(writeReport([path.join(folder, "none.ipynb")], out, { title: "t" })).rejects.toThrow(
      /No notebook at .*none\.ipynb \(ENOENT\); run the notebooks first/,
    );
    const old = path.join(folder, "old.ipynb");
    await writeFile(old, '{"nbformat": 3, "worksheets": []}');
    await expect(writeReport([old], out, { title: "t" })).rejects.toThrow("found format 3");
    await writeFile(old, "no json");
    await expect(writeReport([old], out, { title: "t" })).rejects.toThrow("is not a notebook: expected JSON");
    for (const [cells, expected] of [
      ["[null]", /old\.ipynb, cell 1: expected a cell as Jupyter writes it/],
      [
        '[{"cell_type": "code", "source": "1", "outputs": [{"output_type": "error", "ename": "E", "traceback": []}]}]',
        /cell 1: .*outputs\.0\.evalue/,
      ],
    ] as const) {
      await writeFile(old, `{"nbformat": 4, "cells": ${cells}}`);
      await expect(writeReport([old], out, { title: "t" })).rejects.toThrow(expected);
    }
  });
});

describe("the gallery of a report", () => {
  const claimed = (record: object) =>
    code("claim", [display({ "text/plain": "Claim", "application/vnd.igds.verdict+json": record })]);
  const galleryOf = (page: string) => /<section class="gallery".*?<\/section>/s.exec(page)![0];

  it("has a card with the figure, the claim, the verdict in words and sign, and links", async () => {
    const { page } = await report(
      markdown("# A <title>\n\nSome *prose*."),
      claimed({ claim: "A < *B*", verdict: "partly", words: "gain: +1 ± 2", facts: {} }),
      code("grid", [display(await gridBundle(images(2, 8, 1, () => 0)))]),
      code("figure", [display(await figureBundle(curve("The loss")))]),
    );
    const gallery = galleryOf(page);
    const [, anchor] = /<h4><a href="#([^"]+)">A &lt;title&gt;<\/a><\/h4>/.exec(gallery)!;
    expect(page).toContain(`<article id="${anchor}"`);
    expect(gallery).toContain(
      '<span aria-hidden="true">◐</span> The claim holds in part.</strong> gain: +1 ± 2',
    );
    // As the box in the notebook says it, which is no markdown.
    expect(gallery).toContain("<p>A &lt; *B*</p>");
    expect(gallery).toMatch(/<a href="\.\.\/one\.ipynb">notebook/);
    const [, alt, picture] = /<img alt="([^"]*)" src="data:image\/png;base64,([^"]*)"/.exec(gallery)!;
    expect(alt).toBe("Figure: The loss (each record)");
    expect((await decode(Buffer.from(picture!, "base64"))).width).toBe(640);
  });

  it("has no picture in the card where it is damaged", async () => {
    const { "image/png": png } = await gridBundle(images(2, 8, 1, (_, y, x) => Math.sin(y * x)));
    const cut = Buffer.from(String(png), "base64").subarray(0, -60).toString("base64");
    const { page } = await report(code("grid", [display({ "image/png": cut, "text/plain": "cut" })]));
    expect(galleryOf(page)).not.toContain("<img");
    expect(page).toContain('<img alt="cut"');
  });

  it("shows the first words of a notebook without a claim, and the picture of the cell that is tagged for it", async () => {
    const { page } = await report(
      markdown("# Title\n\n![picture](none.png)\n\nWhat *you* will [see](https://example.org)."),
      code("figure", [display(await figureBundle(curve("first")))]),
      code("grid", [display(await gridBundle(images(3, 8, 1, () => 0)))], ["thumbnail"]),
    );
    const gallery = galleryOf(page);
    expect(gallery).toContain('<p>What <em>you</em> will <a href="https://example.org">see</a>.</p>');
    expect(gallery).toContain('<img alt="3 images of 8 x 8 px, ');
    expect(gallery).not.toContain("verdict");
  });

  it("takes what is no verdict for none", async () => {
    for (const verdict of ["<b>", "constructor", 5]) {
      const odd = await report(claimed({ claim: "c", verdict, words: "w" }));
      expect(galleryOf(odd.page)).toContain("Not decided yet.</strong> w");
    }
    expect(galleryOf((await report(claimed({ claim: 5 }))).page)).not.toContain("verdict");
  });

  it("has one title, headings without gaps, a way past the contents, and an alt text for every picture", async () => {
    const { page } = await report(
      markdown("# One\n\n## Two\n\n### Three"),
      code("grid", [display(await gridBundle(images(3, 8, 1, () => 0)))]),
      code("figure", [display(await figureBundle(curve("first")))]),
    );
    const levels = [...page.matchAll(/<h([1-6])[ >]/g)].map(([, level]) => Number(level));
    expect(levels.filter((level) => level === 1)).toHaveLength(1);
    for (const [i, level] of levels.entries()) expect(level - (levels[i - 1] ?? 0)).toBeLessThanOrEqual(1);
    expect(page.indexOf('<a class="skip" href="#main">')).toBeLessThan(page.indexOf("<nav"));
    expect(page.match(/<main id="main"/g)).toHaveLength(1);
    const pictures = page.match(/<img [^>]*>/g)!;
    expect(pictures.length).toBeGreaterThan(2);
    for (const picture of pictures) expect(picture.slice(0, 80)).toMatch(/ alt="[^"]+"/);
  });
});
