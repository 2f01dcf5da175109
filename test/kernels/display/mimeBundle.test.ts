import { describe, expect, it } from "vitest";
import { displaySymbol, toMimeBundle } from "../../../kernels/display/mimeBundle";

const text = async (value: unknown) => (await toMimeBundle(value))?.["text/plain"];

describe("a value that shows itself", () => {
  it("is named by its class when it has no text of its own", async () => {
    class Grid {
      [displaySymbol]() {
        return { "text/html": "<p>" };
      }
    }
    expect(await toMimeBundle(new Grid())).toEqual({ "text/plain": "[Grid]", "text/html": "<p>" });
  });

  it("keeps a text that it brings", async () => {
    const value = { [displaySymbol]: async () => ({ "text/plain": "mine" }) };
    expect(await toMimeBundle(value)).toEqual({ "text/plain": "mine" });
  });

  it("has only the bytes that a view covers encoded", async () => {
    const bytes = new Uint8Array([9, 1, 2, 3, 9]).subarray(1, 4);
    const value = { [displaySymbol]: () => ({ "image/png": bytes }) };
    expect((await toMimeBundle(value))?.["image/png"]).toBe("AQID");
  });

  it("shows nothing with an empty bundle", async () => {
    expect(await toMimeBundle({ [displaySymbol]: () => ({}) })).toBeUndefined();
  });

  it("is told what its method must return", async () => {
    expect(() => toMimeBundle({ [displaySymbol]: () => "text" })).toThrow(/object of MIME types.*'text'/);
    await expect(toMimeBundle({ [displaySymbol]: async () => 1 })).rejects.toThrow(/object of MIME types.*1/);
  });

  it("comes before every other way to be shown", async () => {
    const rows = Object.assign([{ a: 1 }, { a: 2 }], { [displaySymbol]: () => ({ "text/plain": "rows" }) });
    expect(await toMimeBundle(rows)).toEqual({ "text/plain": "rows" });
  });
});

describe("text", () => {
  it("is what inspecting gives, for all that has no richer form", async () => {
    expect(await toMimeBundle({ a: [1, "b"] })).toEqual({ "text/plain": "{ a: [ 1, 'b' ] }" });
    expect(await toMimeBundle("done")).toEqual({ "text/plain": "'done'" });
    expect(await toMimeBundle(null)).toEqual({ "text/plain": "null" });
    expect(await text(new Map([["a", 1]]))).toBe("Map(1) { 'a' => 1 }");
    expect(await text(class A extends Array {})).toBe("[class A extends Array]");
  });

  it("of an error holds its stack and its cause", async () => {
    const shown = await text(new RangeError("too far", { cause: new Error("why") }));
    expect(shown).toMatch(/^RangeError: too far\n {4}at [\s\S]*\[cause\]: Error: why/);
  });

  it("is never cut", async () => {
    const long = "x".repeat(3_000_000);
    expect(await text(long)).toHaveLength(long.length + 2);
    expect(await text({ long })).toContain(long);
  });

  it("is there for values that fail when looked at", async () => {
    const trap = {
      get data(): never {
        throw new Error("no");
      },
    };
    expect(await text(trap)).toBe("{ data: [Getter] }");
    const { proxy, revoke } = Proxy.revocable({}, {});
    revoke();
    expect(await text(proxy)).toBe("<Revoked Proxy>");
  });
});

describe("pictures", () => {
  const start = {
    "image/png": Buffer.concat([
      Buffer.from("\x89PNG\r\n\x1a\n\0\0\0\rIHDR", "latin1"),
      Buffer.from([0, 0, 2, 128, 0, 0, 1, 224, 8]),
    ]),
    "image/gif": Buffer.from("GIF89a\x0a\x00\x14\x00\0\0\0", "latin1"),
    "image/jpeg": Buffer.from("\xff\xd8\xff\xe0\0\x10JFIF\0\x01", "latin1"),
    "image/webp": Buffer.from("RIFF\x24\0\0\0WEBPVP8 ", "latin1"),
  };

  it.each(Object.entries(start))("of type %s are known by their first bytes", async (type, bytes) => {
    const bundle = await toMimeBundle(new Uint8Array(bytes));
    expect(bundle?.[type]).toBe(bytes.toString("base64"));
    expect(bundle?.["text/plain"]).toMatch(/picture/);
  });

  it("tell their size in words", async () => {
    expect(await text(start["image/png"])).toBe("[PNG picture, 640 x 480 px, 25 bytes]");
    expect(await text(start["image/gif"])).toBe("[GIF picture, 10 x 20 px, 13 bytes]");
  });

  it("are shown out of an ArrayBuffer too", async () => {
    const { buffer } = new Uint8Array(start["image/jpeg"]);
    expect(await toMimeBundle(buffer)).toHaveProperty("image/jpeg");
  });

  it("are not mistaken: other bytes stay bytes", async () => {
    expect(await toMimeBundle(Buffer.from("\x89PNG and so on, but not really", "latin1"))).not.toHaveProperty(
      "image/png",
    );
  });
});

describe("arrays of numbers", () => {
  it("show type, length, range and values", async () => {
    expect(await text(new Float32Array([0.5, -1, Math.PI]))).toBe(
      "Float32Array(3), range -1 .. 3.1416\n[0.5, -1, 3.1416]",
    );
    expect(await text(new BigInt64Array([3n, -4n]))).toBe("BigInt64Array(2), range -4 .. 3\n[3, -4]");
    expect(await text(new Float64Array())).toBe("Float64Array(0)\n[]");
  });

  it("count what is no finite number", async () => {
    expect(await text(new Float64Array([1, Number.NaN, Number.NEGATIVE_INFINITY, Number.NaN]))).toBe(
      "Float64Array(4), range 1 .. 1, 2 x NaN, 1 x Infinity\n[1, NaN, -Infinity, NaN]",
    );
  });

  it("leave out the middle", async () => {
    const shown = await text(Uint8Array.from({ length: 200 }, (_, i) => i));
    expect(shown).toMatch(/^Uint8Array\(200\), range 0 \.\. 199\n\[0, 1, .*, 9, \.\.\., 190, .*, 199\]$/);
  });

  it("are bytes in memory without a type", async () => {
    expect(await text(new Uint8Array([0, 255, 16]).buffer)).toBe("ArrayBuffer, 3 bytes\n00 ff 10");
    expect(await text(new DataView(new ArrayBuffer(40), 4, 34))).toBe(
      `DataView, 34 bytes\n${Array(32).fill("00").join(" ")} ...`,
    );
  });
});

describe("tensors", () => {
  const tensor = (shape: number[], dtype: string, values: ArrayLike<unknown>, more = {}) => ({
    shape,
    dtype,
    data: async () => values,
    dataSync: () => values,
    ...more,
  });

  it("show dtype, shape, range and a grid", async () => {
    expect(await text(tensor([2, 3], "float32", new Float32Array([1, -22.5, 3, 4, 5, 100])))).toBe(
      "float32 tensor, shape [2, 3], range -22.5 .. 100\n  1  -22.5    3\n  4      5  100",
    );
  });

  it("of more axes show grids one below the other, each under its place, the middle left out", async () => {
    const shown = await text(
      tensor(
        [5, 1, 2, 2, 1],
        "int32",
        Int32Array.from({ length: 20 }, (_, i) => i),
      ),
    );
    expect(shown).toBe(
      "int32 tensor, shape [5, 1, 2, 2, 1], range 0 .. 19\n" +
        "[0, 0, :, :, 0]\n  0  1\n  2  3\n[1, 0, :, :, 0]\n  4  5\n  6  7\n...\n[4, 0, :, :, 0]\n  16  17\n  18  19",
    );
  });

  it("leave out middle rows and columns", async () => {
    const shown = String(await text(tensor([100, 100], "float32", new Float32Array(10_000))));
    const lines = shown.split("\n");
    expect(lines).toHaveLength(12);
    expect(lines[1]).toBe("  0  0  0  0  0  0  ...  0  0  0  0  0  0");
    expect(lines[6]).toBe("  ...");
  });

  it("of other dtypes show their values", async () => {
    expect(await text(tensor([], "int32", [7]))).toBe("int32 tensor, shape [], range 7 .. 7\n7");
    expect(await text(tensor([2], "bool", new Uint8Array([1, 0])))).toBe(
      "bool tensor, shape [2]\n[true, false]",
    );
    expect(await text(tensor([2], "string", ["a", "b\n"]))).toBe('string tensor, shape [2]\n["a", "b\\n"]');
    expect(await text(tensor([1], "complex64", new Float32Array([1, -0.5])))).toBe(
      "complex64 tensor, shape [1]\n[1-0.5i]",
    );
    expect(await text(tensor([0, 3], "float32", []))).toBe("float32 tensor, shape [0, 3]\n[]");
  });

  it("that are disposed say so", async () => {
    const data = () => Promise.reject(new Error("Tensor is disposed."));
    expect(await text(tensor([3], "float32", [], { isDisposed: true, data }))).toBe(
      "float32 tensor, shape [3], disposed",
    );
  });
});

describe("tables", () => {
  it("are made of records, cells escaped, with a text beside", async () => {
    const bundle = await toMimeBundle([
      { name: "<a>", size: 1 },
      { name: "b", size: null, more: [1, 2] },
    ]);
    expect(bundle?.["text/html"]).toBe(
      "<table><thead><tr><th>name</th><th>size</th><th>more</th></tr></thead><tbody>\n" +
        "<tr><td>&lt;a&gt;</td><td>1</td><td></td></tr>\n<tr><td>b</td><td>null</td><td>[ 1, 2 ]</td></tr>\n" +
        "</tbody></table>",
    );
    expect(bundle?.["text/plain"]).toContain("{ name: '<a>', size: 1 }");
  });

  it("show 50 rows and say how many there are", async () => {
    const html = String((await toMimeBundle(Array.from({ length: 60 }, (_, i) => ({ i }))))?.["text/html"]);
    expect(html.match(/<tr>/g)).toHaveLength(51);
    expect(html).toContain("<p>50 of 60 rows</p>");
  });

  it.each([
    ["one record", [{ a: 1 }]],
    ["too many records", Array.from({ length: 1001 }, () => ({ a: 1 }))],
    ["no key in common", [{ a: 1 }, { b: 1 }]],
    ["instances of a class", [new URL("a:b"), new URL("a:c")]],
    ["other values among them", [{ a: 1 }, 2]],
    ["a map", new Map([["a", { b: 1 }]])],
  ])("are not made of %s", async (_, value) => {
    expect(Object.keys((await toMimeBundle(value)) ?? {})).toEqual(["text/plain"]);
  });
});

describe("figures", () => {
  it("of Plotly travel as they are", async () => {
    const figure = {
      data: [{ type: "bar", y: [1] }],
      layout: { title: { text: "Bars" } },
      config: { responsive: true },
    };
    expect(await toMimeBundle(figure)).toEqual({
      "application/vnd.plotly.v1+json": figure,
      "text/plain": "[Plotly figure: Bars]",
    });
    expect(await text({ data: [], layout: {} })).toBe("[Plotly figure]");
  });

  it("of Vega-Lite and Vega travel under their version", async () => {
    const schema = (name: string) => `https://vega.github.io/schema/${name}.json`;
    const lite = { $schema: schema("vega-lite/v5"), title: "Line", mark: "line" };
    expect(await toMimeBundle(lite)).toEqual({
      "application/vnd.vegalite.v5+json": lite,
      "text/plain": "[Vega-Lite figure: Line]",
    });
    expect(await toMimeBundle({ $schema: schema("vega/v5.30") })).toHaveProperty(
      "application/vnd.vega.v5+json",
    );
  });

  it("are not seen in other objects", async () => {
    for (const value of [
      { data: [1, 2], layout: {} },
      { data: [], layout: "grid" },
      { $schema: "http://json-schema.org" },
    ]) {
      expect(Object.keys((await toMimeBundle(value)) ?? {})).toEqual(["text/plain"]);
    }
  });
});
