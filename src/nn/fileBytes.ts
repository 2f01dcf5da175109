// Reading pieces of a file that is larger than memory should hold.
import { type FileHandle, open } from "node:fs/promises";
import { WeightFileError } from "./weightTypes";

/** Bytes that can be read piece by piece, wherever they lie. */
export interface ByteSource {
  /** What they are called in messages. */
  readonly name: string;
  readonly size: number;
  /**
   * A piece in memory of its own, so that typed arrays over it are aligned.
   * @throws WeightFileError if there are fewer bytes, or the piece does not fit into memory
   */
  read(position: number, length: number): Promise<Uint8Array>;
  close(): Promise<void>;
}

/** Opens a file for reading pieces of it. @throws Error of node:fs if it cannot be opened */
export async function openBytes(path: string): Promise<ByteSource> {
  const file = await open(path, "r");
  const { size } = await file.stat();
  return {
    name: path,
    size,
    async read(position, length) {
      try {
        const bytes = new Uint8Array(length);
        await fillBytes(file, bytes, position);
        return bytes;
      } catch (error) {
        if (error instanceof EndOfFileError) throw new WeightFileError(`${path}: ${error.message}`);
        if (error instanceof RangeError)
          throw new WeightFileError(
            `${path} needs ${length} bytes in one piece, which do not fit into memory (${error.message})`,
          );
        throw error;
      }
    },
    close: () => file.close(),
  };
}

/** The file ended before the bytes that were asked for. */
export class EndOfFileError extends Error {
  override readonly name = "EndOfFileError";
}

/**
 * Fills `bytes` from the file.
 * @param position of the first byte in the file
 * @throws EndOfFileError if the file has fewer bytes; Error of node:fs if it cannot be read
 */
export async function fillBytes(file: FileHandle, bytes: Uint8Array, position: number): Promise<void> {
  for (let done = 0; done < bytes.length; ) {
    // One read call takes less than 2 GiB.
    const length = Math.min(bytes.length - done, 1 << 30);
    const { bytesRead } = await file.read(bytes, done, length, position + done);
    if (bytesRead === 0)
      throw new EndOfFileError(`the file ended at byte ${position + done} while it was read`);
    done += bytesRead;
  }
}
