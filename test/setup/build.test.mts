import { existsSync } from "node:fs";
import path from "node:path";
import { expect, it } from "vitest";
import { removeStale } from "../../src/setup/build.mjs";
import { Project } from "./project.mjs";

it("what was compiled from sources that are gone goes from dist/, and nothing else", () => {
  const project = new Project();
  try {
    for (const source of ["src/nn/unet.ts", "src/playground/page/main.ts", "kernels/main.ts"])
      project.write(source, "");
    const kept = [
      ...["nn/unet.js", "nn/unet.js.map", "nn/unet.d.ts", "kernels/main.js", ".igds-stamp", ".tsbuildinfo"],
      ...["playground/page/main.js", "playground/page/page.css", "playground/page/page.html"],
    ];
    const gone = ["nn/old.js", "nn/old.js.map", "nn/old.d.ts", "kernels/old.js", "main.js"];
    for (const name of [...kept, ...gone]) project.write(path.join("dist", name), "");
    removeStale(project.root);
    const there = (name: string) => existsSync(path.join(project.root, "dist", name));
    expect(kept.filter((name) => !there(name))).toEqual([]);
    expect(gone.filter(there)).toEqual([]);
  } finally {
    project.remove();
  }
});
