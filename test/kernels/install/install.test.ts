import { execFileSync, spawnSync } from "node:child_process";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type Machine, pythonPrefix, userFolder } from "../../../kernels/install/folders";
import { run } from "../../../kernels/install/install";

const root = path.resolve(__dirname, "..", "..", "..");
const jupyter = path.join(root, ".venv", "bin", "jupyter");

let home: string;
let machine: Machine;

beforeEach(() => {
  const parent = path.join(root, ".cache", "test");
  mkdirSync(parent, { recursive: true });
  // A home folder with a space in its name, as people have.
  home = mkdtempSync(path.join(parent, "my home "));
  machine = { platform: "linux", env: {}, home };
});

afterEach(() => rmSync(home, { recursive: true }));

const kernels = (...parts: string[]) => path.join(home, ".local", "share", "jupyter", "kernels", ...parts);
const spec = (file: string) => JSON.parse(readFileSync(file, "utf8"));

describe("igds kernel install", () => {
  it("writes an entry that Jupyter's own tools list, with logos, under paths with spaces", () => {
    const folder = path.join(home, "my env");
    expect(run(["install", "--prefix", folder, "--name", "mine", "--display-name", "My TS"], machine)).toBe(
      `Installed My TS as mine in ${path.join(folder, "share", "jupyter", "kernels", "mine")}\n`,
    );
    const listed = execFileSync(jupyter, ["kernelspec", "list", "--json"], {
      encoding: "utf8",
      env: { ...process.env, JUPYTER_PATH: path.join(folder, "share", "jupyter") },
      stdio: ["ignore", "pipe", "ignore"],
    });
    const { mine } = JSON.parse(listed).kernelspecs;
    expect(mine.resource_dir).toBe(path.join(folder, "share", "jupyter", "kernels", "mine"));
    expect(mine.spec).toMatchObject({
      display_name: "My TS",
      language: "typescript",
      interrupt_mode: "message",
      metadata: { debugger: false },
    });
    const { argv } = mine.spec;
    expect(argv[0]).toBe(process.execPath);
    expect(argv.slice(-2)).toEqual([path.join(root, "dist", "kernels", "main.js"), "{connection_file}"]);
    expect(readdirSync(mine.resource_dir).sort()).toEqual([
      "kernel.json",
      "logo-32x32.png",
      "logo-64x64.png",
      "logo-svg.svg",
    ]);
  });

  it("goes to the user's folder when nothing else is said, and says when it is there already", () => {
    expect(run(["install"], machine)).toMatch(/^Installed TypeScript \(IGDS\) as igds/);
    expect(existsSync(kernels("igds", "kernel.json"))).toBe(true);
    expect(run(["install", "--user"], machine)).toMatch(/^Already installed/);
    expect(run(["install", "--display-name", "Other"], machine)).toMatch(/^Installed Other/);
    expect(readdirSync(kernels())).toEqual(["igds"]);
  });

  it("does not overwrite another kernel of the same name, unless told to", () => {
    mkdirSync(kernels("igds"), { recursive: true });
    writeFileSync(
      kernels("igds", "kernel.json"),
      '{"argv": ["x"], "display_name": "Theirs", "language": "x"}',
    );
    expect(() => run(["install"], machine)).toThrow(/"igds" belongs to Theirs .*--force/);
    for (const command of ["install", "uninstall"])
      for (const name of ["", "..", ".", "../x"])
        expect(() => run([command, "--name", name, "--force"], machine)).toThrow(
          /Expected a name of small letters/,
        );
    expect(() => run(["uninstall"], machine)).toThrow(/belongs to Theirs/);
    run(["install", "--force"], machine);
    expect(spec(kernels("igds", "kernel.json")).display_name).toBe("TypeScript (IGDS)");
  });

  it("says which folder cannot be written", () => {
    writeFileSync(path.join(home, "file"), "");
    expect(() => run(["install", "--prefix", path.join(home, "file")], machine)).toThrow(
      /allowed to write .*file.*kernels.igds.*--user/,
    );
  });

  it.each([
    [["install", "--user", "--sys-prefix"], /one of --user, --sys-prefix and --prefix/],
    [["install", "--name", "My Kernel"], /small letters.*"My Kernel"/],
    [["install", "--prefix", ""], /folder after --prefix, found none/],
    [["uninstall", "--prefix="], /folder after --prefix, found none/],
    [["install", "--display-name", " "], /text after --display-name, found none/],
    [["install", "igds"], /options after install, found "igds"/],
    [["remove"], /install, uninstall or list, found remove/],
    [[], /found nothing/],
    [["install", "--nmae", "x"], /--nmae/],
  ])("%s is refused", (args, reason) => {
    expect(() => run(args, machine)).toThrow(reason);
  });
});

describe("igds kernel uninstall and list", () => {
  it("takes out what was installed, and says where else it is", () => {
    run(["install"], machine);
    const other = { ...machine, env: { VIRTUAL_ENV: path.join(home, "env") } };
    expect(() => run(["uninstall", "--sys-prefix"], other)).toThrow(
      /named igds in .*env.*found none\.\nIt is installed here:\nigds {2}TypeScript \(IGDS\) {2}.*my home/,
    );
    expect(run(["uninstall"], machine)).toBe(`Removed ${kernels("igds")}\n`);
    expect(readdirSync(kernels())).toEqual([]);
    expect(run(["list"], machine)).toMatch(/^Not installed/);
  });

  it.each(['{ "argv": [', '{ "argv": [1, 2], "display_name": "x" }', "null", '{ "argv": ["x"] }'])(
    "knows an entry of its own by the logos when its kernel.json is damaged: %s",
    (text) => {
      run(["install"], machine);
      writeFileSync(kernels("igds", "kernel.json"), text);
      expect(run(["list"], machine)).toMatch(
        /^igds {2}- {2}.*igds {2}broken: its kernel.json cannot be read\n$/,
      );
      expect(run(["install"], machine)).toMatch(/^Installed/);
      writeFileSync(kernels("igds", "kernel.json"), text);
      expect(run(["uninstall"], machine)).toBe(`Removed ${kernels("igds")}\n`);
      mkdirSync(kernels("igds"));
      writeFileSync(kernels("igds", "kernel.json"), text);
      expect(() => run(["install"], machine)).toThrow(/"igds" belongs to something else/);
      expect(run(["list"], machine)).toMatch(/^Not installed/);
    },
  );

  it("lists the environment that set-up made beside the package", () => {
    const project = path.join(home, "project", ".venv");
    run(["install", "--prefix", project], machine);
    expect(run(["list"], machine)).toMatch(/^Not installed/);
    expect(run(["list"], { ...machine, projectEnvironment: project })).toContain(project);
  });

  it("lists every place, with what is missing there, and other kernels not", () => {
    run(["install"], machine);
    const env = path.join(home, "env");
    run(["install", "--prefix", env, "--name", "ts"], machine);
    mkdirSync(kernels("theirs"));
    writeFileSync(
      kernels("theirs", "kernel.json"),
      '{"argv": ["x"], "display_name": "Theirs", "language": "x"}',
    );
    const file = kernels("igds", "kernel.json");
    writeFileSync(file, readFileSync(file, "utf8").replaceAll("main.js", "gone.js"));
    const lines = run(["list"], { ...machine, env: { VIRTUAL_ENV: env } })
      .trim()
      .split("\n");
    expect(lines).toHaveLength(2);
    expect(lines[0]).toMatch(/^ts {2}TypeScript \(IGDS\) {2}.*env.*ts$/);
    expect(lines[1]).toMatch(/^igds .*broken, missing: .*gone\.js$/);
    expect(JSON.parse(run(["list", "--json"], machine))).toMatchObject([{ name: "igds" }]);
  });
});

describe("Jupyter's folder of the user", () => {
  it.each([
    ["linux", {}, ".local/share/jupyter"],
    ["linux", { XDG_DATA_HOME: "/data" }, "/data/jupyter"],
    ["darwin", {}, "Library/Jupyter"],
    ["win32", { APPDATA: "/roaming" }, "/roaming/jupyter"],
    ["darwin", { JUPYTER_DATA_DIR: "/jupyter data" }, "/jupyter data"],
  ] as const)("on %s with %s is %s", (platform, env, expected) => {
    expect(userFolder({ platform, env, home: "/home/me" })).toBe(path.resolve("/home/me", expected));
  });

  it("is the one that Jupyter itself names here", () => {
    const said = execFileSync(jupyter, ["--data-dir"], { encoding: "utf8" }).trim();
    expect(userFolder({ platform: process.platform, env: process.env, home })).toBe(said);
  });
});

it("the Python environment is the active one, else python3's", () => {
  expect(pythonPrefix({ ...machine, env: { CONDA_PREFIX: "/conda" } })).toBe("/conda");
  const prefix = execFileSync("python3", ["-c", "import sys; print(sys.prefix)"], {
    encoding: "utf8",
  }).trim();
  expect(pythonPrefix(machine)).toBe(prefix);
});

it("is reached as `igds kernel`, its options and its exit code included", () => {
  const igds = (...args: string[]) =>
    spawnSync(process.execPath, [path.join(root, "dist", "cli", "main.js"), "kernel", ...args], {
      encoding: "utf8",
      env: { ...process.env, JUPYTER_DATA_DIR: home, JUPYTER_PATH: "" },
    });
  expect(igds("--help").stdout).toMatch(/^Usage: igds kernel install\|uninstall\|list/);
  expect(igds("install", "--name", "mine").stdout).toContain(path.join(home, "kernels", "mine"));
  const refused = igds("install", "--name", "a b");
  expect(refused.status).toBe(1);
  expect(refused.stderr).toContain("igds kernel: Expected a name");
});
