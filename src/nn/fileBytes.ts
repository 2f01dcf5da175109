// Reading pieces of a file that is larger than memory should hold.
import type { FileHandle } from "node:fs/promises";

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
