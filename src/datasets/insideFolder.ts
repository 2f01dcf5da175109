// Files of a set that somebody else made: plain ones, inside its folder.
import { lstat, realpath } from "node:fs/promises";
import path from "node:path";
import { DatasetError } from "./dataset";

/**
 * Checks a file before it is opened: no link leads it out of the folder, and nothing but a plain file stands there, such as a pipe
 * that a reader would wait at for ever.
 * @throws DatasetError; and what the system says where there is no such file
 */
export async function checkPlainFile(folder: string, file: string): Promise<void> {
  const [root, real] = await Promise.all([realpath(folder), realpath(file)]);
  if (!real.startsWith(root + path.sep))
    throw new DatasetError(`${file} leads out of ${folder}, to ${real}. Put the file itself there.`);
  if (!(await lstat(real)).isFile()) throw new DatasetError(`${file}: expected a plain file.`);
}
