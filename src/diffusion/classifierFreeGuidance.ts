// Classifier-free guidance (Ho & Salimans 2022) on what a network answers for each image with its class and without.
import { type Scalar, type Tensor, type Tensor4D, tf } from "../tensor/engine";

/**
 * Guides the first `channels` channels: without class plus `scale` times the difference that the class makes. The
 * other channels stay as they are with class and without. DiT's original code guides three of the four channels of
 * epsilon, diffusers all four; neither guides the variance.
 *
 * @param answers [2N, H, W, K]: first all images with their class, then all without
 * @returns [2N, H, W, K]: both halves, equal in the guided channels
 */
export function guideHalves(answers: Tensor4D, scale: number | Tensor, channels: number): Tensor4D {
  const [withClass, without] = tf.split(answers, 2) as [Tensor4D, Tensor4D];
  const one = guided(withClass, without, scale, channels);
  const rest = answers.shape[3] - channels;
  if (rest === 0) return tf.concat([one, one]);
  const other = tf.slice4d(without, [0, 0, 0, channels], [-1, -1, -1, rest]);
  const changed = tf.slice4d(one, [0, 0, 0, 0], [-1, -1, -1, channels]);
  return tf.concat([one, tf.concat([changed, other], 3)]);
}

/**
 * The half with class of {@link guideHalves}, which is all that sampling needs.
 * @param withClass [N, H, W, K]
 * @param without [N, H, W, K]
 */
export function guided(
  withClass: Tensor4D,
  without: Tensor4D,
  scale: number | Tensor,
  channels: number,
): Tensor4D {
  const all = withClass.shape[3];
  if (!(Number.isInteger(channels) && channels >= 1 && channels <= all))
    throw new RangeError(`Guidance acts on 1 to ${all} channels; found ${channels}.`);
  const guide = (a: Tensor4D, b: Tensor4D) =>
    tf.add(b, tf.mul(tf.sub(a, b), scale as Scalar | number)) as Tensor4D;
  if (channels === all) return guide(withClass, without);
  const first = (x: Tensor4D) => tf.slice4d(x, [0, 0, 0, 0], [-1, -1, -1, channels]);
  const rest = tf.slice4d(withClass, [0, 0, 0, channels], [-1, -1, -1, all - channels]);
  return tf.concat([guide(first(withClass), first(without)), rest], 3);
}
