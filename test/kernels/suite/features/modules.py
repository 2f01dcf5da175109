"""Imports: packages of both kinds, JSON, and files beside the notebook that are edited while it runs."""

import json
import time
from pathlib import Path

from ..cases import case, contains, equal
from ..stage import Stage
from .language import javascript_cells


def package(folder: Path, name: str, manifest: dict, files: "dict[str, str]") -> None:
    place = folder / "node_modules" / name
    place.mkdir(parents=True, exist_ok=True)
    (place / "package.json").write_text(json.dumps({"name": name, "version": "1.0.0", **manifest}))
    for path, text in files.items():
        (place / path).write_text(text)


@case("features")
def import_builtin(stage: Stage):
    """Node's own modules, by name, whole, by default and at run time"""
    cell = javascript_cells(
        stage,
        'import { join } from "node:path";\nimport * as os from "os";\nimport util from "node:util";\n'
        'const { sep } = await import("node:path");\n'
        '[join("a", "b"), typeof os.cpus, typeof util.format, sep].join(" ")',
    )
    contains(cell.said, "a/b function function /", "values")


@case("features")
def import_esm(stage: Stage):
    """a package of ES modules that only `import` may load"""
    package(
        stage.kernel.folder,
        "only-esm",
        {"type": "module", "exports": {".": {"import": "./index.js", "types": "./index.d.ts"}}},
        {
            "index.js": "export const where = import.meta.url; export default 3;",
            "index.d.ts": "export declare const where: string; declare const n: number; export default n;",
        },
    )
    cell = javascript_cells(
        stage, 'import three, { where } from "only-esm";\n[three, where.slice(0, 8)].join(" ")'
    )
    contains(cell.said, "3 file:///", "values")


@case("features")
def import_esm_top_level_await(stage: Stage):
    """a package with a top-level await, imported by statement and at run time"""
    package(
        stage.kernel.folder,
        "awaits",
        {"type": "module", "exports": {".": {"types": "./index.d.ts", "import": "./index.js"}}},
        {
            "index.js": "export const value = await new Promise((done) => setTimeout(() => done(4), 20));",
            "index.d.ts": "export declare const value: number;",
        },
    )
    equal(javascript_cells(stage, 'import { value } from "awaits";\nvalue').result, "4", "value")
    equal(javascript_cells(stage, '(await import("awaits")).value').result, "4", "value at run time")


@case("features")
def import_commonjs(stage: Stage):
    """a CommonJS package, by name, whole and by default"""
    package(
        stage.kernel.folder,
        "old-style",
        {"main": "main.js", "types": "main.d.ts"},
        {
            "main.js": "exports.five = 5; exports.add = (a, b) => a + b;",
            "main.d.ts": "export declare const five: number; export declare function add(a: number, b: number): number;",
        },
    )
    cell = javascript_cells(
        stage,
        'import { five, add } from "old-style";\nimport * as whole from "old-style";\nadd(five, whole.five)',
    )
    equal(cell.result, "10", "value")


@case("features")
def import_json(stage: Stage):
    """JSON beside the notebook, with import attributes"""
    (stage.kernel.folder / "settings.json").write_text('{"depth": {"value": 6}}')
    cell = javascript_cells(
        stage, 'import settings from "./settings.json" with { type: "json" };\nsettings.depth.value'
    )
    equal(cell.result, "6", "value")


@case("features")
def import_kept(stage: Stage):
    """what one cell imported, later cells use"""
    javascript_cells(stage, 'import { basename } from "node:path";')
    contains(javascript_cells(stage, 'basename("/a/b")').said, "b", "value")


@case("features")
def import_unknown(stage: Stage):
    """an unknown package is an error that names it"""
    cell = stage.kernel.run('import { x } from "no-such-package";\nx')
    equal(cell.status, "error", "status")
    contains(cell.said, "no-such-package", "error")


@case("features")
def import_local(stage: Stage):
    """a TypeScript file beside the notebook with its types, which imports another one"""
    folder = stage.kernel.folder
    (folder / "shapes.ts").write_text(
        'import { half } from "./numbers";\nexport interface Shape { sides: number }\n'
        "export function area(shape: Shape): number { return half(shape.sides); }\n"
    )
    (folder / "numbers.ts").write_text("export const half = (n: number): number => n / 2;\n")
    cell = javascript_cells(
        stage,
        'import { area, type Shape } from "./shapes";\nconst square: Shape = { sides: 4 };\narea(square)',
    )
    equal(cell.result, "2", "value")
    equal(stage.kernel.run('area({ sides: "many" })').status, "error", "status with a wrong type")


@case("features")
def hot_reload(stage: Stage):
    """after an edit of a local file its import gives the new code, with the new types, in the same kernel"""
    file = stage.kernel.folder / "edited.ts"
    file.write_text("export const version = 1;\n")
    equal(
        javascript_cells(stage, 'import { version } from "./edited";\nversion').result, "1", "value at first"
    )
    # File times have a resolution; an editor needs longer than this.
    time.sleep(1.1)
    file.write_text('export const version = "second";\nexport const added = 7;\n')
    time.sleep(0.5)
    cell = javascript_cells(
        stage, 'import { version, added } from "./edited";\nversion.toUpperCase() + added'
    )
    contains(cell.said, "SECOND7", "value after the edit")
