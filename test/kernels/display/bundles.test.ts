import { describe, expect, it } from "vitest";
import { displaySymbol, encodeBytes, toMimeBundle } from "../../../kernels/display/mimeBundle";

describe("a bundle", () => {
  const numbers = new Float32Array([1, 2]);

  it("of a figure has arrays of numbers where typed arrays were, which stay", () => {
    const figure = { data: [{ y: numbers, nested: { x: [numbers, null] } }], layout: {} };
    expect(toMimeBundle(figure)).toMatchObject({
      "application/vnd.plotly.v1+json": { data: [{ y: [1, 2], nested: { x: [[1, 2], null] } }] },
    });
    expect(figure.data[0]!.y).toBe(numbers);
    const own = { [displaySymbol]: () => ({ "application/json": numbers }) };
    expect(toMimeBundle(own)).toMatchObject({ "application/json": [1, 2] });
  });

  it("has bytes of any kind in base64", () => {
    const bytes = new Uint8Array([0, 1, 2, 3]);
    const expected = Buffer.from(bytes).toString("base64");
    for (const content of [bytes, bytes.buffer, new DataView(bytes.buffer), new Int16Array(bytes.buffer)])
      expect(encodeBytes({ "image/x": content })).toEqual({ "image/x": expected });
  });

  it("is refused if a text is none", () => {
    expect(() => encodeBytes({ "text/html": 5 })).toThrow(
      "Expected a string for text/html in a MIME bundle, found 5",
    );
    expect(encodeBytes({ "text/html": ["<b>", "</b>"], "text/plain": undefined })).toMatchObject({
      "text/html": ["<b>", "</b>"],
    });
  });

  it("with a cycle is left to whoever writes the JSON", () => {
    const cycle: Record<string, unknown> = {};
    cycle.self = cycle;
    expect(() => JSON.stringify(encodeBytes({ "application/json": cycle }))).toThrow(TypeError);
  });
});
