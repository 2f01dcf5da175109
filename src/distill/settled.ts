// The settings of a set with beta as a number.
import type { Dataset } from "../datasets/dataset";
import { type FoundBeta, tableFile } from "./betaPilot";
import type { Distiller } from "./distiller";
import type { Manifest } from "./manifest";
import { selects } from "./methods";
import { distillerOf } from "./plan";
import { type GuidanceSettings, optionsOf } from "./settings";
import type { SetOptions } from "./shards";

/**
 * The settings with all weights as numbers; searches for beta where it is "auto".
 * @param table file that keeps what is found where the denoiser has no place of its own for it
 */
export async function settled(
  source: Distiller | Dataset,
  settings: SetOptions,
  { onBeta, table }: { readonly onBeta?: ((found: FoundBeta) => void) | undefined; readonly table?: string },
): Promise<SetOptions> {
  const { method, ipc, sampling, guidance } = settings;
  if (guidance?.beta !== "auto" || selects(method)) return settings;
  const distiller = distillerOf(source, method);
  const asked = { ...sampling, ...optionsOf(guidance), method, ipc };
  const found = await distiller.autoBeta(asked, { table: tableFile(distiller) ?? table ?? null });
  onBeta?.(found);
  return { ...settings, guidance: { ...guidance, beta: found.beta } };
}

/** Settings as they will be if the search for beta finds what the manifest says. */
export function withBetaOf({ settings }: Manifest, asked: SetOptions): SetOptions {
  const { guidance } = asked;
  if (guidance?.beta !== "auto") return asked;
  const { beta = "auto" } = (settings.guidance ?? {}) as GuidanceSettings;
  return { ...asked, guidance: { ...guidance, beta } };
}
