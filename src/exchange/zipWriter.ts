// A zip archive whose entries are stored as they are, which is what PyTorch and NumPy write and read
// (https://pkware.cachefly.net/webdocs/casestudies/APPNOTE.TXT). Reading is in nn/zipDirectory.ts.

/** One file of an archive. */
export interface ZipPart {
  readonly name: string;
  readonly bytes: Uint8Array;
}

/** Without 64-bit records an archive can be this long. */
const LONGEST = 2 ** 32 - 1;

/** PyTorch maps numbers into memory from such places on. */
const ALIGNMENT = 64;

/** 1 January 1980, the first day of the format: the same content gives the same bytes. */
const DATE = 0x21;

const crcTable = Uint32Array.from({ length: 256 }, (_, byte) => {
  let crc = byte;
  for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? 0xedb88320 ^ (crc >>> 1) : crc >>> 1;
  return crc;
});

/** The checksum of zip archives (ISO 3309). */
export function crc32(bytes: Uint8Array): number {
  let crc = 0xffffffff;
  for (let i = 0; i < bytes.length; i++) crc = crcTable[(crc ^ bytes[i]!) & 0xff]! ^ (crc >>> 8);
  return (crc ^ 0xffffffff) >>> 0;
}

/**
 * The pieces of an archive, to be written one after another.
 * @throws RangeError if it would be longer than 4 GiB
 */
export function zipArchive(parts: readonly ZipPart[]): Uint8Array[] {
  const pieces: Uint8Array[] = [];
  const directory: Uint8Array[] = [];
  let at = 0;
  for (const { name, bytes } of parts) {
    const title = Buffer.from(name, "utf8");
    const fields = commonFields(crc32(bytes), bytes.length, title.length);
    // The extra field is there to fill up: an identifier of its own, and zeros.
    const unfilled = at + 30 + title.length + 4;
    const filling = (ALIGNMENT - (unfilled % ALIGNMENT)) % ALIGNMENT;
    const local = Buffer.alloc(34 + title.length + filling);
    local.writeUInt32LE(0x04034b50, 0);
    fields.copy(local, 4);
    local.writeUInt16LE(4 + filling, 28);
    title.copy(local, 30);
    local.writeUInt16LE(0x4246, 30 + title.length);
    local.writeUInt16LE(filling, 32 + title.length);
    const central = Buffer.alloc(46 + title.length);
    central.writeUInt32LE(0x02014b50, 0);
    central.writeUInt16LE(20, 4);
    fields.copy(central, 6);
    central.writeUInt32LE(at, 42);
    title.copy(central, 46);
    directory.push(central);
    pieces.push(local, bytes);
    at += local.length + bytes.length;
    if (at > LONGEST)
      throw new RangeError(
        `An archive of more than 4 GiB cannot be written; it holds ${name} of ${bytes.length} bytes. Export fewer ` +
          "images at a time, or as PNG files.",
      );
  }
  const size = directory.reduce((sum, entry) => sum + entry.length, 0);
  const end = Buffer.alloc(22);
  end.writeUInt32LE(0x06054b50, 0);
  end.writeUInt16LE(parts.length, 8);
  end.writeUInt16LE(parts.length, 10);
  end.writeUInt32LE(size, 12);
  end.writeUInt32LE(at, 16);
  return [...pieces, ...directory, end];
}

/** What the local header and the directory both say of an entry, from "version needed" to the length of its name. */
function commonFields(crc: number, size: number, nameLength: number): Buffer {
  const fields = Buffer.alloc(24);
  fields.writeUInt16LE(20, 0);
  fields.writeUInt16LE(DATE, 8);
  fields.writeUInt32LE(crc, 10);
  fields.writeUInt32LE(size, 14);
  fields.writeUInt32LE(size, 18);
  fields.writeUInt16LE(nameLength, 22);
  return fields;
}
