"""TypeScript in cells: types across cells, names that are declared anew, and syntax."""

from ..cases import add, case, check, contains, equal
from ..languages import Missing
from ..stage import Stage


def types_only(stage: Stage) -> None:
    if stage.language.name == "python":
        raise Missing("Python")


def javascript_cells(stage: Stage, *codes: str):
    """Runs cells that must all succeed; gives the last one."""
    types_only(stage)
    for code in codes:
        cell = stage.kernel.run(code)
        equal(cell.status, "ok", f"status of {code!r} ({cell.said[-500:]})")
    return cell


@case("features")
def type_error_before_run(stage: Stage):
    """a type error stops the cell before it runs"""
    types_only(stage)
    cell = stage.kernel.run('console.log("ran");\nconst wrong: number = "text";')
    equal((cell.status, cell.text("stdout")), ("error", ""), "status and output")
    return None


@case("features")
def type_error_frame(stage: Stage):
    """a type error is an error message with the line of the cell and a mark below the place"""
    types_only(stage)
    cell = stage.kernel.run('const fine = 1;\nconst wrong: number = "text";')
    error = cell.first("error")
    check(error, f"no error among {cell.types}")
    contains(error["evalue"], "Type 'string' is not assignable to type 'number'", "evalue")
    lines = cell.said.splitlines()
    place = [i for i, line in enumerate(lines) if 'const wrong: number = "text";' in line]
    check(place and place[0] + 1 < len(lines), f"the line is not shown: {cell.said}")
    check(
        lines[place[0] + 1].rstrip(" ~^").strip(" |") == "" and set(lines[place[0] + 1]) & {"^", "~"},
        f"no mark below the line: {cell.said}",
    )


@case("features")
def types_across_cells(stage: Stage):
    """types of an earlier cell are known and checked in later ones"""
    javascript_cells(
        stage,
        "interface Place { x: number; y: number }\nconst place: Place = { x: 1, y: 2 };",
        "place.x + place.y",
        "const another: Place = { ...place, x: 3 };",
    )
    equal(stage.kernel.run("place.z").status, "error", "status of a cell that uses an unknown member")


@case("features")
def strict_checks(stage: Stage):
    """the checks of `strict` are on"""
    types_only(stage)
    cell = stage.kernel.run("const perhaps = [1].find((n) => n > 1);\nperhaps.toFixed();")
    equal(cell.status, "error", "status")
    contains(cell.said, "undefined", "error")


@case("features")
def tsconfig_respected(stage: Stage):
    """a tsconfig.json in the notebook's folder is followed"""
    types_only(stage)

    def loosened(folder) -> None:
        (folder / "tsconfig.json").write_text(
            '{ "compilerOptions": { "strict": false, "noUnusedLocals": false } }'
        )

    with stage.own_kernel(prepare=loosened) as kernel:
        cell = kernel.run(
            "const perhaps = [1].find((n) => n > 0);\nfunction loose(a) { return a; }\nloose(perhaps.toFixed())"
        )
        equal(cell.status, "ok", f"status without strict ({cell.said[-300:]})")
        equal(
            kernel.run('const wrong: number = "text";').status, "error", "status of a type error all the same"
        )


@case("features")
def redeclare(stage: Stage):
    """const, let, class, function and type are declared anew by another cell, with another type too"""
    cell = javascript_cells(
        stage,
        "const again = 1; class Again { a = 1 } function doAgain() { return 1; } type Kind = string;",
        'const again = "two"; class Again { b = 2 } function doAgain(n: number) { return n; } type Kind = number;',
        'const kind: Kind = 4; [again.toUpperCase(), new Again().b, doAgain(3), kind].join(" ")',
    )
    contains(cell.said, "TWO 2 3 4", "values")


@case("features")
def closures_see_reassignments(stage: Stage):
    """a function sees what a later cell assigns to a variable that it uses"""
    cell = javascript_cells(stage, "let level = 1;\nconst read = () => level;", "level = 5;", "read()")
    equal(cell.result, "5", "value")
    cell = javascript_cells(
        stage, "let counter = 0;\nfunction count() { counter += 1; }", "count(); count();", "counter"
    )
    equal(cell.result, "2", "what a function of an earlier cell counted")


@case("features")
def failed_cell_keeps_declarations(stage: Stage):
    """what a cell declared before it failed is there"""
    types_only(stage)
    stage.kernel.run('const before = 6;\nfunction early() { return before + 1; }\nthrow new Error("x");')
    cell = javascript_cells(stage, "early() + before")
    equal(cell.result, "13", "value")


@case("features")
def failed_types_change_nothing(stage: Stage):
    """a cell that is not run for its type errors leaves earlier declarations as they were"""
    javascript_cells(stage, "const solid = 1;")
    stage.kernel.run('const solid: number = "text";')
    equal(stage.kernel.run("solid + 1").result, "2", "value")


@case("features")
def shorthand_properties(stage: Stage):
    """names of earlier cells in shorthand properties"""
    cell = javascript_cells(stage, "const short = 1, other = 2;", "JSON.stringify({ short, other })")
    contains(cell.result or "", '{"short":1,"other":2}', "value")


@case("features")
def node_types(stage: Stage):
    """Node's and the web's types are known"""
    javascript_cells(
        stage,
        'import { readFileSync } from "node:fs";\n'
        'const size: number = Buffer.byteLength("abc") + readFileSync.length;\n'
        'const asked: typeof fetch = fetch; new URL("http://a.b/c").pathname.length + setTimeout.length;',
    )


@case("features")
def promise_as_result(stage: Stage):
    """a promise that is the value of a cell is awaited"""
    equal(javascript_cells(stage, "Promise.resolve([1, 2])").result, "[ 1, 2 ]", "result")


@case("features")
def null_as_result(stage: Stage):
    """null is a value and shown"""
    equal(javascript_cells(stage, "null").result, "null", "result")


# Each prints its mark; a name stands for one cell.
SYNTAX = {
    "top_level_await": 'console.log(await Promise.resolve("MARK"));',
    "satisfies": 'const palette = { red: "MARK" } satisfies Record<string, string>;\nconsole.log(palette.red);',
    "const_type_parameter": 'const tuple = <const T>(value: T) => value;\nconsole.log(tuple(["MARK"])[0]);',
    "using": "{\n  using file = { [Symbol.dispose]() { console.log('MARK'); } };\n  void file;\n}",
    "await_using": (
        "{\n  await using file = { async [Symbol.asyncDispose]() { await null; console.log('MARK'); } };\n  void file;\n}"
    ),
    "decorators": (
        "function mark<T extends (...args: never[]) => unknown>(method: T, context: ClassMethodDecoratorContext) {\n"
        "  console.log('MARK' + String(context.name));\n  return method;\n}\n"
        "class Decorated { @mark go() {} }\nnew Decorated().go();"
    ),
    "accessor": "class Held { accessor value = 'MARK'; }\nconsole.log(new Held().value);",
    "private_members": "class Hidden { #value = 'MARK'; get value() { return this.#value; } }\nconsole.log(new Hidden().value);",
    "enum": "enum Direction { Up = 'MARK' }\nconsole.log(Direction.Up);",
    "namespace": "namespace Space { export const inner = 'MARK'; }\nconsole.log(Space.inner);",
    "for_await": "async function* marks() { yield 'MARK'; }\nfor await (const one of marks()) console.log(one);",
    "export": "export const shown = 'MARK';\nexport function show() { return shown; }\nconsole.log(show());",
    "export_default": "export default 5;\nconsole.log('MARK');",
    "tsx": (
        "const React = { createElement: (tag: string, _: unknown, text: string) => tag + text };\n"
        "declare global { namespace JSX { interface IntrinsicElements { b: object } type Element = string } }\n"
        "console.log(String(<b>MARK</b>));"
    ),
    "no_infer": 'function pick<T extends string>(a: T, b: NoInfer<T>) { return a + b; }\nconsole.log(pick("MARK", "MARK"));',
    "type_predicate": (
        'const texts: string[] = ["MARK", undefined].filter((one) => one !== undefined);\nconsole.log(texts[0]);'
    ),
    "to_sorted": 'console.log(["MARK", "A"].toSorted()[1]);',
    "destructuring": 'const { one: { two: [deep = "x"] }, ...others } = { one: { two: ["MARK"] }, rest: 1 };\nconsole.log(deep);',
    "labels": "outer: for (const one of [1]) { for (;;) continue outer; }\nconsole.log('MARK');",
    "generators": "function* numbers() { yield 'MARK'; }\nconsole.log([...numbers()][0]);",
    "abstract_class": "abstract class Base { abstract go(): string }\nclass Made extends Base { go() { return 'MARK'; } }\nconsole.log(new Made().go());",
    "overloads": (
        "function twice(a: string): string;\nfunction twice(a: number): number;\n"
        "function twice(a: any) { return a + a; }\nconsole.log(twice('MARK'));"
    ),
    "regex_named_groups": "console.log(/(?<mark>MARK)/d.exec('MARK')!.groups!.mark);",
    "html_like_comment": "// ends without a newline\nconsole.log('MARK') // here",
}


def speaks(name: str):
    def run(stage: Stage) -> None:
        contains(javascript_cells(stage, SYNTAX[name]).text("stdout"), "MARK", "output")

    return run


for construct in SYNTAX:
    add("features", f"syntax_{construct}", f"syntax: {construct.replace('_', ' ')}", speaks(construct))


@case("features")
def uses_across_cells(stage: Stage):
    """generics, enums, classes and namespaces of earlier cells are used as values and as types"""
    cell = javascript_cells(
        stage,
        "enum Fruit { Apple, Pear }\nclass Box<T> { constructor(readonly held: T) {} }\nnamespace Tools { export const n = 2; }",
        "const boxed: Box<Fruit> = new Box(Fruit.Pear);\nclass Crate extends Box<number> { twice = this.held * Tools.n; }",
        "boxed.held + new Crate(4).twice",
    )
    equal(cell.result, "9", "value")
