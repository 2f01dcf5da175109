// Multi-head attention (Vaswani et al. 2017). In a graph it is one operation, whose weights never leave the cache of a
// core (native/head.h); elsewhere it is composed, its gradient written by hand: one rearrangement of queries, keys and
// values together, and two walks over the attention weights on the way back where single operations take four.
import { type Tensor, type Tensor3D, tf } from "./engine";
import { byOwnOperation, PANEL } from "./ownOperations";
import type { Save } from "./save";
import { attributeKinds } from "./trace";

/**
 * Multi-head attention on packed queries, keys and values.
 *
 * @param qkv [N, tokens, 3 * width], in the order q, k, v, each split into heads
 * @returns [N, tokens, width]
 */
export function attend(qkv: Tensor3D, heads: number): Tensor3D {
  const composed = (packed: Tensor): Tensor3D => composedAttend(packed as Tensor3D, heads);
  if (!pays(qkv.shape, heads)) return composed(qkv);
  const attributes = [{ name: "heads", type: attributeKinds.int, value: heads }];
  return byOwnOperation({ name: "IgdsAttention", attributes }, [qkv], composed);
}

/** A core takes a head at a time: there must be some for each, and keys and values of one fit its cache forwards (512 KB). */
const FEWEST_HEADS = 8;
const LARGEST_HEAD = 1 << 16;

function pays([n, tokens, packed]: Tensor3D["shape"], heads: number): boolean {
  const size = packed / 3 / heads;
  return n * heads >= FEWEST_HEADS && tokens * Math.max(size, PANEL) <= LARGEST_HEAD;
}

function composedAttend(qkv: Tensor3D, heads: number): Tensor3D {
  const [n, tokens, packed] = qkv.shape;
  const width = packed / 3;
  const size = width / heads;
  const factor = 1 / Math.sqrt(size);
  const byHead = (x: Tensor): Tensor =>
    tf.reshape(tf.transpose(tf.reshape(x, [n, tokens, heads, size]), [0, 2, 1, 3]), [
      n * heads,
      tokens,
      size,
    ]);
  const byToken = (x: Tensor): Tensor =>
    tf.reshape(tf.transpose(tf.reshape(x, [n, heads, tokens, size]), [0, 2, 1, 3]), [n, tokens, width]);
  return tf.customGrad((input, save) => {
    const apart = tf.transpose(tf.reshape(input as Tensor, [n, tokens, 3, heads, size]), [2, 0, 3, 1, 4]);
    const [q, k, v] = tf.split(tf.reshape(apart, [3 * n * heads, tokens, size]), 3, 0);
    const scaled = tf.mul(q, factor);
    const weights = tf.softmax(tf.matMul(scaled, k, false, true));
    const mixed = tf.matMul(weights, v);
    (save as Save)([scaled, k, v, weights, mixed]);
    return {
      value: byToken(mixed),
      gradFunc: (dy: Tensor, saved: Tensor[]) => {
        const [qs, ks, vs, p, o] = saved;
        const d = byHead(dy);
        // Of softmax: dS = P (dP - sum dP P), and that sum over the keys is the sum of dO O over the channels (Dao 2022).
        const along = tf.sum(tf.mul(d, o), -1, true);
        const ds = tf.mul(p, tf.sub(tf.matMul(d, vs, false, true), along));
        const dq = tf.mul(tf.matMul(ds, ks), factor);
        const all = tf.concat([dq, tf.matMul(ds, qs, true), tf.matMul(p, d, true)], 0);
        return tf.reshape(tf.transpose(tf.reshape(all, [3, n, heads, tokens, size]), [1, 3, 0, 2, 4]), [
          n,
          tokens,
          packed,
        ]);
      },
    };
  })(qkv) as Tensor3D;
}
