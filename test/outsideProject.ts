import { tmpdir } from "node:os";

/**
 * Where temporary folders lie outside this project: `npm test` has its own inside, from where our tsconfig.json and our
 * packages would be found.
 */
export const outsideProject = process.platform === "win32" ? tmpdir() : "/tmp";
