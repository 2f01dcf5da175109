/** The mean over the channels of each pixel. */
export function perPixel(values: Float32Array, channels: number): Float32Array {
  const means = new Float32Array(values.length / channels);
  for (let i = 0; i < values.length; i++) means[Math.floor(i / channels)]! += values[i]! / channels;
  return means;
}
