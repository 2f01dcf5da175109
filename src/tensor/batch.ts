/** Images as plain numbers: NHWC, values in [-1, 1]. */
export interface ImageBatch {
  readonly data: Float32Array;
  readonly shape: readonly [n: number, height: number, width: number, channels: number];
}
