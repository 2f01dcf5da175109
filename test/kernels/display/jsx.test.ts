import { describe, expect, it } from "vitest";
import { Fragment, jsx } from "../../../kernels/display/jsx";

describe("an element", () => {
  it("writes attributes by the names of HTML and SVG, whichever they were given by", () => {
    expect(jsx("label", { className: "a", htmlFor: "b", tabIndex: 1, children: "x" }).text).toBe(
      '<label class="a" for="b" tabIndex="1">x</label>',
    );
    const drawn = { strokeWidth: 2, "stroke-linecap": "round", viewBox: "0 0 1 1", fillOpacity: 0.5 };
    expect(jsx("svg", drawn).text).toBe(
      '<svg stroke-width="2" stroke-linecap="round" viewBox="0 0 1 1" fill-opacity="0.5"></svg>',
    );
  });

  it("leaves out what is off and what only a program could call, and closes no empty element", () => {
    expect(jsx("input", { disabled: true, checked: false, onClick: () => 1, value: '"' }).text).toBe(
      '<input disabled value="&quot;">',
    );
  });

  it("writes a style as CSS, and its children one after the other", () => {
    const children = [jsx("b", { children: "<" }), jsx("i", { style: { fontSize: "9px", color: "red" } })];
    expect(Fragment({ children }).text).toBe('<b>&lt;</b><i style="font-size: 9px; color: red"></i>');
  });
});
