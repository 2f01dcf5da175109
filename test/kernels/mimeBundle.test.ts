import { describe, expect, it } from "vitest";
import { displaySymbol, toMimeBundle } from "../../kernels/mimeBundle";

describe("toMimeBundle", () => {
  it("inspects plain values", async () => {
    expect(await toMimeBundle({ a: [1, "b"] })).toEqual({ "text/plain": "{ a: [ 1, 'b' ] }" });
  });

  it("names the class of a shown value that has no text of its own", async () => {
    class Grid {
      [displaySymbol]() {
        return { "text/html": "<p>" };
      }
    }
    expect(await toMimeBundle(new Grid())).toEqual({ "text/plain": "[Grid]", "text/html": "<p>" });
  });

  it("keeps a text that the value brings", async () => {
    const value = { [displaySymbol]: () => ({ "text/plain": "mine" }) };
    expect(await toMimeBundle(value)).toEqual({ "text/plain": "mine" });
  });

  it("encodes only the bytes that a view covers", async () => {
    const bytes = new Uint8Array([9, 1, 2, 3, 9]).subarray(1, 4);
    const value = { [displaySymbol]: () => ({ "image/png": bytes }) };
    expect((await toMimeBundle(value))?.["image/png"]).toBe("AQID");
  });

  it("shows nothing for a value that brings an empty bundle", async () => {
    expect(await toMimeBundle({ [displaySymbol]: () => ({}) })).toBeUndefined();
  });

  it("says what a display method must return", async () => {
    await expect(toMimeBundle({ [displaySymbol]: () => "text" })).rejects.toThrow(
      /object of MIME types.*'text'/,
    );
  });
});
