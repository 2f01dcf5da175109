// Pictures as bytes: known by how each format begins.

/** What the first bytes of a picture tell. */
export interface Picture {
  readonly type: "image/png" | "image/jpeg" | "image/gif" | "image/webp";
  readonly bytes: Uint8Array;
  /** What it is in words, for front ends without pictures. */
  readonly text: string;
}

/** The picture that the value holds; undefined for bytes of any other kind and for values that are no bytes. */
export function pictureOf(value: unknown): Picture | undefined {
  const bytes =
    value instanceof Uint8Array ? value : value instanceof ArrayBuffer ? new Uint8Array(value) : undefined;
  if (!bytes || bytes.length < 12) return undefined;
  const start = Buffer.from(bytes.buffer, bytes.byteOffset, Math.min(bytes.length, 24));
  const is = (offset: number, mark: string) =>
    start.toString("latin1", offset, offset + mark.length) === mark;
  const picture = (type: Picture["type"], width?: number, height?: number): Picture => {
    const name = type.slice("image/".length).toUpperCase();
    const size = width === undefined ? "" : `, ${width} x ${height} px`;
    return { type, bytes, text: `[${name} picture${size}, ${bytes.length} bytes]` };
  };
  if (is(0, "\x89PNG\r\n\x1a\n") && is(12, "IHDR") && start.length === 24) {
    return picture("image/png", start.readUInt32BE(16), start.readUInt32BE(20));
  }
  if (is(0, "GIF87a") || is(0, "GIF89a")) {
    return picture("image/gif", start.readUInt16LE(6), start.readUInt16LE(8));
  }
  if (is(0, "\xff\xd8\xff")) return picture("image/jpeg");
  if (is(0, "RIFF") && is(8, "WEBP")) return picture("image/webp");
  return undefined;
}
