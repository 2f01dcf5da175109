// A DiT-XL/2 of random weights, 2.7 GB, from file to one guided step: time, and peak memory beside the weights.
//
//   npx tsx test/bench/ditXl.ts [--keep]      BENCH_THREADS (2); needs about 3 GB of disk in out/bench and 20 GB of memory
//
// The file has the names and shapes of DiT-XL-2-256x256.pt; what is measured does not depend on the values.
import "./threads";

import { once } from "node:events";
import { createWriteStream, existsSync, mkdirSync, readFileSync, renameSync, rmSync } from "node:fs";
import path from "node:path";
import { Denoiser } from "../../src/diffusion/denoiser";
import { readDiT } from "../../src/nn/ditWeights";
import { openWeights } from "../../src/nn/weightFile";
import { engineReady } from "../../src/tensor/engine";
import { machine } from "../../src/tensor/machine";
import { Seed } from "../../src/tensor/random";

const file = path.resolve(__dirname, "..", "..", "out", "bench", "dit-xl-2.safetensors");
const [dim, depth, classes] = [1152, 28, 1000];

function* tensors(): Generator<readonly [name: string, shape: readonly number[]]> {
  function* dense(name: string, to: number, from: number): Generator<readonly [string, readonly number[]]> {
    yield [`${name}.weight`, [to, from]];
    yield [`${name}.bias`, [to]];
  }
  yield ["pos_embed", [1, 256, dim]];
  yield ["x_embedder.proj.weight", [dim, 4, 2, 2]];
  yield ["x_embedder.proj.bias", [dim]];
  yield* dense("t_embedder.mlp.0", dim, 256);
  yield* dense("t_embedder.mlp.2", dim, dim);
  yield ["y_embedder.embedding_table.weight", [classes + 1, dim]];
  for (let i = 0; i < depth; i++) {
    yield* dense(`blocks.${i}.attn.qkv`, 3 * dim, dim);
    yield* dense(`blocks.${i}.attn.proj`, dim, dim);
    yield* dense(`blocks.${i}.mlp.fc1`, 4 * dim, dim);
    yield* dense(`blocks.${i}.mlp.fc2`, dim, 4 * dim);
    yield* dense(`blocks.${i}.adaLN_modulation.1`, 6 * dim, dim);
  }
  yield* dense("final_layer.linear", 32, dim);
  yield* dense("final_layer.adaLN_modulation.1", 2 * dim, dim);
}

/** Writes the file in pieces. @returns bytes of the weights */
async function write(): Promise<number> {
  const header: Record<string, unknown> = {};
  let offset = 0;
  for (const [name, shape] of tensors()) {
    const bytes = 4 * shape.reduce((a, b) => a * b, 1);
    header[name] = { dtype: "F32", shape, data_offsets: [offset, offset + bytes] };
    offset += bytes;
  }
  if (existsSync(file)) return offset;
  mkdirSync(path.dirname(file), { recursive: true });
  const stream = createWriteStream(`${file}.part`);
  const json = Buffer.from(JSON.stringify(header));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(json.length));
  stream.write(length);
  stream.write(json);
  // The same numbers over and over.
  const values = new Seed("dit-xl").normal(1 << 20).map((value) => 0.02 * value);
  const block = Buffer.from(values.buffer, values.byteOffset, values.byteLength);
  for (let left = offset; left > 0; left -= block.length)
    if (!stream.write(block.subarray(0, Math.min(left, block.length)))) await once(stream, "drain");
  stream.end();
  await once(stream, "close");
  renameSync(`${file}.part`, file);
  return offset;
}

/** Largest resident memory of this process so far, bytes (Linux). */
function peak(): number {
  return 1024 * Number(/VmHWM:\s+(\d+)/.exec(readFileSync("/proc/self/status", "utf8"))?.[1]);
}

async function timed<T>(what: string, work: () => Promise<T> | T): Promise<T> {
  const start = performance.now();
  const result = await work();
  console.log(
    `${what.padEnd(34)} ${((performance.now() - start) / 1000).toFixed(1).padStart(6)} s, peak ${(peak() / 2 ** 30).toFixed(2)} GiB`,
  );
  return result;
}

async function main(): Promise<void> {
  await engineReady();
  const bytes = await timed("written", write);
  console.log(`${machine()}; weights ${(bytes / 2 ** 30).toFixed(2)} GiB, ${(bytes / 4e6).toFixed(0)} M\n`);
  const denoiser = await timed("loaded", async () => {
    const weights = await openWeights(file);
    const { network, weights: loaded } = await readDiT(weights, null);
    await weights.close();
    return new Denoiser(network, loaded);
  });
  const x = { data: new Seed(0).normal(32 * 32 * 4), shape: [1, 32, 32, 4] as const };
  const condition = { t: 500, labels: Int32Array.of(207), guidanceScale: 4, guidedChannels: 3 };
  for (const name of ["first guided step, graph made", "guided step", "guided step"])
    await timed(name, () => denoiser.epsilon(x, condition));
  for (const name of ["first gradient, graph made", "gradient through the denoiser"])
    await timed(name, () => denoiser.pullback(x, condition, x.data));
  console.log(`\npeak memory / weights: ${(peak() / bytes).toFixed(2)}`);
  if (!process.argv.includes("--keep")) rmSync(file);
}

void main();
