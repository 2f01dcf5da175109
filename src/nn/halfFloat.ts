// The two 16-bit float formats of weight files, which JavaScript (before Float16Array) has no arrays for.
// Patterns are the raw 16 bits: IEEE 754 binary16 (F16), and the upper half of a float32 (BF16).

const floatView = new Float32Array(1);
const bitView = new Uint32Array(floatView.buffer);

let valueOfHalf: Float32Array | undefined;

/** The exact values of F16 patterns. */
export function fromFloat16(patterns: Uint16Array): Float32Array {
  if (!valueOfHalf) valueOfHalf = Float32Array.from({ length: 0x10000 }, (_, pattern) => decodeHalf(pattern));
  const values = new Float32Array(patterns.length);
  for (let i = 0; i < patterns.length; i++) values[i] = valueOfHalf[patterns[i]!]!;
  return values;
}

/** The exact values of BF16 patterns. */
export function fromBfloat16(patterns: Uint16Array): Float32Array {
  const values = new Float32Array(patterns.length);
  const bits = new Uint32Array(values.buffer);
  for (let i = 0; i < patterns.length; i++) bits[i] = patterns[i]! << 16;
  return values;
}

/** Rounds to the nearest F16 pattern, ties to even; beyond 65504 to infinity, as IEEE 754 says. */
export function toFloat16(values: Float32Array): Uint16Array {
  const patterns = new Uint16Array(values.length);
  for (let i = 0; i < values.length; i++) {
    floatView[0] = values[i]!;
    const bits = bitView[0]!;
    const sign = (bits >>> 16) & 0x8000;
    const magnitude = bits & 0x7fffffff;
    if (magnitude > 0x7f800000)
      patterns[i] = sign | 0x7e00; // not a number
    else if (magnitude >= 0x477ff000)
      patterns[i] = sign | 0x7c00; // from 65520 on: nearer to infinity
    else if (magnitude >= 0x38800000) {
      // Normal in F16: re-bias the exponent by 127 - 15, drop 13 bits of the fraction.
      patterns[i] = sign | ((magnitude - 0x38000000 + 0xfff + ((magnitude >>> 13) & 1)) >>> 13);
    } else {
      // Subnormal: adding 1/2 lines the fraction up with its last bits, and the addition itself rounds to even.
      floatView[0] = Math.abs(values[i]!) + 0.5;
      patterns[i] = sign | (bitView[0]! - 0x3f000000);
    }
  }
  return patterns;
}

/** Rounds to the nearest BF16 pattern, ties to even; the largest float32 values go to infinity. */
export function toBfloat16(values: Float32Array): Uint16Array {
  const patterns = new Uint16Array(values.length);
  for (let i = 0; i < values.length; i++) {
    floatView[0] = values[i]!;
    const bits = bitView[0]!;
    const notANumber = (bits & 0x7fffffff) > 0x7f800000;
    patterns[i] = notANumber ? (bits >>> 16) | 0x40 : (bits + 0x7fff + ((bits >>> 16) & 1)) >>> 16;
  }
  return patterns;
}

function decodeHalf(pattern: number): number {
  const sign = pattern & 0x8000 ? -1 : 1;
  const exponent = (pattern >>> 10) & 0x1f;
  const fraction = pattern & 0x3ff;
  if (exponent === 0x1f) return fraction === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}
