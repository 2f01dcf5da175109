// Convolutions. In a graph those of 3 x 3 pixels between many channels go by Winograd's minimal filtering, a quarter of
// the products (native/winograd.h), forwards and backwards.
import { type Tensor, type Tensor1D, type Tensor4D, tf } from "./engine";
import type { Save } from "./fused";
import { hasOwnOperations } from "./ownOperations";
import { attributeKinds, inGraphAs, isTracing } from "./trace";

/**
 * Convolution with "same" padding.
 *
 * @param x [N, H, W, from]
 * @param kernel [height, width, from, to]
 * @param bias [to]; default: none
 * @returns [N, H / stride, W / stride, to], rounded up
 */
export function convolve(x: Tensor4D, kernel: Tensor4D, bias: Tensor1D | null = null, stride = 1): Tensor4D {
  if (stride === 1 && isTracing() && hasOwnOperations() && pays(x.shape, kernel.shape))
    return byMinimalFiltering(x, kernel, bias ?? tf.zeros([kernel.shape[3]]));
  const product = tf.conv2d(x, kernel, stride, "same");
  return bias ? tf.add(product, bias) : product;
}

/** Of native/winograd.h: channels that are summed up side by side, pixels of a tile, tiles in the registers. */
const PANEL = 16;
const TILE = 4;
const FEWEST_TILES = 12;
/** Pairs of channels up to which the kernel's transform, 36 numbers for each, is worth its memory: 75 MB. */
const MOST_PAIRS = 1 << 19;

/** Whether tiles of 4 x 4 pixels cover the images without much waste: 36 products each, beside 9 for every pixel. */
function pays(
  [images, rows, columns]: Tensor4D["shape"],
  [height, width, from, to]: Tensor4D["shape"],
): boolean {
  const tiles = Math.ceil(rows / TILE) * Math.ceil(columns / TILE);
  return (
    height === 3 &&
    width === 3 &&
    from % PANEL === 0 &&
    to % PANEL === 0 &&
    from * to <= MOST_PAIRS &&
    images * tiles >= FEWEST_TILES &&
    9 * rows * columns > 1.25 * 36 * tiles
  );
}

function byMinimalFiltering(x: Tensor4D, kernel: Tensor4D, bias: Tensor1D): Tensor4D {
  const node = (turned: 0 | 1, inputs: Tensor[]) => ({
    name: "IgdsConvolution",
    attributes: [{ name: "turned", type: attributeKinds.int, value: turned }],
    inputs,
  });
  return tf.customGrad((...given) => {
    const save = given.pop() as unknown as Save;
    const [xs, k, b] = given as unknown as [Tensor4D, Tensor4D, Tensor1D];
    save([xs, k]);
    return {
      value: inGraphAs(node(0, [xs, k, b]), () => tf.add(tf.conv2d(xs, k, 1, "same"), b) as Tensor4D),
      gradFunc: (dy: Tensor4D, saved: Tensor[]): Tensor[] => {
        const [xv, kv] = saved as [Tensor4D, Tensor4D];
        const dx = inGraphAs(node(1, [dy, kv, tf.zeros([kv.shape[2]])]), () =>
          tf.conv2dTranspose(dy, kv, xv.shape, 1, "same"),
        );
        const dk = inGraphAs(
          { name: "IgdsConvolutionKernelGradient", attributes: [], inputs: [xv, dy] },
          () =>
            tf
              .engine()
              .runKernel<Tensor>(
                "Conv2DBackpropFilter",
                { x: xv, dy },
                { strides: 1, pad: "same", dataFormat: "NHWC", filterShape: kv.shape },
              ),
        );
        return [dx, dk, tf.sum(dy, [0, 1, 2])];
      },
    };
  })(x, kernel, bias) as Tensor4D;
}
