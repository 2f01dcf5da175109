// Opening weights, whatever file they lie in.
import { openSafetensors } from "./safetensorsWeights";
import { type WeightFile, WeightFileError } from "./weightTypes";

export { type WeightEntry, type WeightFile, WeightFileError, type WeightType } from "./weightTypes";

/**
 * Opens a weight file without reading its numbers.
 * @throws WeightFileError if it is damaged or of a kind that is not read; Error of node:fs if it cannot be read
 */
export async function openWeights(file: string): Promise<WeightFile> {
  if (file.endsWith(".safetensors")) return openSafetensors(file);
  throw new WeightFileError(`${file} is not a weight file: expected .safetensors`);
}
