"""Values that are drawn: pictures, figures, tables, and what notebooks in TypeScript share as conventions."""

from ..cases import case, check, contains, equal
from ..languages import Missing
from ..stage import Stage
from .language import javascript_cells, types_only

# One red pixel.
PNG = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8DwHwAFBQIAX8jx0gAAAABJRU5ErkJggg=="


def own_display(stage: Stage) -> None:
    types_only(stage)
    if (
        "display(" not in stage.language.snippets.get("display", "")
        or "Deno" in stage.language.snippets["display"]
    ):
        raise Missing("no global display")


def data_of(cell, kind: str = "execute_result") -> dict:
    content = cell.first(kind)
    check(content, f"no {kind} among {cell.types} ({cell.said[-300:]})")
    return content["data"]


@case("features")
def display_convention(stage: Stage):
    """a value with Symbol.for("Jupyter.display") shows itself, bytes and JSON included"""
    types_only(stage)
    data = data_of(
        stage.kernel.run(
            '({ async [Symbol.for("Jupyter.display")]() { return { "text/html": "<b>x</b>", '
            '"application/vnd.plotly.v1+json": { data: [], layout: { height: 3 } }, "text/plain": "x" }; } })'
        )
    )
    equal(data.get("text/html"), "<b>x</b>", "HTML")
    equal(data.get("application/vnd.plotly.v1+json"), {"data": [], "layout": {"height": 3}}, "figure")
    equal(data.get("text/plain"), "x", "text")


@case("features")
def display_tslab(stage: Stage):
    """tslab's display works"""
    types_only(stage)
    cell = stage.kernel.run(
        'import { display as tslabDisplay } from "tslab";\ntslabDisplay.html("<i>t</i>");'
    )
    equal(data_of(cell, "display_data").get("text/html"), "<i>t</i>", "HTML")


@case("features")
def display_tags(stage: Stage):
    """html, md and svg tags, with values escaped"""
    own_display(stage)
    equal(data_of(stage.kernel.run('html`<b>${"a<b"}</b>`')).get("text/html"), "<b>a&lt;b</b>", "HTML")
    equal(data_of(stage.kernel.run("md`**${1 + 1}**`")).get("text/markdown"), "**2**", "Markdown")
    contains(data_of(stage.kernel.run("svg`<svg></svg>`")).get("image/svg+xml", ""), "<svg", "SVG")


@case("features")
def display_picture(stage: Stage):
    """the bytes of a PNG are drawn as a picture"""
    own_display(stage)
    data = data_of(stage.kernel.run(f'Buffer.from("{PNG}", "base64")'))
    equal(data.get("image/png"), PNG, "PNG in base64")
    equal(
        data_of(stage.kernel.run(f'display(Buffer.from("{PNG}", "base64"));'), "display_data").get(
            "image/png"
        ),
        PNG,
        "PNG",
    )


@case("features")
def display_table(stage: Stage):
    """an array of records is a table"""
    own_display(stage)
    html = data_of(stage.kernel.run('[{ name: "a<", size: 1 }, { name: "b", size: 2 }]')).get("text/html", "")
    check("<table" in html and "a&lt;" in html and "size" in html, f"HTML {html[:300]!r}")


@case("features")
def display_typed_array(stage: Stage):
    """a typed array is told by length and range, not printed whole"""
    own_display(stage)
    text = data_of(stage.kernel.run("Float32Array.from({ length: 10000 }, (_, i) => i / 10000)"))[
        "text/plain"
    ]
    check(len(text) < 2000, f"{len(text)} characters")
    contains(text, "Float32Array", "text")
    contains(text.replace(",", "").replace("_", ""), "10000", "text")


@case("features")
def display_plotly(stage: Stage):
    """a Plotly figure is drawn"""
    own_display(stage)
    data = data_of(stage.kernel.run('({ data: [{ type: "scatter", y: [1, 2] }], layout: { title: "t" } })'))
    check("application/vnd.plotly.v1+json" in data, f"types {list(data)}")


@case("features")
def display_progress(stage: Stage):
    """a progress bar changes in its place"""
    own_display(stage)
    cell = stage.kernel.run('const bar = display("0 %");\nfor (let i = 1; i < 4; i++) bar.update(`${i} %`);')
    equal(cell.types, ["execute_input", "display_data"] + ["update_display_data"] * 3, "messages")
    ids = {
        message.content["transient"]["display_id"] for message in cell.messages if "display" in message.type
    }
    equal(len(ids), 1, "different ids")


@case("features")
def display_once(stage: Stage):
    """display as the last expression of a cell shows its value once"""
    own_display(stage)
    cell = stage.kernel.run('display("only once")')
    equal(cell.said.count("only once"), 1, f"times in {cell.types}")


@case("features")
def display_fails(stage: Stage):
    """a value whose own display fails is an error or shown plainly, and the kernel goes on"""
    types_only(stage)
    stage.kernel.run('({ [Symbol.for("Jupyter.display")]() { throw new Error("cannot draw"); } })')
    equal(stage.kernel.run("1+1").result, "2", "the next cell")
    stage.kernel.run(
        '({ get [Symbol.toStringTag]() { throw new Error("no tag"); }, get a() { throw new Error("b"); } })'
    )
    equal(stage.kernel.run("1+1").result, "2", "the next cell")


@case("features")
def values_print_readably(stage: Stage):
    """values are printed as Node's console prints them"""
    cell = javascript_cells(stage, 'new Map([["a", [1, { b: 2n }]]])')
    equal(cell.result, "Map(1) { 'a' => [ 1, { b: 2n } ] }", "text")
    contains(javascript_cells(stage, "(function named() {})").result or "", "named", "a function")
    equal(javascript_cells(stage, "'text'").result, "'text'", "a string")


@case("features")
def result_of_50_mb(stage: Stage):
    """a result of many megabytes arrives whole or says that it was cut"""
    cell = stage.kernel.run(
        stage.code("expression", Code='"x".repeat(5000000)')
        if stage.language.name != "python"
        else '"x" * 5000000'
    )
    text = cell.result or ""
    check(len(text) >= 5_000_000 or "more" in text, f"{len(text)} characters, end {text[-80:]!r}")
