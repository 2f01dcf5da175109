// Tensors as the last value of a cell show what they are, their values, and, where they look like images, these.

import { imageGrid } from "../plot/grid";
import { type Tensor, tf } from "../tensor/engine";
import { pngBundle } from "./bundle";
import { escapeHtml, jupyterDisplay, type MimeBundle } from "./mime";

/** More images than this are not drawn. */
const mostImages = 20;

/** The MIME bundle of a tensor: shape, type, range and values as text, and a picture of what looks like images. */
async function tensorBundle(tensor: Tensor): Promise<MimeBundle> {
  const kind = tensor instanceof tf.Variable ? `variable ${tensor.name}` : "tensor";
  const head = `${tensor.dtype} ${kind}, shape [${tensor.shape.join(", ")}]`;
  if (tensor.isDisposed) return { "text/plain": `${head}, disposed: its values are gone` };
  const values = await tensor.data();
  const range = tensor.dtype === "string" || tensor.dtype === "complex64" ? undefined : rangeOf(values);
  const text = [`${head}${range ? `, ${range.text}` : ""}`, tensor.toString().replace(/^Tensor\n/, "")].join(
    "\n",
  );
  const picture = range ? await preview(tensor, values, range) : undefined;
  if (!picture) return { "text/plain": text };
  const { "image/png": png } = pngBundle(picture);
  return {
    "text/html":
      `<pre>${escapeHtml(text.split("\n")[0]!)}</pre>` +
      `<img alt="the tensor's images" style="image-rendering: pixelated" src="data:image/png;base64,${png}"/>`,
    "image/png": png,
    "text/plain": text,
  };
}

interface Range {
  readonly low: number;
  readonly high: number;
  readonly text: string;
}

function rangeOf(values: ArrayLike<number>): Range | undefined {
  let [low, high, sum, strange] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 0, 0];
  for (let i = 0; i < values.length; i++) {
    const value = values[i]!;
    if (!Number.isFinite(value)) strange++;
    else {
      low = Math.min(low, value);
      high = Math.max(high, value);
      sum += value;
    }
  }
  const finite = values.length - strange;
  if (finite === 0) return values.length === 0 ? undefined : { low, high, text: "no finite value" };
  const short = (value: number) => String(Number(value.toPrecision(4)));
  const not = strange > 0 ? `, ${strange} not finite` : "";
  return { low, high, text: `${short(low)} to ${short(high)}, mean ${short(sum / finite)}${not}` };
}

/** A picture of a batch or a single image whose values are pixels: in [-1, 1] or [0, 1], grey or red, green, blue. */
async function preview(
  tensor: Tensor,
  values: ArrayLike<number>,
  { low, high }: Range,
): Promise<Buffer | undefined> {
  const shape = tensor.shape.length === 3 ? [1, ...tensor.shape] : tensor.shape;
  const [n = 0, height = 0, width = 0, channels = 0] = shape;
  const isPixels = low >= -1.001 && high <= 1.001 && high > low;
  if (shape.length !== 4 || n === 0 || height < 8 || width < 8) return undefined;
  if ((channels !== 1 && channels !== 3) || !isPixels) return undefined;
  const count = Math.min(n, mostImages);
  const data = Float32Array.from({ length: count * height * width * channels }, (_, i) => {
    const value = values[i]!;
    return Number.isFinite(value) ? value : low;
  });
  return imageGrid({ data, shape: [count, height, width, channels] }, { range: low < 0 ? [-1, 1] : [0, 1] });
}

Object.defineProperty(tf.Tensor.prototype, jupyterDisplay, {
  value(this: Tensor) {
    return tensorBundle(this);
  },
  configurable: true,
  writable: true,
});
