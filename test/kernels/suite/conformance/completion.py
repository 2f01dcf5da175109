"""complete, inspect and is_complete. Positions count code points."""

from ..cases import add, case, check, equal
from ..stage import Stage


def complete(stage: Stage, code: str, position: "int | None" = None) -> dict:
    content = {"code": code, "cursor_pos": len(code) if position is None else position}
    return stage.kernel.ask("complete_request", content).content


def inspect(stage: Stage, code: str, position: "int | None" = None) -> dict:
    content = {"code": code, "cursor_pos": len(code) if position is None else position, "detail_level": 0}
    return stage.kernel.ask("inspect_request", content).content


def completed(code: str, answer: dict) -> "list[str]":
    """The code with each match put in, as a front end does it."""
    return [
        code[: answer["cursor_start"]] + match + code[answer["cursor_end"] :] for match in answer["matches"]
    ]


@case("conformance")
def complete_user_variable(stage: Stage):
    """a name of an earlier cell is completed"""
    name = stage.unique("completableName")
    stage.run("assign", Name=name, value=1)
    answer = complete(stage, "completableNa")
    equal(answer.get("status"), "ok", "status")
    check(name in completed("completableNa", answer), f"{name} is not among {answer['matches'][:10]}")
    check(isinstance(answer.get("metadata"), dict), "metadata is missing")


@case("conformance")
def complete_member(stage: Stage):
    """members of a value are completed after the dot"""
    name = stage.unique("holder")
    stage.run("member_of", Name=name)
    code = stage.code("member_prefix", Name=name)
    answer = complete(stage, code)
    check(
        f"{name}.{stage.code('member')}" in completed(code, answer),
        f"completions {completed(code, answer)[:10]}",
    )


@case("conformance")
def complete_in_the_middle(stage: Stage):
    """the cursor may stand before the end of the code"""
    name = stage.unique("middleName")
    stage.run("assign", Name=name, value=1)
    code = "1 + middleNam + 2"
    answer = complete(stage, code, len("1 + middleNam"))
    check(f"1 + {name} + 2" in completed(code, answer), f"completions {completed(code, answer)[:10]}")


@case("conformance")
def complete_nothing(stage: Stage):
    """nothing to complete is no error"""
    answer = complete(stage, "zzqqxxNothingBeginsSo")
    equal(answer.get("status"), "ok", "status")
    equal(answer.get("matches"), [], "matches")


@case("conformance")
def astral_cursor_pos(stage: Stage):
    """positions count code points, not UTF-16 units"""
    name = stage.unique("astralName")
    stage.run("astral", Name=name)
    code = f'"😀😀😀" + {name}'
    partial = code[:-2]
    answer = complete(stage, partial)
    check(code in completed(partial, answer), f"completions {completed(partial, answer)[:5]}")
    equal(answer["cursor_end"], len(partial), "cursor_end")


@case("conformance")
def complete_outside_the_code(stage: Stage):
    """a position outside the code is no error"""
    for position in (-1, 99):
        answer = complete(stage, "parse", position)
        check(answer.get("status") == "ok", f"status {answer.get('status')!r} at {position}")


@case("conformance")
def inspect_known(stage: Stage):
    """a known name is found and described"""
    answer = inspect(stage, stage.code("known_name"))
    equal(answer.get("status"), "ok", "status")
    equal(answer.get("found"), True, "found")
    check(answer.get("data", {}).get("text/plain"), f"data {answer.get('data')!r}")
    check(isinstance(answer.get("metadata"), dict), "metadata is missing")


@case("conformance")
def inspect_user_variable(stage: Stage):
    """a name of an earlier cell is described, also behind characters beyond UTF-16"""
    name = stage.unique("described")
    stage.run("assign", Name=name, value=1)
    answer = inspect(stage, f'"😀😀😀" + {name}')
    equal(answer.get("found"), True, "found")
    middle = inspect(stage, f"{name} + 1", 2)
    equal(middle.get("found"), True, "found with the cursor inside of the name")


@case("conformance")
def inspect_unknown_not_found(stage: Stage):
    """an unknown name is not found, which is no error"""
    answer = inspect(stage, "noSuchNameAnywhere")
    equal(answer.get("status"), "ok", "status")
    equal(answer.get("found"), False, "found")
    equal(answer.get("data"), {}, "data")


@case("conformance")
def is_complete_indent(stage: Stage):
    """unfinished code is answered with the next line's indentation"""
    code = "def f():" if stage.language.name == "python" else "function f() {"
    answer = stage.kernel.ask("is_complete_request", {"code": code}).content
    equal(answer.get("status"), "incomplete", "status")
    indent = answer.get("indent")
    check(isinstance(indent, str) and indent.strip() == "" and len(indent) >= 2, f"indent {indent!r}")


COMPLETENESS = {
    "python": {
        "complete": ["1 + 1", "x = [1,\n2]", ""],
        "incomplete": ["f(1,", "'''abc", "for i in a:"],
        "invalid": ["1 = = 2", "f(]"],
    },
    "javascript": {
        "complete": [
            "1 + 1",
            "const a = [1,\n2];",
            "function f() { return 1; }",
            "if (a) { b(); }",
            "`text ${1 + 1} text`",
            "/* comment */ 1",
            "// comment {",
            "a.b.c()",
            "for (const x of []) {}",
            "class A { b = 1; }",
            "/[(]/.test('(')",
        ],
        "incomplete": [
            "f(1,",
            "const a = {",
            "function f() {",
            "if (a) {",
            "`text",
            "`text ${1",
            "/* comment",
            "[1, 2",
            "a =>",
            "const x =",
            "1 +",
            "a.",
            "class A {",
            "try {\n} catch (e) {",
        ],
        "invalid": ["1 = = 2", "f(]", "const const = 1", "}", "a b c", "'text"],
    },
    "typescript": {
        "complete": [
            "const a: number = 1;",
            "interface A { b: string }",
            "type A<T> = T extends string ? 1 : 2;",
            "await Promise.resolve(1)",
            "for await (const x of []) {}",
            "import { a } from 'b';",
            "export const a = 1;",
            "enum A { B }",
            "const wrong: number = 'a type error is complete code';",
        ],
        "incomplete": [
            "interface A {",
            "type A = {",
            "const a: Array<",
            "import {",
            "enum A {",
            "async function f() {\n  await g(",
        ],
        "invalid": ["const a: = 1;", "interface 1 {}", "type = ;;= 2"],
    },
}


def completeness(languages: "tuple[str, ...]", status: str):
    def run(stage: Stage) -> None:
        names = ("python",) if stage.language.name == "python" else languages
        wrong = []
        for language in names:
            for code in COMPLETENESS[language][status]:
                found = stage.kernel.ask("is_complete_request", {"code": code}).content.get("status")
                if found != status:
                    wrong.append(f"{code!r} is {found}")
        check(not wrong, f"expected {status}, but " + ", ".join(wrong))

    return run


for kind in ("complete", "incomplete", "invalid"):
    add(
        "conformance",
        f"is_complete_{kind}",
        f"code that is {kind} is told so",
        completeness(("javascript",), kind),
    )
    add(
        "conformance",
        f"is_complete_{kind}_types",
        f"code with types that is {kind} is told so",
        completeness(("typescript",), kind),
    )
