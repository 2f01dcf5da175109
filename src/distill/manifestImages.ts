// The images of a manifest: their ledgers, and whether their files are still what it says.

import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import path from "node:path";
import { DatasetError } from "../datasets/dataset";
import { checkPlainFile } from "../datasets/insideFolder";
import type { StepRecord } from "../diffusion/stepRecord";
import type { LedgerEntry, Manifest, ManifestImage } from "./manifest";

/**
 * The bounds of a step, one entry per image of its batch, to six significant digits (float32 holds about seven).
 * Null if the step recorded no bounds.
 */
export function ledgerEntries({ t, bounds }: Pick<StepRecord, "t" | "bounds">): LedgerEntry[] | null {
  if (!bounds) return null;
  const { prototype, contextual, context } = bounds;
  const round = (values: Float32Array, i: number) => Number(values[i]!.toPrecision(6));
  return Array.from(prototype.keys(), (i) => ({
    t,
    prototype: round(prototype, i),
    contextual: { low: round(contextual.low, i), high: round(contextual.high, i) },
    context: round(context, i),
  }));
}

/** An image whose file is not as the manifest says. */
export interface ImageFault {
  readonly image: ManifestImage;
  readonly fault: string;
}

/**
 * Compares the image files with their SHA-256 in the manifest. A resumed run keeps the intact ones and makes the
 * others again.
 */
export async function verifyImages(
  folder: string,
  manifest: Manifest,
): Promise<{ intact: ManifestImage[]; faults: ImageFault[] }> {
  const intact: ManifestImage[] = [];
  const faults: ImageFault[] = [];
  for (const image of manifest.images) {
    const file = path.join(folder, image.file);
    try {
      await checkPlainFile(folder, file);
      const found = createHash("sha256")
        .update(await readFile(file))
        .digest("hex");
      if (found === image.sha256) intact.push(image);
      else faults.push({ image, fault: `${file}: expected SHA-256 ${image.sha256}, found ${found}` });
    } catch (error) {
      if (error instanceof DatasetError) {
        faults.push({ image, fault: error.message });
        continue;
      }
      if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
      faults.push({ image, fault: `${file}: the file is missing` });
    }
  }
  return { intact, faults };
}
