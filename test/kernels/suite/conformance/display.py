"""Rich output and its changes."""

from ..cases import case, check, equal
from ..stage import Stage


@case("conformance")
def display_data(stage: Stage):
    """a display carries its MIME bundle"""
    cell = stage.run("display", html="<b>1</b>", plain="one", Name=stage.unique("shown"))
    equal(cell.status, "ok", f"status ({cell.said})")
    shown = cell.first("display_data")
    check(shown, f"no display_data among {cell.types}")
    equal(shown["data"].get("text/html"), "<b>1</b>", "HTML")
    check(isinstance(shown.get("metadata"), dict), "metadata is missing")


@case("conformance")
def rich_result(stage: Stage):
    """the value of a cell shows itself in several types"""
    cell = stage.run("rich_result", html="<b>2</b>", plain="two")
    result = cell.first("execute_result")
    check(result, f"no execute_result among {cell.types}")
    equal(result["data"].get("text/html"), "<b>2</b>", "HTML")
    equal(result["data"].get("text/plain"), "two", "plain text")


@case("conformance")
def update_display_data(stage: Stage):
    """a display is changed under its id"""
    cell = stage.run(
        "display_update", first="<b>1</b>", second="<b>2</b>", id="bar", Name=stage.unique("bar")
    )
    equal(cell.types, ["execute_input", "display_data", "update_display_data"], f"messages ({cell.said})")
    shown, changed = cell.first("display_data"), cell.first("update_display_data")
    equal(shown["data"].get("text/html"), "<b>1</b>", "HTML at first")
    equal(changed["data"].get("text/html"), "<b>2</b>", "HTML then")
    name = shown.get("transient", {}).get("display_id")
    check(name, "the display has no id")
    equal(changed.get("transient", {}).get("display_id"), name, "id of the change")


@case("conformance")
def update_from_another_cell(stage: Stage):
    """a later cell changes the display of an earlier one"""
    stage.run("display_update", first="a", second="b", id="later", Name=stage.unique("later"))
    changed = stage.run("update_later", html="c", id="later").first("update_display_data")
    check(changed, "no update_display_data")
    equal(changed["data"]["text/html"], "c", "HTML")
    equal(changed["transient"], {"display_id": "later"}, "id")


@case("conformance")
def clear_output(stage: Stage):
    """output is cleared in its place between other output"""
    cell = stage.run("clear")
    equal(cell.types, ["execute_input", "stream", "clear_output", "stream"], f"messages ({cell.said})")
    equal(cell.first("clear_output"), {"wait": False}, "content")


@case("conformance")
def clear_output_wait(stage: Stage):
    """output is cleared when the next comes"""
    cell = stage.run("clear_wait")
    equal(cell.types, ["execute_input", "stream", "clear_output", "stream"], f"messages ({cell.said})")
    equal(cell.first("clear_output"), {"wait": True}, "content")
