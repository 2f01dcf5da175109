// Weight files of any size, written piece by piece: the same numbers over and over.
import { once } from "node:events";
import { createWriteStream, existsSync, renameSync } from "node:fs";
import { Seed } from "../tensor/random";

/**
 * Writes a .safetensors file of float32 tensors, unless it is there.
 * @returns bytes of the weights
 */
export async function writeRandomWeights(
  file: string,
  tensors: readonly { readonly name: string; readonly shape: readonly number[] }[],
): Promise<number> {
  const header: Record<string, unknown> = {};
  let offset = 0;
  for (const { name, shape } of tensors) {
    const bytes = 4 * shape.reduce((a, b) => a * b, 1);
    header[name] = { dtype: "F32", shape, data_offsets: [offset, offset + bytes] };
    offset += bytes;
  }
  if (existsSync(file)) return offset;
  const stream = createWriteStream(`${file}.part`);
  // The data begin at a multiple of 8 bytes, as the format asks.
  const json = Buffer.from(JSON.stringify(header));
  const padded = Buffer.concat([json, Buffer.alloc((8 - (json.length % 8)) % 8, " ")]);
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(padded.length));
  stream.write(length);
  stream.write(padded);
  const values = new Seed("random weights").normal(1 << 20).map((value) => 0.02 * value);
  const block = Buffer.from(values.buffer, values.byteOffset, values.byteLength);
  for (let left = offset; left > 0; left -= block.length)
    if (!stream.write(block.subarray(0, Math.min(left, block.length)))) await once(stream, "drain");
  stream.end();
  await once(stream, "close");
  renameSync(`${file}.part`, file);
  return offset;
}
