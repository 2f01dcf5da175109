// Convolutions. In a graph those of 3 x 3 pixels between many channels go by Winograd's minimal filtering, a quarter of
// the products (native/winograd.h), forwards and backwards.
import { type Tensor, type Tensor1D, type Tensor4D, tf } from "./engine";
import { byOwnOperation, type OwnOperation, PANEL } from "./ownOperations";
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
  const plain = (of: Tensor, k: Tensor, b: Tensor | null): Tensor4D => {
    const product = tf.conv2d(of as Tensor4D, k as Tensor4D, stride, "same");
    return b ? tf.add(product, b) : product;
  };
  // Single calls make no zeros in the place of a bias.
  if (!isTracing() || stride > 1 || !pays(x.shape, kernel.shape)) return plain(x, kernel, bias);
  const inputs = [x, kernel, bias ?? tf.zeros([kernel.shape[3]])];
  return byOwnOperation(convolution(0), inputs, (of, k, b) => plain(of, k, bias && b), gradients);
}

/** Of native/winograd.h: pixels of a tile, tiles in the registers. */
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

/** @param turned whether by the kernel turned by half a circle, its channels exchanged */
function convolution(turned: 0 | 1): OwnOperation {
  return {
    name: "IgdsConvolution",
    attributes: [{ name: "turned", type: attributeKinds.int, value: turned }],
  };
}

/** By the images, the kernel and the bias. */
function gradients(inputs: Tensor[], dy: Tensor): Tensor[] {
  const [x, kernel] = inputs as [Tensor4D, Tensor4D];
  const dx = inGraphAs({ ...convolution(1), inputs: [dy, kernel, tf.zeros([kernel.shape[2]])] }, () =>
    tf.conv2dTranspose(dy as Tensor4D, kernel, x.shape, 1, "same"),
  );
  const attributes = { strides: 1, pad: "same", dataFormat: "NHWC", filterShape: kernel.shape };
  const dkernel = inGraphAs({ name: "IgdsConvolutionKernelGradient", attributes: [], inputs: [x, dy] }, () =>
    tf.engine().runKernel<Tensor>("Conv2DBackpropFilter", { x, dy }, attributes),
  );
  return [dx, dkernel, tf.sum(dy, [0, 1, 2])];
}
