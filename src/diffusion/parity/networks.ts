// One pass of the networks: DiT in both layouts, guided and not, and the VAE.
import type { LoadedDiT } from "../../nn/ditWeights";
import { type Tensor, type Tensor1D, type Tensor4D, tf } from "../../tensor/engine";
import { guideHalves } from "../classifierFreeGuidance";
import { between, type Difference, maximum } from "./difference";
import type { Fixture } from "./fixture";

export async function forwardOriginal(fixture: Fixture): Promise<Difference> {
  const files: Record<string, number> = {};
  let largest = 0;
  for (const name of await fixture.originalFiles()) {
    const found = await forward(fixture, await fixture.readOriginal(name), "forward");
    files[name] = found.difference;
    largest = found.largest;
  }
  return { difference: maximum(Object.values(files)), largest, files };
}

export async function forwardDiffusers(fixture: Fixture): Promise<Difference> {
  return forward(fixture, await fixture.diffusersDiT(), "forward_diffusers");
}

/** Disposes of the weights. */
async function forward(fixture: Fixture, { network, weights }: LoadedDiT, name: string): Promise<Difference> {
  try {
    const [x, t, y] = [await fixture.images("x"), await fixture.indices("t"), await fixture.indices("y")];
    const answer = (network.applyWithVariance ?? network.apply)(weights, x, t, y);
    return between(answer, await fixture.images(name));
  } finally {
    tf.dispose(weights as Record<string, Tensor>);
  }
}

/** DiT's forward_with_cfg: x of the first half for both halves, three channels guided. */
const GUIDED_CHANNELS = 3;

export function withGuidance(
  { network, weights }: LoadedDiT,
  x: Tensor4D,
  t: Tensor1D,
  y: Tensor1D,
  scale: number,
): Tensor4D {
  const half = tf.split(x, 2)[0] as Tensor4D;
  const answers = (network.applyWithVariance ?? network.apply)(weights, tf.concat([half, half]), t, y);
  return guideHalves(answers, scale, GUIDED_CHANNELS);
}

export async function forwardGuided(fixture: Fixture, [name, scale]: RegExpExecArray): Promise<Difference> {
  const [x, t] = [await fixture.images("x"), await fixture.indices("t")];
  const y = await fixture.indices("y_cfg");
  return between(
    withGuidance(await fixture.dit(), tf.concat([x, x]), tf.concat([t, t]) as Tensor1D, y, Number(scale)),
    await fixture.images(name),
  );
}

export async function encoded(fixture: Fixture, [name, part]: RegExpExecArray): Promise<Difference> {
  const { vae, weights } = await fixture.vae();
  const images = await fixture.images("vae_image");
  return between(vae.encode(weights, images)[part as "mean" | "logvar"], await fixture.images(name));
}

/** The latents of a fixture are not scaled. */
export async function decoded(fixture: Fixture, [name]: RegExpExecArray): Promise<Difference> {
  const { vae, weights } = await fixture.vae();
  return between(vae.decode(weights, await fixture.images("vae_z")), await fixture.images(name));
}
