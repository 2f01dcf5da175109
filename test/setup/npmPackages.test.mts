import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { Project } from "./project.mjs";

it("all packages are installed, whatever the user's npm leaves out, and none of their scripts runs", () => {
  const project = new Project();
  try {
    project.write("package-lock.json", {
      packages: { "": { version: "0.1.0" }, "node_modules/a": { version: "1" } },
    });
    project.program("npm", `echo "$@" > ${project.around("asked")}`);
    const env = { npm_config_omit: "dev", npm_config_ignore_scripts: "false" };
    expect(project.evaluate("npmPackages.mjs", "all.installPackages(() => {})", env)).toMatch(/^1 packages/);
    const asked = readFileSync(project.around("asked"), "utf8").trim().split(" ");
    expect(asked[0]).toBe("ci");
    expect(asked).toEqual(
      expect.arrayContaining(["--include=dev", "--include=optional", "--ignore-scripts"]),
    );
  } finally {
    project.remove();
  }
});
