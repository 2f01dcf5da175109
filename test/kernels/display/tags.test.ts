import { describe, expect, it } from "vitest";
import { displaySymbol } from "../../../kernels/display/convention";
import { html, type Markup, md, svg } from "../../../kernels/display/tags";

const bundle = (markup: Jupyter.Markup) => (markup as Markup)[displaySymbol]();

describe("html", () => {
  it("escapes values, between tags and in attributes", () => {
    expect(html`<a title="${'"&'}">${"<b>'"}</a>`.text).toBe('<a title="&quot;&amp;">&lt;b&gt;&#39;</a>');
  });

  it("joins arrays and keeps nested markup, SVG included", () => {
    const items = ["a", "<"].map((name) => html`<li>${name}</li>`);
    expect(html`<ul>${items}</ul>${svg`<svg/>`}`.text).toBe("<ul><li>a</li><li>&lt;</li></ul><svg/>");
  });

  it("escapes Markdown, which may hold anything", () => {
    expect(html`<p>${md`<script>`}</p>`.text).toBe("<p>&lt;script&gt;</p>");
  });

  it("leaves out null, undefined and false, but not 0", () => {
    expect(html`${null}${undefined}${false}${0}`.text).toBe("0");
  });

  it("takes markup made elsewhere by raw", () => {
    expect(html`<p>${html.raw("<b>x</b>")}</p>`.text).toBe("<p><b>x</b></p>");
  });

  it("is not escaped twice", () => {
    expect(String(html`${html`${"&"}`}`)).toBe("&amp;");
  });
});

it("md keeps backslashes and values as they are", () => {
  expect(md`$\frac{1}{2}$ *${"<b>"}*`.text).toBe("$\\frac{1}{2}$ *<b>*");
});

it("html and svg take escapes as any template does", () => {
  expect(html`a\nb`.text).toBe("a\nb");
});

it.each([
  [html`<b>x</b>`, "text/html"],
  [md`**x**`, "text/markdown"],
  [svg`<svg></svg>`, "image/svg+xml"],
])("each shows itself under its type, with a text beside", (markup, type) => {
  expect(bundle(markup)).toEqual({ [type]: markup.text, "text/plain": markup.text });
});
