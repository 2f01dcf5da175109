import { describe, expect, it } from "vitest";
import { fromBfloat16, fromFloat16, toBfloat16, toFloat16 } from "../../src/nn/halfFloat";

const everyPattern = Uint16Array.from({ length: 0x10000 }, (_, pattern) => pattern);

describe.each([
  { name: "F16", to: toFloat16, from: fromFloat16, infinity: 0x7c00, fractionBits: 10 },
  { name: "BF16", to: toBfloat16, from: fromBfloat16, infinity: 0x7f80, fractionBits: 7 },
])("$name", ({ to, from, infinity }) => {
  it("gives every pattern back, and keeps what is not a number", () => {
    const values = from(everyPattern);
    const back = to(values);
    for (let pattern = 0; pattern < 0x10000; pattern++) {
      if ((pattern & 0x7fff) > infinity) {
        expect(values[pattern]).toBeNaN();
        expect(back[pattern]! & 0x7fff).toBeGreaterThan(infinity);
      } else if (back[pattern] !== pattern) {
        expect.fail(`pattern ${pattern} of value ${values[pattern]} came back as ${back[pattern]}`);
      }
    }
  });

  it("rounds to the nearest between every two neighbours, and ties to the even one", () => {
    // Midpoints have one fraction bit more than the format, so float32 holds them exactly (largest pair excepted).
    const values = from(everyPattern);
    const ulp = (value: number) => Math.max(2 ** -149, value * 2 ** -23);
    for (let pattern = 0; pattern < infinity - 1; pattern++) {
      const middle = (values[pattern]! + values[pattern + 1]!) / 2;
      const [below, tie, above, negative] = to(
        Float32Array.of(middle - ulp(middle), middle, middle + ulp(middle), -middle),
      );
      const even = pattern + (pattern & 1);
      if (below !== pattern || tie !== even || above !== pattern + 1 || negative !== (even | 0x8000)) {
        expect.fail(
          `around ${middle}: ${below}, ${tie}, ${above}, ${negative} for patterns ${pattern}, ${pattern + 1}`,
        );
      }
    }
  });
});

describe("the largest values", () => {
  it("stay finite up to half a step, then become infinite", () => {
    expect(fromFloat16(toFloat16(Float32Array.of(65504, 65519.99, 65520, -1e10)))).toEqual(
      Float32Array.of(65504, 65504, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY),
    );
    const largest = 3.3895313892515355e38; // of BF16
    expect(fromBfloat16(toBfloat16(Float32Array.of(largest, 3.4028234663852886e38)))).toEqual(
      Float32Array.of(largest, Number.POSITIVE_INFINITY),
    );
  });
});
