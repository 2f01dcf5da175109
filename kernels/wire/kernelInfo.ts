// What the kernel says about itself, before anything else is loaded.

import type { Content, WireOptions } from "../link";
import { protocolVersion } from "./message";

export function kernelInfo({ kernel, typescript }: WireOptions["versions"]): Content {
  return {
    status: "ok",
    protocol_version: protocolVersion,
    implementation: "igds",
    implementation_version: kernel,
    banner: `TypeScript ${typescript} on Node ${process.version} (IGDS kernel ${kernel})`,
    debugger: false,
    supported_features: [],
    help_links: [
      { text: "TypeScript", url: "https://www.typescriptlang.org/docs/" },
      { text: "Node.js", url: "https://nodejs.org/api/" },
    ],
    language_info: {
      name: "typescript",
      version: typescript,
      mimetype: "text/typescript",
      file_extension: ".ts",
      pygments_lexer: "typescript",
      nbconvert_exporter: "script",
      // "mode" is what JupyterLab reads, "name" and "typescript" are what the classic notebook reads.
      codemirror_mode: { mode: "typescript", name: "javascript", typescript: true },
    },
  };
}
