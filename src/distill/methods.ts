// The ways to make a distilled set, by name: those that pick real images, and those that sample, each a sum of parts.
import { didYouMean } from "../tensor/nearestName";
import type { PartName } from "./parts";

/** Methods that pick real images; the last two do so in the features of the reference classifier. */
const selectionMethods = ["random", "kmeans", "herding", "kcenter"] as const;
/** A method that picks real images: "random", "kmeans", "herding" or "kcenter". */
export type SelectionMethod = (typeof selectionMethods)[number];

/** Methods that sample. They share denoiser, sampler, steps, classifier-free guidance and noise. */
export const samplingMethods = [
  "diffusion",
  "igds",
  "mgd3",
  "particle",
  "cads",
  "igd",
  "cao2",
  "d4m",
] as const;
/** A method that samples. */
export type SamplingMethod = (typeof samplingMethods)[number];

/** Every method that makes a set, by its name on the command line. */
export const methods = [...selectionMethods, ...samplingMethods] as const;
/** A method that makes a set, by picking real images or by sampling. */
export type Method = (typeof methods)[number];

export interface MethodDescription {
  /** What it adds to plain diffusion (parts.ts). */
  readonly parts: readonly PartName[];
  readonly says: string;
  readonly paper: string;
}

const descriptions: Readonly<Record<SamplingMethod, MethodDescription>> = {
  diffusion: {
    parts: [],
    says: "classifier-free guidance alone",
    paper: "Ho & Salimans 2022, arXiv 2207.12598",
  },
  igds: {
    parts: [],
    says: "raises prototype and contextual information",
    paper: "Information-Guided Diffusion Sampling, arXiv 2507.04619",
  },
  mgd3: {
    parts: ["mode"],
    says: "draws each image to a k-means centre of its class",
    paper: "Chan-Santiago et al., MGD3, ICML 2025",
  },
  particle: {
    parts: ["particle"],
    says: "images of a class repel each other",
    paper: "Corso et al., Particle Guidance, ICLR 2024",
  },
  cads: {
    parts: ["cads"],
    says: "noise on the class embedding that fades",
    paper: "Sadat et al., CADS, ICLR 2024",
  },
  igd: {
    parts: ["influence", "deviation"],
    says: "images that teach a small network what real ones do, unlike each other",
    paper: "Chen et al., Influence-Guided Diffusion, ICLR 2025",
  },
  cao2: {
    parts: ["pool"],
    says: "samples more images than needed and keeps those that a classifier judges best",
    paper: "Wang et al., CaO2, ICCV 2025",
  },
  d4m: {
    parts: ["start"],
    says: "starts from noised k-means centres",
    paper: "Su et al., D4M, CVPR 2024",
  },
};

/** @throws naming the methods there are: in JavaScript, or from a parameter, anything may be asked for */
export function methodOf(method: SamplingMethod): MethodDescription {
  const found: MethodDescription | undefined = descriptions[method];
  if (found) return found;
  throw new RangeError(
    `"${method}" is not a method that samples: expected one of ${samplingMethods.join(", ")}.`,
  );
}

/** @throws RangeError naming the methods there are: those that pick real images, and those that sample */
export function expectMethod(method: string): void {
  if (!(methods as readonly string[]).includes(method))
    throw new RangeError(
      `"${method}" is not a method${didYouMean(method, methods) || "."} Expected one of ${methods.join(", ")}.`,
    );
}

/** One line per sampling method, for help texts. */
export function methodHelp(): string {
  return samplingMethods
    .map((name) => {
      const { says, parts, paper } = descriptions[name];
      return `  ${name.padEnd(10)}${says}${parts.length ? ` [${parts.join(", ")}]` : ""} (${paper})`;
    })
    .join("\n");
}

/** Whether a method picks real images. */
export function selects(method: Method): method is SelectionMethod {
  return (selectionMethods as readonly string[]).includes(method);
}

/** Whether a method needs the reference classifier of the dataset. */
export function needsFeatures(method: string): method is "herding" | "kcenter" {
  return method === "herding" || method === "kcenter";
}

/** Whether a method gives the same set for every seed: features decide, or each class's one image is the nearest to its mean. */
export function hasOneSet(method: string, ipc: number): boolean {
  return needsFeatures(method) || (method === "kmeans" && ipc === 1);
}
