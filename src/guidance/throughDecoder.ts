// A term of pictures for a diffusion model that works on latents: x0hat is decoded first, and the gradient runs back through
// the decoder. Expensive (the decoder of Stable Diffusion costs more than a step of DiT-XL/2), but any classifier of pictures will do.
import type { Autoencoder } from "../diffusion/autoencoder";
import type { Weights } from "../nn/parameters";
import type { Tensors } from "../tensor/compile";
import type { Term } from "./term";

/**
 * The same term, of the decoded x0hat. Its copy of the autoencoder's weights, `vae/...` among its tensors, is its own:
 * dispose of them when it is done with.
 *
 * @param term of x0hat (`by: "x0"`), for pictures of the size that the autoencoder decodes to
 * @throws for a term of x_t: noisy latents are not noisy pictures
 * @example
 * const autoencoder = await igds.diffusion.loadAutoencoder("dit-small/diffusers/vae");
 * const term = igds.guidance.throughDecoder(igds.guidance.prototype(distiller.classifier), autoencoder);
 * term.name; // "prototype, decoded"
 */
export function throughDecoder(term: Term, autoencoder: Autoencoder): Term {
  if (term.by !== "x0")
    throw new RangeError(
      `throughDecoder: expected a term of x0hat, found "${term.name}" of x_t: noisy latents do not decode to noisy pictures.`,
    );
  const { vae } = autoencoder;
  const { numbers } = term;
  return {
    ...term,
    name: `${term.name}, decoded`,
    tensors: { ...under("term", term.tensors), ...under("vae", autoencoder.weights()) },
    ...(numbers ? { numbers: (t) => numbers.call(term, t) } : {}),
    value(tensors, x0, context) {
      const pictures = vae.decode(part("vae", tensors) as Weights, vae.unscale(x0));
      return term.value(part("term", tensors), pictures, context);
    },
  };
}

function under(prefix: string, tensors: Tensors): Tensors {
  return Object.fromEntries(Object.entries(tensors).map(([name, tensor]) => [`${prefix}/${name}`, tensor]));
}

function part(prefix: string, tensors: Tensors): Tensors {
  const names = Object.keys(tensors).filter((name) => name.startsWith(`${prefix}/`));
  return Object.fromEntries(names.map((name) => [name.slice(prefix.length + 1), tensors[name]!]));
}
