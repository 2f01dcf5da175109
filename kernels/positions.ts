// Places in code: Jupyter counts code points, JavaScript counts UTF-16 units.

export function toUtf16(code: string, codePoints: number): number {
  return [...code].slice(0, codePoints).join("").length;
}

export function toCodePoints(code: string, units: number): number {
  return [...code.slice(0, units)].length;
}
