// What a checkpoint's header says of its network, held against the file before anything is built: a file of one number
// may ask for a million layers, and a word that a builder does not know would build another network.
import { z } from "zod";
import type { ConvNetConfig } from "./convNet";
import type { ImageSpace } from "./denoiserNetwork";
import type { DiTConfig } from "./dit";
import type { MlpConfig } from "./mlp";
import type { PublishedResNetConfig } from "./publishedResNet";
import type { ResNetConfig } from "./resNet";
import type { TimeClassifierConfig } from "./timeClassifier";
import type { PlainTensor } from "./trainer";
import type { UNetConfig } from "./unet";
import type { UNet2DConfig } from "./unet2d";
import type { VitConfig } from "./vit";

/** A type for each setting of a config but its kind. */
type Shape<C> = { readonly [K in Exclude<keyof C, "kind">]-?: z.ZodType<C[K] | undefined> };

const whole = z.number().int().positive();

/**
 * What the config of a network of that kind must be; null for kinds that are not of this library.
 * @param weights of the file: it has one at least for each layer, and numbers for every width
 */
export function configSchema(kind: string, weights: ReadonlyMap<string, PlainTensor>): z.ZodType | null {
  const layers = weights.size;
  const numbers = [...weights.values()].reduce((sum, { data }) => sum + data.length, 0);
  const size = whole.max(numbers, `expected at most ${numbers}, the numbers in the file`);
  const fitting = `expected at most ${layers}, the weights in the file`;
  const count = whole.max(layers, fitting);
  const sizes = z.array(size).min(1).max(layers, fitting);
  const counts = z
    .array(count)
    .min(1)
    .refine((all) => sumOf(all) <= layers, fitting);
  const flags = z.array(z.boolean()).max(layers, fitting);
  const norm = z.enum(["instance", "batch"]);
  const halve = z.enum(["stride", "average"]);
  const space: Shape<ImageSpace> = {
    height: whole,
    width: whole,
    channels: size,
    classes: size,
    nullClass: z.boolean().optional(),
  };
  const shapes: Readonly<Record<string, Record<string, z.ZodType>>> = {
    unet: { ...space, widths: sizes, blocks: counts, heads: size, groups: size },
    dit: {
      ...space,
      patch: whole,
      dim: size,
      depth: count,
      heads: size,
      mlp: size.optional(),
      timeFeatures: size.optional(),
      frequencyShift: z.literal([0, 1]).optional(),
      mlpNormEpsilon: z.number().positive().optional(),
      learnedVariance: z.boolean().optional(),
    },
    unet2d: {
      ...space,
      widths: sizes,
      attentionDown: flags,
      attentionUp: flags,
      attentionMiddle: z.boolean(),
      headSize: size.nullable(),
      blocks: count,
      groups: size,
      normEpsilon: z.number().positive(),
      downPadding: z.literal([0, 1]),
      embedBy: z.enum(["shift", "scale and shift"]),
      frequencyShift: z.number(),
      cosinesFirst: z.boolean(),
      classRows: z.number().int().nonnegative().max(numbers),
    },
    "time-classifier": { ...space, widths: sizes, groups: size },
    convnet: {
      ...space,
      depth: count,
      filters: size,
      border: z.number().int().nonnegative().optional(),
      norm: norm.optional(),
      start: z.enum(["he", "torch"]).optional(),
    },
    resnet: { ...space, stages: counts, filters: size, halve },
    "published-resnet": {
      ...space,
      stages: counts,
      block: z.enum(["basic", "bottleneck"]),
      filters: size,
      halve,
      norm,
      entrance: z.enum(["large", "middle", "small"]).optional(),
    },
    mlp: { ...space, hidden: z.array(size).max(layers, fitting) },
    vit: { ...space, patch: whole, dim: size, depth: count, heads: size },
  } satisfies ByKind;
  if (!Object.hasOwn(shapes, kind)) return null;
  const schema = z.looseObject(shapes[kind]!);
  if (kind !== "unet2d") return schema;
  const blocksOf = ({ widths, blocks }: Record<string, unknown>) =>
    (widths as readonly number[]).length * (blocks as number);
  return schema.refine((config) => blocksOf(config) <= layers, { path: ["blocks"], error: fitting });
}

interface ByKind {
  readonly unet: Shape<UNetConfig>;
  readonly dit: Shape<DiTConfig>;
  readonly unet2d: Shape<UNet2DConfig>;
  readonly "time-classifier": Shape<TimeClassifierConfig>;
  readonly convnet: Shape<ConvNetConfig>;
  readonly resnet: Shape<ResNetConfig>;
  readonly "published-resnet": Shape<PublishedResNetConfig>;
  readonly mlp: Shape<MlpConfig>;
  readonly vit: Shape<VitConfig>;
}

function sumOf(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0);
}
