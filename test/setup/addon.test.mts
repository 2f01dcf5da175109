// Which addon set-up takes, and what it says of the others. The addons here are real ones that say no more than a version, built by
// a compiler that is told to refuse our operations or not.
import { execFileSync } from "node:child_process";
import { existsSync, rmSync } from "node:fs";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { checkPrerequisites } from "../../src/setup/prerequisites.mjs";
import { Project } from "./project.mjs";

const headers = path.resolve(import.meta.dirname, "..", "..", "node_modules", "node-api-headers", "include");
const source = (version: string) => `#include <node_api.h>
extern "C" __attribute__((visibility("default"))) napi_value napi_register_module_v1(napi_env env, napi_value exports) {
  napi_value text;
  napi_create_string_utf8(env, "${version}", NAPI_AUTO_LENGTH, &text);
  napi_set_named_property(env, exports, "TF_Version", text);
  return exports;
}
`;
const place = "node_modules/@tensorflow/tfjs-node-gpu/lib/napi-v8/tfjs_binding.node";

let project: Project;
let compiler: string;

beforeEach(() => {
  project = new Project();
  project.write("node_modules/@tensorflow/tfjs-node-gpu/package.json", {
    version: "4.22.0",
    binary: { napi_versions: [8] },
  });
  project.write("node_modules/@tensorflow/tfjs-node-gpu/binding/binding.cc", source("2.21.0"));
  project.write("src/tensor/native/own.cc", "// operations of our own");
  // What is linked is not there, and not needed.
  compiler = project.program(
    "compiler",
    `[ "$2" = -dumpversion ] && exit 0
case "$*" in *own.cc*) [ -n "$REFUSE" ] && echo "own.cc:1:1: error: no such register" >&2 && exit 1;; esac
for out; do :; done
exec ${checkPrerequisites().compiler} -shared -fPIC -I${headers} ${path.join(project.root, "node_modules/@tensorflow/tfjs-node-gpu/binding/binding.cc")} -o "$out"`,
  );
  libraries("cpu");
});

afterEach(() => project.remove());

/** The libraries of a flavour, as if they had been downloaded. */
function libraries(flavour: "cpu" | "cuda"): void {
  const key = project.evaluate("tensorflow.mjs", "all.wheelKey(all.chooseWheel())", {
    IGDS_TENSORFLOW: flavour,
  });
  project.write(".engine/tensorflow/wheel.json", { key, flavour });
}

/** One set-up of the engine. */
function install({ hasCompiler = true, flavour = "cpu", refuse = "", fetched = "Promise.resolve()" } = {}) {
  const machine = JSON.stringify(hasCompiler ? { compiler } : {});
  const wheel = `(await import("${project.root}/src/setup/tensorflow.mjs")).chooseWheel()`;
  return project.evaluate("addon.mjs", `all.installAddon(${machine}, ${wheel}, ${fetched}, () => {})`, {
    IGDS_TENSORFLOW: flavour,
    REFUSE: refuse,
  }) as {
    status: { flavour: string | null; attempts: { way: string; ok: boolean; reason: string }[] };
    done?: string;
  };
}

describe.skipIf(process.platform !== "linux" || process.arch !== "x64")("the engine's addon", () => {
  it("is built once, and again for other sources or another TensorFlow", () => {
    expect(install().done).toMatch(/2\.21\.0, built here/);
    expect(install().done).toBeUndefined();
    project.write("src/tensor/native/own.cc", "// other operations");
    expect(install().done).toMatch(/built here/);
    project.write("src/setup/python/tensorflow-cpu.lock", "tensorflow-cpu==2.22.0");
    libraries("cpu");
    expect(install().done).toMatch(/built here/);
    libraries("cuda");
    expect(install({ flavour: "cuda" })).toMatchObject({
      status: { flavour: "cuda" },
      done: expect.stringMatching(/built here/),
    });
  });

  it("comes back after npm has emptied node_modules", () => {
    install();
    rmSync(path.join(project.root, place));
    expect(install().done).toBeUndefined();
    expect(existsSync(path.join(project.root, place))).toBe(true);
  });

  it("takes the place of one from elsewhere once there is a compiler", () => {
    install();
    rmSync(path.join(project.root, ".engine", "addon.json"));
    rmSync(path.join(project.root, ".engine", "tfjs_binding.node"));
    expect(install({ hasCompiler: false })).toMatchObject({
      status: { flavour: null },
      done: expect.stringMatching(/an addon of before/),
    });
    expect(install().done).toMatch(/built here/);
  });

  it("is said to be of the TensorFlow that lies under it, not of the one that is wanted", () => {
    install();
    const fetched = 'Promise.reject(new Error("no network"))';
    const { status, done } = install({ flavour: "cuda", fetched });
    expect(status.flavour).toBe("cpu");
    expect(done).toMatch(/an addon of before/);
    expect(status.attempts[1]).toMatchObject({ ok: false, reason: "no network" });
  });

  it("takes no Python environment of an installed igds where nothing is to be downloaded", () => {
    const engine = path.join(project.root, "src", "setup", "engine.mjs");
    const env = { ...process.env, CXX: compiler, IGDS_TENSORFLOW: "cpu" };
    const printed = execFileSync(process.execPath, [engine], { encoding: "utf8", env, timeout: 60_000 });
    expect(printed).toMatch(/engine: TensorFlow 2\.21\.0, built here/);
    expect(existsSync(path.join(project.root, ".venv"))).toBe(false);
  });

  it("keeps what the compiler said where it takes no operations of ours", () => {
    const { status } = install({ refuse: "1" });
    expect(status.attempts.slice(1)).toEqual([
      expect.objectContaining({ ok: false, reason: expect.stringContaining("error: no such register") }),
      expect.objectContaining({ ok: true, way: expect.stringMatching(/^built here/) }),
    ]);
    expect(install({ refuse: "1" }).status.attempts).toEqual(status.attempts);
  });
});
