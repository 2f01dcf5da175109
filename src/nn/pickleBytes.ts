// The bytes of a pickle from front to back: numbers and texts as its opcodes have them.
import { WeightFileError } from "./weightTypes";

/** A pickle that is damaged, too large, or asks for what is not carried out here. */
export class PickleError extends WeightFileError {
  override readonly name = "PickleError";
}

/** Bytes of the longest integer that is read. */
const longestInteger = 256;

/** Every method throws PickleError where the bytes end too early. */
export class PickleBytes {
  private readonly view: DataView;
  private readonly buffer: Buffer;
  private at = 0;

  constructor(bytes: Uint8Array) {
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  /** @returns the position of the next bytes, which are then behind */
  private take(count: number): number {
    const start = this.at;
    if (count > this.buffer.length - start)
      throw this.fault("the end of the bytes before the end of the pickle");
    this.at += count;
    return start;
  }

  skip(count: number): void {
    this.take(count);
  }

  u8(): number {
    return this.view.getUint8(this.take(1));
  }

  u16(): number {
    return this.view.getUint16(this.take(2), true);
  }

  i32(): number {
    return this.view.getInt32(this.take(4), true);
  }

  /** The only big-endian number. */
  f64(): number {
    return this.view.getFloat64(this.take(8), false);
  }

  u32(): number {
    return this.view.getUint32(this.take(4), true);
  }

  u64(): number {
    return Number(this.view.getBigUint64(this.take(8), true));
  }

  text(length: number): string {
    const start = this.take(length);
    return this.buffer.toString("utf8", start, start + length);
  }

  bytes(length: number): Uint8Array {
    const start = this.take(length);
    return this.buffer.subarray(start, start + length);
  }

  line(): string {
    const end = this.buffer.indexOf(0x0a, this.at);
    if (end < 0) throw this.fault("a name without an end");
    const text = this.text(end - this.at);
    this.take(1);
    return text;
  }

  /** Two's complement, little-endian. A number where it is exact, else a bigint. */
  integer(length: number): number | bigint {
    if (length > longestInteger)
      throw this.fault(`an integer of ${length} bytes; at most ${longestInteger} are read`);
    const start = this.take(length);
    let value = 0n;
    for (let i = start + length - 1; i >= start; i--) value = (value << 8n) | BigInt(this.buffer[i]!);
    value = BigInt.asIntN(8 * length, value);
    return Number.isSafeInteger(Number(value)) ? Number(value) : value;
  }

  fault(what: string): PickleError {
    return new PickleError(`${what} (at byte ${this.at} of ${this.buffer.length})`);
  }
}
