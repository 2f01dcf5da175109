import { JSDOM } from "jsdom";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { figureBundle, resetCarrier } from "../../src/notebook/figureBundle";
import { jupyterDisplay, type MimeBundle } from "../../src/notebook/mime";
import { carrierMark, inScript } from "../../src/notebook/plotlyScript";
import { clear, show } from "../../src/notebook/show";
import { figure, grid, html, markdown, strip } from "../../src/notebook/views";
import { lossCurve } from "../../src/plot/loss";
import { images } from "../plot/images";
import { listen } from "./listener";

const batch = images(4, 4, 1, (i) => i / 4);
const curve = (title: string) =>
  lossCurve(
    [1, 2, 3].map((step) => ({ step, loss: 1 / step })),
    { title },
  );
const png = (value: unknown) => Buffer.from(String(value), "base64").subarray(1, 4).toString();

beforeEach(resetCarrier);

describe("show in a notebook", () => {
  const messages = listen();
  const data = (at: number) => messages[at]!.content.data!;

  it("sends images as a PNG with their number and size in words", async () => {
    await show(batch, { columns: 2 });
    expect(messages.map(({ type }) => type)).toEqual(["display_data"]);
    expect(png(data(0)["image/png"])).toBe("PNG");
    expect(data(0)["text/plain"]).toMatch(/^\[4 images of 4 x 4 px, \d+ x \d+ px\]$/);
  });

  it("sends a figure in four forms, the plotly one as an object", async () => {
    const shown = curve("Loss");
    await show(shown);
    const bundle = data(0);
    expect(Object.keys(bundle).sort()).toEqual([
      "application/vnd.plotly.v1+json",
      "image/png",
      "text/html",
      "text/plain",
    ]);
    const spec = bundle["application/vnd.plotly.v1+json"] as typeof shown;
    expect(spec.data).toEqual(shown.data);
    expect(spec.layout).toEqual(shown.layout);
    expect(png(bundle["image/png"])).toBe("PNG");
    expect(bundle["text/html"]).toContain("data:image/png;base64,");
    expect(bundle["text/plain"]).toBe("[Figure: Loss (each record)]");
  });

  it("updates in the same place", async () => {
    const handle = await show("first");
    await handle.update("second");
    expect(messages.map(({ type }) => type)).toEqual(["display_data", "update_display_data"]);
    expect(messages.map(({ content }) => content.transient?.display_id)).toEqual([handle.id, handle.id]);
    expect(data(1)["text/plain"]).toBe("second");
  });

  it("updates a figure by way of a picture, so that a live one starts anew, and keeps the script there", async () => {
    const handle = await show(curve("a"));
    await handle.update(curve("b"));
    expect(messages.map(({ content }) => Object.keys(content.data!).length)).toEqual([4, 2, 4]);
    expect(data(1)["application/vnd.plotly.v1+json"]).toBeUndefined();
    expect(data(2)["text/html"]).toContain(carrierMark);
  });

  it("sends drafts as a picture alone", async () => {
    const handle = await show(curve("a"), { draft: true });
    await handle.update(curve("a"), { draft: true });
    expect(messages.map(({ content }) => Object.keys(content.data!))).toEqual([
      ["image/png", "text/plain"],
      ["image/png", "text/plain"],
    ]);
  });

  it("lets a value say by itself how it looks, now or later", async () => {
    await show({ [jupyterDisplay]: async () => ({ "text/markdown": "*hi*" }) });
    expect(data(0)).toEqual({ "text/markdown": "*hi*" });
  });

  it("escapes anything that it shows as text", async () => {
    await show("<script>alert(1)</script>");
    expect(data(0)["text/html"]).toBe("<pre>&lt;script&gt;alert(1)&lt;/script&gt;</pre>");
  });

  it("empties the output", async () => {
    await clear(false);
    expect(messages).toEqual([{ type: "clear_output", content: { wait: false } }]);
  });
});

describe("show without a notebook", () => {
  afterEach(() => vi.restoreAllMocks());

  it("writes the words to stdout", async () => {
    const write = vi.spyOn(process.stdout, "write").mockReturnValue(true);
    await show(batch);
    expect(write.mock.calls.map(([text]) => text)).toEqual([
      expect.stringMatching(/^\[4 images of 4 x 4 px/),
    ]);
  });

  it("writes the words of an update once, figures too", async () => {
    const write = vi.spyOn(process.stdout, "write").mockReturnValue(true);
    const handle = await show("begun");
    await handle.update(curve("ended"));
    expect(write.mock.calls.map(([text]) => text)).toEqual(["begun\n", "[Figure: ended (each record)]\n"]);
  });

  it("finds the kernels of Deno and does not mind a Deno without one", async () => {
    const seen: unknown[] = [];
    vi.stubGlobal("Deno", { jupyter: { broadcast: (type: string) => seen.push(type) } });
    await show("a");
    vi.stubGlobal("Deno", {
      get jupyter(): never {
        throw new Error("not in a notebook");
      },
    });
    const write = vi.spyOn(process.stdout, "write").mockReturnValue(true);
    await show("b");
    vi.unstubAllGlobals();
    expect(seen).toEqual(["display_data"]);
    expect(write).toHaveBeenCalledWith("b\n");
  });
});

describe("the Plotly script", () => {
  const carries = (bundle: MimeBundle) => String(bundle["text/html"]).includes(carrierMark);

  it("is in the HTML of the first figure only, and again when that figure's cell runs again", async () => {
    const [first, second] = [await figureBundle(curve("first")), await figureBundle(curve("second"))];
    expect([first, second].map(carries)).toEqual([true, false]);
    expect(carries(await figureBundle(curve("second")))).toBe(false);
    expect(carries(await figureBundle(curve("first")))).toBe(true);
  });

  it("loads nothing from a network and keeps the other figures small", async () => {
    const bundles = [await figureBundle(curve("first")), await figureBundle(curve("second"))];
    for (const bundle of bundles) {
      expect(String(bundle["text/html"])).not.toMatch(/(src|href)\s*=\s*["']?https?:/);
    }
    expect(String(bundles[1]!["text/html"]).length).toBeLessThan(80_000);
  });

  it("leaves the figure its name when the picture goes, whatever its title is", async () => {
    const named = async (title: unknown) => {
      const { layout, ...rest } = curve("");
      const bundle = await figureBundle({ ...rest, layout: { ...layout, title: { text: title as string } } });
      const place = new JSDOM(String(bundle["text/html"])).window.document.querySelector(".igds-figure")!;
      expect(place.getAttribute("role")).toBe("group");
      return place.getAttribute("aria-label");
    };
    expect(await named('<b>a</b> &lt; "b"')).toBe('a < "b"');
    expect(await named(5)).toBe("5");
    expect(await named(null)).toBe("figure");
  });

  it("cannot be ended by a title", async () => {
    const evil = curve("</script><script>alert(1)</script>");
    const source = String((await figureBundle(evil, { carry: false }))["text/html"]);
    expect(source.match(/<script/g)).toHaveLength(1);
    expect(source.match(/<\/script/g)).toHaveLength(1);
    expect(JSON.parse(inScript(JSON.stringify({ a: "</b>\u2028" })))).toEqual({ a: "</b>\u2028" });
  });
});

describe("views as the last value of a cell", () => {
  it("give their bundles", async () => {
    expect(png((await grid(batch)[jupyterDisplay]())["image/png"])).toBe("PNG");
    expect(png((await strip([{ label: "a", images: [batch] }])[jupyterDisplay]())["image/png"])).toBe("PNG");
    expect(markdown("$x_t$")[jupyterDisplay]()).toEqual({ "text/markdown": "$x_t$", "text/plain": "$x_t$" });
    expect(html("<b>bold</b>")[jupyterDisplay]()).toEqual({
      "text/html": "<b>bold</b>",
      "text/plain": "bold",
    });
    expect(html("<p>a &lt; b &amp;amp; &#39;c&#x27;&nbsp;&unknown;</p>").text).toBe(
      "a < b &amp; 'c'\u00a0&unknown;",
    );
    const view = figure(curve("view"));
    view.layout.height = 300;
    const bundle = await view[jupyterDisplay]();
    expect(Buffer.from(String(bundle["image/png"]), "base64").readUInt32BE(20)).toBe(300);
  });
});
