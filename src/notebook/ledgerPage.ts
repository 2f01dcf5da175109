// The page's side of a ledger: a grid of images and the curves of the one that is pointed at. It runs in any page, with
// what it was given.
import { palette } from "../plot/theme";

export const ledgerStyle = `
.igds-ledger { font: 13px/1.45 var(--jp-ui-font-family, system-ui, sans-serif); color: var(--jp-ui-font-color1, inherit); }
.igds-ledger .row { display: flex; flex-wrap: wrap; align-items: center; gap: 3px; margin: 3px 0; }
.igds-ledger .row > span { min-width: 7em; text-align: right; padding-right: 6px; }
.igds-ledger button { padding: 2px; border: 2px solid transparent; border-radius: 4px; background: none; line-height: 0; cursor: pointer; }
.igds-ledger button[aria-pressed="true"] { border-color: ${palette[1]}; }
.igds-ledger button:focus-visible { outline: 2px solid ${palette[0]}; }
.igds-ledger button img { width: 48px; height: auto; image-rendering: pixelated; margin: 0; }
.igds-ledger .charts { display: flex; flex-wrap: wrap; gap: 4px 24px; }
.igds-ledger .charts > div { flex: 1 1 340px; max-width: 460px; }
.igds-ledger svg { width: 100%; height: auto; overflow: visible; }
.igds-ledger svg text { fill: currentColor; font-size: 11px; }
`;

export const ledgerScript = `function (root, data) {
  if (!root) return;
  var make = function (tag, properties, children) {
    var element = Object.assign(document.createElement(tag), properties);
    (children || []).forEach(function (child) { element.append(child); });
    return element;
  };
  var safe = function (text) { return make("span", { textContent: text }).innerHTML; };
  var heading = make("div", {}, [make("strong", { textContent: data.title })]);
  var charts = make("div", { className: "charts" });
  charts.setAttribute("aria-live", "polite");
  var next = 0, buttons = [];
  var rows = data.rows.map(function (row) {
    var line = make("div", { className: "row" }, row.name ? [make("span", { textContent: row.name })] : []);
    data.images.slice(next, next + row.length).forEach(function (image, i) {
      var at = next + i, name = image.name + ", image " + image.index;
      var button = make("button", { type: "button", title: name },
        [make("img", { alt: name, src: "data:image/png;base64," + image.png })]);
      button.onmouseenter = button.onfocus = button.onclick = function () { choose(at); };
      buttons.push(button);
      line.append(button);
    });
    next += row.length;
    return line;
  });
  function chart(account, kind) {
    var left = 34, top = 12, wide = 300, high = 150, low = data.ranges[kind][0], line = data.ranges[kind][1], most = data.ranges[kind][2];
    // As wide as the closest steps allow, which those of a run on its way do not tell by their number.
    var closest = data.t.slice(1).reduce(function (least, t, i) { return Math.min(least, data.t[i] - t); }, 100);
    var bar = Math.max(1, wide * 0.8 * closest / (999 + closest)), parts = [];
    var x = function (t) { return left + bar / 2 + (wide - bar) * (1 - t / 999); };
    var y = function (value) { return top + high * (1 - (Math.max(low, Math.min(most, value)) - low) / (most - low)); };
    [low, 0, line].forEach(function (value, i, all) {
      if (i > 0 && Math.abs(y(value) - y(all[i - 1])) < 12) return;
      parts.push('<path stroke="currentColor" opacity="0.3" d="M' + left + " " + y(value) + "h" + wide + '"/>',
        '<text text-anchor="end" x="' + (left - 4) + '" y="' + (y(value) + 4) + '">' + value.toFixed(1) + "</text>");
    });
    data.t.forEach(function (t, i) {
      var up = 0, down = 0;
      Object.keys(account.terms).forEach(function (name) {
        var value = account.terms[name][i], from = value > 0 ? up : down;
        if (value > 0) up += value; else down += value;
        parts.push('<rect fill="' + data.colours[name] + '" x="' + (x(t) - bar / 2) + '" width="' + bar + '" y="' + Math.min(y(from), y(from + value)) +
          '" height="' + Math.abs(y(from) - y(from + value)) + '"><title>t = ' + t + ", " + safe(name) + " term: " + value.toFixed(3) + " nats</title></rect>");
      });
    });
    account.cut.forEach(function (cut) {
      var at = x(data.t[cut[0]]), up = cut[1] > 0;
      parts.push('<path fill="currentColor" d="M' + (at - 4) + " " + (up ? top : top + high) + "h8l-4 " + (up ? -7 : 7) +
        'z"><title>t = ' + data.t[cut[0]] + ", bars to " + cut[1].toFixed(3) + " nats</title></path>");
    });
    var curve = function (values, dash) {
      return '<polyline fill="none" stroke="currentColor" stroke-width="2" stroke-dasharray="' + dash + '" points="' +
        values.map(function (value, i) { return x(data.t[i]).toFixed(1) + "," + y(value).toFixed(1); }).join(" ") + '"/>';
    };
    parts.push(curve(account.value, ""), account.high ? curve(account.high, "2 3") : "",
      '<text x="' + left + '" y="' + (top + high + 20) + '">t = 999, noise</text>',
      '<text text-anchor="end" x="' + (left + wide) + '" y="' + (top + high + 20) + '">0, image</text>');
    var box = make("div", {}, [make("strong", { textContent: account.kind + " information, nats" }),
      "  " + account.cutSaid]);
    var svg = make("div", {});
    svg.innerHTML = '<svg viewBox="0 0 340 186" role="img">' + parts.join("") + "</svg>";
    svg.firstChild.setAttribute("aria-label", account.kind + " information: " + account.said);
    box.append(svg, make("div", { textContent: account.said }));
    return box;
  }
  function choose(at) {
    buttons.forEach(function (button, i) { button.setAttribute("aria-pressed", String(i === at)); });
    charts.replaceChildren.apply(charts, data.images[at].accounts.map(chart));
  }
  var key = make("div", {}, Object.keys(data.colours).map(function (name) {
    var swatch = make("span", { textContent: "■" });
    swatch.style.color = data.colours[name];
    return make("span", {}, [swatch, " push of the " + name + " term   "]);
  }).concat(["line: lower bound; dotted: upper bound"]));
  root.replaceChildren.apply(root, [heading].concat(rows, [charts, key]));
  choose(data.chosen);
}`;
