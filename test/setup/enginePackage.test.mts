import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { npmProjectOf } from "../../src/setup/enginePackage.mjs";
import { Project } from "./project.mjs";

let project: Project;
beforeEach(() => {
  project = new Project("home", "node_modules", "igds");
  project.write("package.json", { optionalDependencies: { "@tensorflow/tfjs-node-gpu": "4.22.0" } });
  // As much of npm as is asked for, and a note of where it was asked.
  const place = "node_modules/@tensorflow/tfjs-node-gpu";
  project.program(
    "npm",
    `pwd >> ${project.around("asked")}; mkdir -p ${place} && echo {} > ${place}/package.json`,
  );
});
afterEach(() => project.remove());

const fetched = () => project.evaluate("enginePackage.mjs", "all.fetchEnginePackage()");
const asked = () =>
  existsSync(project.around("asked")) ? readFileSync(project.around("asked"), "utf8").trim() : "";
const around = (name: string, content: object | string) => {
  mkdirSync(project.around("home"), { recursive: true });
  const text = typeof content === "string" ? content : JSON.stringify(content);
  writeFileSync(project.around("home", name), text);
};

describe("the engine's package beside an installed igds", () => {
  it("is fetched by npm into the project that names igds", () => {
    around("package.json", { dependencies: { igds: "0.1.0" } });
    expect(fetched()).toBe("installed without its script");
    expect(asked()).toBe(project.around("home"));
    expect(fetched()).toBeNull(); // it is there
  });

  it.each([
    ["igds is global: all other packages would go", null, {}],
    ["the project does not name igds", { dependencies: { other: "1" } }, {}],
    ["pnpm has installed it", { dependencies: { igds: "0.1.0" } }, { "pnpm-lock.yaml": "" }],
    ["yarn has installed it", { devDependencies: { igds: "0.1.0" } }, { "yarn.lock": "" }],
  ])("is not fetched where %s", (_, manifest, files) => {
    if (manifest) around("package.json", manifest);
    for (const [name, text] of Object.entries(files)) around(name, text as string);
    expect(fetched).toThrow(/npm install --ignore-scripts @tensorflow\/tfjs-node-gpu@4\.22\.0/);
    expect(asked()).toBe("");
  });

  it("is looked for in no other folder than that of node_modules", () => {
    around("package.json", { dependencies: { igds: "0.1.0" } });
    const nested = project.around("home", "node_modules", ".store", "node_modules", "igds");
    expect(npmProjectOf(nested)).toBe(project.around("home"));
    expect(npmProjectOf(project.around("home"))).toBeUndefined(); // a clone, or a linked one
  });
});
