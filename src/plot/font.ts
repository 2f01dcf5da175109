// Text as outlines. A bare Linux machine has no fonts, and librsvg then draws nothing or boxes, so every picture
// draws its letters from the Inter font that comes with the project: the same pixels on every machine.
import { type Font, loadSync } from "opentype.js";

export type Weight = "regular" | "bold" | "italic";
export type Anchor = "start" | "middle" | "end";

const files: Record<Weight, string> = {
  regular: "@expo-google-fonts/inter/400Regular/Inter_400Regular.ttf",
  bold: "@expo-google-fonts/inter/600SemiBold/Inter_600SemiBold.ttf",
  italic: "@expo-google-fonts/inter/400Regular_Italic/Inter_400Regular_Italic.ttf",
};
const loaded = new Map<Weight, Font>();

function fontOf(weight: Weight): Font {
  let font = loaded.get(weight);
  if (!font) {
    font = loadSync(require.resolve(files[weight]));
    loaded.set(weight, font);
  }
  return font;
}

/** Height of the line above and below the baseline, in px, for a font size in px. */
export function lineMetrics(size: number): { ascent: number; descent: number } {
  const { ascender, descender, unitsPerEm } = fontOf("regular");
  return { ascent: (ascender / unitsPerEm) * size, descent: (-descender / unitsPerEm) * size };
}

/** Width in px of one line of text. */
export function textWidth(text: string, size: number, weight: Weight = "regular"): number {
  return fontOf(weight).getAdvanceWidth(text, size);
}

/** The text shortened with an ellipsis until it is at most `width` px wide. */
export function fitText(text: string, width: number, size: number, weight: Weight = "regular"): string {
  if (textWidth(text, size, weight) <= width) return text;
  const letters = [...text];
  while (letters.length > 0) {
    letters.pop();
    const shorter = `${letters.join("").trimEnd()}…`;
    if (textWidth(shorter, size, weight) <= width) return shorter;
  }
  return "";
}

/** The text in lines of at most `width` px, broken between words. */
export function wrapText(text: string, width: number, size: number): string[] {
  const lines: string[] = [];
  for (const word of text.split(" ")) {
    const longer = lines.length > 0 ? `${lines[lines.length - 1]} ${word}` : word;
    if (lines.length > 0 && textWidth(longer, size) <= width) lines[lines.length - 1] = longer;
    else lines.push(word);
  }
  return lines;
}

/**
 * SVG path data of one line of text.
 * @param x place of the anchor, px
 * @param y baseline, px
 */
export function textPath(
  text: string,
  x: number,
  y: number,
  size: number,
  { weight = "regular", anchor = "start" }: { weight?: Weight; anchor?: Anchor } = {},
): string {
  const shift = anchor === "start" ? 0 : textWidth(text, size, weight) * (anchor === "middle" ? 0.5 : 1);
  return fontOf(weight)
    .getPath(text, x - shift, y, size)
    .toPathData(2);
}
