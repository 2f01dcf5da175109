// The blocks that diffusers builds its autoencoder and its U-Nets of; paths of weights are its own.
import { attend } from "../tensor/attention";
import { type Tensor1D, type Tensor2D, type Tensor3D, type Tensor4D, tf } from "../tensor/engine";
import { silu } from "../tensor/fused";
import { conv, dense, type Layer, norm } from "./layers";
import type { Parameters, Weights } from "./parameters";
import { denseSource, splitPath, type TorchSource, type TorchTensors } from "./torchWeights";

/** How all norms of a network are made. */
export interface GroupNormConfig {
  readonly groups: number;
  readonly epsilon: number;
}

/** How the embedding of time and class enters a residual block. */
export interface BlockEmbedding {
  /** Numbers in the embedding. */
  readonly size: number;
  /** `shift` adds it after the first convolution; `scale and shift` modulates the second norm by it. */
  readonly by: "shift" | "scale and shift";
}

export type EmbeddedLayer = (w: Weights, x: Tensor4D, embedded?: Tensor2D) => Tensor4D;

/** ResnetBlock2D: norm, SiLU, convolution, twice, added to the input. */
export function resnetBlock(
  p: Parameters,
  path: string,
  from: number,
  to: number,
  normal: GroupNormConfig,
  embedding?: BlockEmbedding,
): EmbeddedLayer {
  const { groups, epsilon } = normal;
  const modulated = embedding?.by === "scale and shift";
  const norm1 = norm(p, `${path}.norm1`, from, groups, { epsilon, activation: "silu" });
  const conv1 = conv(p, `${path}.conv1`, from, to);
  const project = embedding
    ? dense<Tensor2D>(p, `${path}.time_emb_proj`, embedding.size, modulated ? 2 * to : to)
    : null;
  const norm2 = norm(
    p,
    `${path}.norm2`,
    to,
    groups,
    modulated ? { epsilon } : { epsilon, activation: "silu" },
  );
  const conv2 = conv(p, `${path}.conv2`, to, to);
  const shortcut = from === to ? null : conv(p, `${path}.conv_shortcut`, from, to, { size: 1 });
  return (w, x, embedded) => {
    let h = conv1(w, norm1(w, x));
    const projected = project && embedded ? project(w, silu(embedded)).reshape([x.shape[0], 1, 1, -1]) : null;
    if (projected && !modulated) h = tf.add(h, projected);
    h = norm2(w, h);
    if (projected && modulated) {
      const [scale, shift] = tf.split(projected, 2, 3);
      h = silu(tf.add(tf.mul(h, tf.add(1, scale!)), shift!));
    }
    return tf.add(shortcut ? shortcut(w, x) : x, conv2(w, h));
  };
}

/** Self-attention over the pixels, added to its input. */
export function attentionBlock(
  p: Parameters,
  path: string,
  width: number,
  heads: number,
  normal: GroupNormConfig | null,
): Layer<Tensor4D> {
  const normalise = normal
    ? norm(p, `${path}.group_norm`, width, normal.groups, { epsilon: normal.epsilon })
    : null;
  const qkv = dense<Tensor3D>(p, `${path}.qkv`, width, 3 * width);
  const project = dense<Tensor3D>(p, `${path}.to_out.0`, width, width);
  return (w, x) => {
    const [n, height, columns] = x.shape;
    const tokens = (normalise ? normalise(w, x) : x).reshape([n, height * columns, width]) as Tensor3D;
    return tf.add(x, project(w, attend(qkv(w, tokens), heads)).reshape(x.shape)) as Tensor4D;
  };
}

/**
 * Half as high and wide, by a convolution of stride 2.
 * @param padding pixels around the image; 0 is one pixel at the right and at the bottom, as "same" has it for even sides
 */
export function downsampler(p: Parameters, path: string, width: number, padding: 0 | 1): Layer<Tensor4D> {
  if (padding === 0) return conv(p, `${path}.conv`, width, width, { stride: 2 });
  const kernel = p.add<Tensor4D>(`${path}.conv.kernel`, [3, 3, width, width], {
    deviation: 1 / Math.sqrt(9 * width),
  });
  const bias = p.add<Tensor1D>(`${path}.conv.bias`, [width], { constant: 0 });
  const around: [number, number][] = [
    [0, 0],
    [1, 1],
    [1, 1],
    [0, 0],
  ];
  return (w, x) => tf.add(tf.conv2d(tf.pad(x, around) as Tensor4D, kernel(w), 2, "valid"), bias(w));
}

/** Twice as high and wide, each pixel four times, and a convolution. */
export function upsampler(p: Parameters, path: string, width: number): Layer<Tensor4D> {
  const convolve = conv(p, `${path}.conv`, width, width);
  return (w, x) => {
    const [, height, columns] = x.shape;
    return convolve(w, tf.image.resizeNearestNeighbor(x, [2 * height, 2 * columns]));
  };
}

/** Files from before diffusers 0.17 call the layers of the attention so. */
const oldNames: Readonly<Record<string, string>> = {
  to_q: "query",
  to_k: "key",
  to_v: "value",
  "to_out.0": "proj_attn",
};

/** Where the weight of such a block, or of a layer outside of them, is in a file of diffusers. */
export function diffusersSource(file: TorchTensors, path: string, shape: readonly number[]): TorchSource {
  const [layer, part] = splitPath(path);
  const kind = part === "kernel" || part === "scale" ? "weight" : "bias";
  const attention = /^(.*\.attentions\.\d+)\.(qkv|to_out\.0)$/.exec(layer);
  if (attention) {
    const [, at, inner] = attention;
    const layers = (inner === "qkv" ? ["to_q", "to_k", "to_v"] : ["to_out.0"]).map((name) => {
      const old = `${at}.${oldNames[name]}`;
      return file.entries.has(`${old}.${kind}`) ? old : `${at}.${name}`;
    });
    const source = denseSource(layers, part, shape);
    // Some files hold them as convolutions.
    return part === "bias" ? source : { ...source, alsoShape: [...source.shape, 1, 1] };
  }
  if (part === "kernel" && shape.length === 2) return denseSource([layer], part, shape);
  const names = [`${layer}.${kind}`];
  if (part !== "kernel") return { names, shape };
  const [height, width, from, to] = shape as [number, number, number, number];
  return { names, shape: [to, from, height, width], axes: "convolution" };
}
