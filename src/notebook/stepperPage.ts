// The page's side of a stepper, by anywidget's convention. It shows the state and says what the reader asks for; all
// computing is done in the kernel.
import { palette } from "../plot/theme";

export const css = `
.igds-stepper { font: 13px/1.45 var(--jp-ui-font-family, system-ui, sans-serif); color: var(--jp-ui-font-color1, inherit); max-width: 100%; }
.igds-stepper .bar { display: flex; flex-wrap: wrap; gap: 6px 14px; align-items: center; margin: 6px 0; }
.igds-stepper button { font: inherit; color: inherit; background: var(--jp-layout-color2, transparent); padding: 3px 12px; min-width: 5em;
  border: 1px solid var(--jp-border-color1, #888); border-radius: 4px; cursor: pointer; }
.igds-stepper button:disabled { opacity: 0.45; cursor: default; }
.igds-stepper :focus-visible { outline: 2px solid ${palette[0]}; outline-offset: 2px; }
.igds-stepper input { accent-color: ${palette[0]}; vertical-align: middle; cursor: pointer; }
.igds-stepper label { display: inline-flex; gap: 6px; align-items: center; }
.igds-stepper output, .igds-stepper label b { font-variant-numeric: tabular-nums; font-weight: 600; }
.igds-stepper input[name="at"] { flex: 1 1 16em; min-width: 10em; }
.igds-stepper .pictures { display: flex; flex-wrap: wrap; gap: 8px 16px; overflow-x: auto; }
.igds-stepper figure { margin: 0; }
.igds-stepper figcaption { opacity: 0.85; }
.igds-stepper img { display: block; image-rendering: pixelated; }
.igds-stepper .classes { display: grid; text-align: right; }
.igds-stepper .classes span { align-self: center; }
.igds-stepper .across { display: grid; text-align: center; font-size: 11px; }
.igds-stepper .across span { overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
.igds-stepper svg { width: min(340px, 100%); height: auto; overflow: visible; }
.igds-stepper svg text { fill: currentColor; font-size: 11px; }
.igds-stepper svg .axis { stroke: currentColor; opacity: 0.55; fill: none; }
.igds-stepper .trouble { color: var(--jp-error-color1, #c9423f); }
`;

export const esm = `
function make(tag, properties, children) {
  const element = Object.assign(document.createElement(tag), properties);
  element.append(...(children || []));
  return element;
}

function render({ model, el }) {
  const root = make("div", { className: "igds-stepper" });
  // JupyterLab would take arrow keys and spaces for its own shortcuts.
  root.dataset.lmSuppressShortcuts = "true";
  root.setAttribute("role", "group");
  const ask = (what) => model.send(what);
  const button = (text, title, what) => {
    const made = make("button", { type: "button", textContent: text, title });
    made.onclick = () => ask(typeof what === "function" ? what() : what);
    return made;
  };
  const play = button("▶ play", "play or pause (space)", () => ({ do: model.get("playing") ? "pause" : "play" }));
  const back = button("◂ back", "one step back (left arrow)", { do: "back" });
  const step = button("step ▸", "one step on (right arrow)", { do: "step" });
  const place = make("output", {});
  // Read out at each step while a run plays, it would never end.
  place.setAttribute("aria-live", "off");
  const slider = (name, label, attributes, hear) => {
    const input = make("input", Object.assign({ type: "range", name, held: false }, attributes));
    const shown = make("b", {});
    input.setAttribute("aria-label", label);
    // While the reader holds it, the kernel neither moves it nor draws the output anew.
    const hold = (held) => {
      if (held !== input.held) ask({ do: held ? "hold" : "let go" });
      input.held = held;
    };
    input.onpointerdown = () => hold(true);
    input.onpointerup = input.onpointercancel = input.onblur = () => hold(false);
    input.oninput = () => { hear(Number(input.value)); };
    return { input, shown, line: make("label", {}, [label, input, shown]) };
  };
  const at = slider("at", "step", { min: 0, step: 1 }, (to) => ask({ do: "go", to }));
  const size = slider("size", "image size", { min: 1, max: 8, step: 1 }, (value) => {
    model.set("size", value);
    model.save_changes();
  });
  const knobs = new Map();
  const settings = make("div", { className: "bar" });
  const knobOf = ({ name, label, step }) => {
    const knob = slider(name, label, { step }, (value) => {
      knob.shown.textContent = String(value);
      // What the kernel says next may still answer an earlier place of the slider.
      [knob.asked, knob.until] = [value, performance.now() + 5000];
      ask({ do: "set", name, value });
    });
    return knob;
  };
  const heading = make("strong", {});
  const pictures = make("div", { className: "pictures" });
  const charts = make("div", { className: "pictures" });
  const trouble = make("div", { className: "trouble" });
  trouble.setAttribute("role", "alert");
  root.append(
    make("div", { className: "bar" }, [heading]),
    make("div", { className: "bar" }, [play, back, step, at.input, place]),
    settings, trouble, pictures, charts,
  );
  root.onkeydown = (event) => {
    // Sliders keep their own keys, and buttons space, which presses them.
    if (event.target.tagName === "INPUT" || (event.target.tagName === "BUTTON" && event.key === " ")) return;
    const keys = { " ": { do: model.get("playing") ? "pause" : "play" }, ArrowRight: { do: "step" }, ArrowLeft: { do: "back" } };
    if (!keys[event.key]) return;
    event.preventDefault();
    ask(keys[event.key]);
  };
  pictures.tabIndex = 0;
  pictures.setAttribute("role", "group");
  pictures.setAttribute("aria-label", "images: space plays and pauses, arrow keys step");

  let urls = [];
  function showPictures() {
    const [headings, bytes, scale] = [model.get("headings"), model.get("pictures"), model.get("size")];
    const [height, width] = model.get("tile").map((length) => length * scale);
    const names = (list, rows) => make("div", { className: rows ? "classes" : "across" },
      list.map((name) => make("span", { textContent: name, title: name })));
    const old = urls;
    urls = bytes.map((png) => URL.createObjectURL(new Blob([png], { type: "image/png" })));
    const known = pictures.querySelectorAll("img");
    const same = known.length === urls.length && pictures.dataset.scale === String(scale);
    if (!same) {
      const rowLabels = model.get("rowLabels");
      const left = rowLabels.length === 0 || urls.length === 0 ? [] : [names(rowLabels, true)];
      if (left[0]) left[0].style.cssText = "grid-template-rows: repeat(" + rowLabels.length + ", " + height + "px); padding-top: 1.45em";
      pictures.replaceChildren(...left, ...urls.map(() => {
        const across = names(model.get("columnLabels"), false);
        across.style.gridTemplateColumns = "repeat(" + model.get("columnLabels").length + ", " + width + "px)";
        return make("figure", {}, [make("figcaption", {}), across, make("img", {})]);
      }));
      pictures.dataset.scale = String(scale);
    }
    pictures.querySelectorAll("figure").forEach((figure, i) => {
      const image = figure.querySelector("img");
      figure.querySelector("figcaption").textContent = headings[i];
      image.alt = headings[i] + " of " + model.get("title");
      image.onload = () => { image.style.width = image.naturalWidth * scale + "px"; };
      image.src = urls[i];
    });
    // The browser may still be reading the pictures before these.
    setTimeout(() => old.forEach((url) => URL.revokeObjectURL(url)), 1000);
  }

  function chart(title, most, ceiling, lines, band) {
    const [left, top, wide, high] = [34, 22, 296, 96];
    const { t } = model.get("curves");
    const [x, y] = [(value) => left + wide * (1 - value / 999), (value) => top + high * (1 - Math.max(-0.15, value / most))];
    const points = (values) => values.map((value, i) => x(t[i]).toFixed(1) + "," + y(value).toFixed(1));
    const colour = model.get("colour");
    const parts = ['<text x="' + left + '" y="12">' + title + "</text>",
      '<path class="axis" d="M' + left + " " + top + "V" + (top + high) + "H" + (left + wide) + '"/>',
      '<path class="axis" stroke-dasharray="5 4" d="M' + left + " " + y(ceiling) + "h" + wide + '"/>',
      '<text x="' + (left - 4) + '" y="' + (y(ceiling) + 4) + '" text-anchor="end">' + ceiling.toFixed(2) + "</text>",
      '<text x="' + (left - 4) + '" y="' + (top + high + 4) + '" text-anchor="end">0</text>',
      '<text x="' + left + '" y="' + (top + high + 15) + '">t = 999, noise</text>',
      '<text x="' + (left + wide) + '" y="' + (top + high + 15) + '" text-anchor="end">0, image</text>'];
    if (band && t.length > 1)
      parts.push('<polygon fill="' + colour + '" opacity="0.2" points="' + [...points(band[0]), ...points(band[1]).reverse()].join(" ") + '"/>');
    lines.forEach(([values, dash]) => {
      parts.push('<polyline fill="none" stroke="' + colour + '" stroke-width="2" stroke-dasharray="' + dash + '" points="' + points(values).join(" ") + '"/>');
    });
    const [end] = points(lines[0][0]).slice(-1);
    if (end) parts.push('<circle r="4" fill="' + colour + '" cx="' + end.split(",")[0] + '" cy="' + end.split(",")[1] + '"/>');
    const said = lines[0][0].length ? title + ": " + lines[0][0].slice(-1)[0].toFixed(2) : title;
    return '<svg viewBox="0 0 340 140" role="img" aria-label="' + said + '">' + parts.join("") + "</svg>";
  }

  function showCharts() {
    const { prototype, low, high, context } = model.get("curves");
    const [lnC, lnIpc] = model.get("ceilings");
    const last = (values) => (values.length ? values[values.length - 1].toFixed(2) : "–");
    charts.innerHTML =
      chart("prototype ≥ " + last(prototype) + " nats", lnC * 1.1, lnC, [[prototype, ""]]) +
      chart("contextual " + last(low) + " to " + last(high) + " nats, context (dotted)", Math.max(lnIpc, 0.1) * 1.1, lnIpc, [[low, ""], [context, "2 3"]], [low, high]);
  }

  function showKnobs(wanted) {
    // A cell may change what there is to slide: one image per class has no beta.
    if (!settings.firstChild || [...knobs.keys()].join() !== wanted.map(({ name }) => name).join()) {
      knobs.clear();
      for (const knob of wanted) knobs.set(knob.name, knobOf(knob));
      settings.replaceChildren(...[...knobs.values()].map(({ line }) => line), size.line);
    }
    for (const { name, value, least, most } of wanted) {
      const knob = knobs.get(name);
      // A range that grew under the pointer would run away from it.
      if (knob.input.held) continue;
      if (value !== knob.asked && performance.now() < knob.until && !model.get("trouble")) continue;
      Object.assign(knob.input, { min: least, max: most });
      knob.input.value = value;
      knob.shown.textContent = String(Math.round(value * 100) / 100);
    }
  }

  function show() {
    const [taken, count, playing] = [model.get("at"), model.get("count"), model.get("playing")];
    heading.textContent = model.get("title");
    play.textContent = playing ? "❚❚ pause" : "▶ play";
    play.disabled = !playing && taken >= count;
    back.disabled = taken === 0;
    step.disabled = taken >= count;
    at.input.max = count;
    if (!at.input.held) at.input.value = taken;
    const { t } = model.get("curves");
    place.textContent = "step " + taken + " of " + count + (t.length ? ", t = " + t[t.length - 1] : "");
    showKnobs(model.get("knobs"));
    if (!size.input.held) size.input.value = model.get("size");
    size.shown.textContent = model.get("size") + " ×";
    trouble.textContent = model.get("trouble");
  }

  const heard = [["change:pictures change:size", showPictures], ["change:curves change:ceilings", showCharts],
    ["change:title change:count change:at change:playing change:knobs change:trouble change:size change:curves", show]];
  for (const [names, handler] of heard) for (const name of names.split(" ")) model.on(name, handler);
  show();
  showPictures();
  showCharts();
  el.append(root);
  return () => {
    for (const [names, handler] of heard) for (const name of names.split(" ")) model.off(name, handler);
    urls.forEach((url) => URL.revokeObjectURL(url));
  };
}

export default { render };
`;
