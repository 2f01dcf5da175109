// Plotly inside HTML that must work without a network. One output of a notebook carries the script (compressed:
// 1.4 MB in place of 4.7 MB); every other figure adds itself to a list on the page and is drawn as soon as the script
// is there, whichever comes first. Until then, and where no script runs, the figure's picture stands in its place.
import { readFileSync } from "node:fs";
import { gzipSync } from "node:zlib";
import type { Figure } from "../plot/figure";
import { ink } from "../plot/theme";
import { escapeHtml, plainText } from "./mime";

/** Marks the HTML that holds the script. */
export const carrierMark = 'id="igds-plotly"';

let carrier: string | undefined;

/** HTML that holds plotly.js 3.7 and draws the figures of the page; needed once per page, harmless twice. */
export function scriptCarrier(): string {
  carrier ??= [
    `<script type="text/plain" ${carrierMark}>`,
    // Plotly's module header must not find a module loader, or it would hide from the page.
    gzipSync(
      `(function () { var define, module, exports;\n${readFileSync(require.resolve("plotly.js-dist-min"), "utf8")}\n}).call(window);`,
      { level: 9 },
    ).toString("base64"),
    `</script>\n<script>${drawer}</script>`,
  ].join("");
  return carrier;
}

/** HTML of one figure: its picture, its specification, and its entry in the page's list. */
export function figureHtml(figure: Figure, png: Buffer, id: string): string {
  const { data, layout, config, frames } = figure;
  const spec = JSON.stringify({ data, layout, config, frames, ink });
  const title = escapeHtml(titleOf(figure));
  return (
    // The picture goes when the live figure comes: its name stays.
    `<div id="${id}" role="group" aria-label="${title}" class="igds-figure" style="width: 100%; min-height: 1em">` +
    `<img alt="${title}" style="max-width: 100%" src="data:image/png;base64,${png.toString("base64")}"/></div>` +
    `<script>(function (page) { (page.igdsFigures = page.igdsFigures || []).push(["${id}", ${inScript(spec)}]);` +
    " if (page.igdsDraw) page.igdsDraw(); })(window);</script>"
  );
}

/** A figure's title as plain text. */
export function titleOf(figure: Figure): string {
  // A figure may come from any notebook: Plotly takes numbers for titles too.
  const title = figure.layout.title as { text?: unknown } | string | number | null | undefined;
  const text = typeof title === "object" ? title?.text : title;
  return plainText(String(text ?? "figure"));
}

/** JSON as a script literal: nothing in it can end the script element or the line. */
export function inScript(json: string): string {
  return json
    .replace(/</g, "\\u003c")
    .replace(/\u2028/g, "\\u2028")
    .replace(/\u2029/g, "\\u2029");
}

// Runs in the page. Text in the theme's grey takes the colour of the page's own text.
const drawer = `
(function (page) {
  function squeeze(layout) {
    if (layout.title && layout.title.font) layout.title.font.size = 13;
    if (layout.margin && layout.margin.t > 70) layout.margin.t -= 28;
    (layout.annotations || []).forEach(function (note) { if (note.font) note.font.size = 10; });
    if (layout.legend && layout.legend.orientation === "h") {
      layout.legend.y = -0.22;
      layout.legend.yanchor = "top";
      layout.height = (layout.height || 440) + 40;
    }
  }
  function draw(entry) {
    var place = document.getElementById(entry[0]), spec = entry[1], layout = spec.layout;
    if (!place) return;
    delete layout.width;
    layout.autosize = true;
    if (layout.font && layout.font.color === spec.ink) {
      var colour = getComputedStyle(place).color;
      layout = JSON.parse(JSON.stringify(layout).split('"' + spec.ink + '"').join(JSON.stringify(colour)));
    }
    var narrow = place.clientWidth < 600;
    if (narrow) squeeze(layout);
    var config = Object.assign({ responsive: true, displaylogo: false }, narrow && { displayModeBar: false }, spec.config);
    place.textContent = "";
    page.Plotly.newPlot(place, spec.data, layout, config).then(function () {
      if (spec.frames) page.Plotly.addFrames(place, spec.frames);
    });
  }
  // A page with many figures draws each one when its reader comes near it.
  var waiting = new Map(), near = page.igdsLazy && page.IntersectionObserver && new IntersectionObserver(function (seen) {
    seen.forEach(function (place) {
      if (!place.isIntersecting) return;
      near.unobserve(place.target);
      draw(waiting.get(place.target.id));
    });
  }, { rootMargin: "1500px 0px" });
  page.igdsDraw = function () {
    var list = page.igdsFigures || [];
    while (page.Plotly && list.length > 0) {
      var entry = list.shift(), place = near && document.getElementById(entry[0]);
      if (place) { waiting.set(entry[0], entry); near.observe(place); } else draw(entry);
    }
  };
  if (page.Plotly) { page.igdsDraw(); return; }
  var packed = document.getElementById("igds-plotly");
  if (!packed || typeof DecompressionStream === "undefined") return;
  var bytes = Uint8Array.from(atob(packed.textContent), function (letter) { return letter.charCodeAt(0); });
  new Response(new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"))).text().then(function (source) {
    var script = document.createElement("script");
    script.textContent = source;
    document.head.appendChild(script);
    page.igdsDraw();
  });
})(window);`;
