import { readFileSync } from "node:fs";
import path from "node:path";
import { afterEach, describe, expect, it, vi } from "vitest";
import { checkPrerequisites, findPython, nodeWillDo } from "../../src/setup/prerequisites.mjs";

afterEach(() => void vi.unstubAllEnvs());

describe("what must be on the machine", () => {
  it.each([
    ["PYTHON", "/nope", /PYTHON: expected Python 3\.9 .* found \/nope/],
    ["CXX", "/nope", /CXX: expected a C\+\+17 compiler, found \/nope/],
    ["IGDS_TENSORFLOW", "CUDA", /IGDS_TENSORFLOW: expected cpu or cuda, found CUDA/],
  ])("is not looked for elsewhere where %s names what will not do", (name, value, message) => {
    vi.stubEnv(name, value);
    expect(checkPrerequisites).toThrow(message);
  });

  it("is found where the variables are empty, or name it", () => {
    for (const name of ["PYTHON", "CXX", "IGDS_TENSORFLOW"]) vi.stubEnv(name, "");
    const { python } = checkPrerequisites();
    vi.stubEnv("PYTHON", python.program);
    vi.stubEnv("IGDS_TENSORFLOW", "cpu");
    expect(checkPrerequisites().python).toEqual(python);
    expect(findPython()).toEqual(python);
    vi.stubEnv("PYTHON", "/nope");
    expect(findPython()).toBeUndefined();
  });

  it("is a Node that the tests run on as well, in the words of package.json", () => {
    const file = path.resolve(import.meta.dirname, "..", "..", "package.json");
    expect(JSON.parse(readFileSync(file, "utf8")).engines.node).toBe("^20.19.0 || >=22.12.0");
    expect(["20.19.0", "20.20.1", "22.12.0", "23.0.0", "26.9.0"].filter((v) => !nodeWillDo(v))).toEqual([]);
    expect(["18.20.0", "20.18.3", "21.7.0", "22.11.0"].filter(nodeWillDo)).toEqual([]);
  });
});
