"""Asking the reader."""

from ..cases import case, check, equal
from ..stage import Stage


def asking(stage: Stage, snippet: str, line: "str | None", question: str = "Your name: ", **options):
    """Runs the snippet and answers its question."""
    stage.kernel.answer = lambda request: line
    cell = stage.kernel.run(stage.code(snippet, question=question), **options)
    return cell


@case("conformance")
def stdin_input_request(stage: Stage):
    """a question reaches the front end and its answer the cell"""
    cell = asking(stage, "input", "Ada é😀")
    check(cell.input_requests, f"no input_request ({cell.said})")
    request = cell.input_requests[0]
    check("Your name: " in request.content["prompt"], f"prompt {request.content['prompt']!r}")
    equal(bool(request.content["password"]), False, "password")
    equal(request.parent.get("msg_id"), cell.id, "parent of the question")
    check("Ada é😀" in (cell.result or ""), f"result {cell.result!r}")


@case("conformance")
def stdin_password(stage: Stage):
    """a question for a password is marked"""
    cell = asking(stage, "input_password", "secret")
    check(cell.input_requests, f"no input_request ({cell.said})")
    check(cell.input_requests[0].content["password"] is True, f"content {cell.input_requests[0].content}")
    check("secret" in (cell.result or ""), f"result {cell.result!r}")


@case("conformance")
def stdin_prompt(stage: Stage):
    """a synchronous question stops the cell until it is answered"""
    cell = asking(stage, "input_now", "at once")
    check(cell.input_requests, f"no input_request ({cell.said})")
    check("at once" in (cell.result or ""), f"result {cell.result!r}")


@case("conformance")
def stdin_two_questions(stage: Stage):
    """several questions in one cell are asked one after the other"""
    lines = ["first", "second"]
    stage.kernel.answer = lambda request: lines.pop(0)
    code = stage.code("input", question="a") + ";\n" + stage.code("input", question="b")
    cell = stage.kernel.run(code)
    equal(len(cell.input_requests), 2, "questions")
    check("second" in (cell.result or ""), f"result {cell.result!r}")


@case("conformance")
def stdin_not_allowed(stage: Stage):
    """a question is an error where the front end takes no input"""
    for snippet in ("input", "input_now"):
        cell = asking(stage, snippet, "never", allow_stdin=False)
        equal(cell.input_requests, [], "questions")
        equal(cell.status, "error", f"status of {snippet}")


@case("conformance")
def stdin_interrupt(stage: Stage):
    """an unanswered question can be interrupted, and the next cell asks anew"""
    for snippet in ("input", "input_now"):
        cell = stage.kernel.execute(stage.code(snippet, question="?"))
        stage.kernel.pump(lambda: bool(cell.input_requests), 20)
        check(cell.input_requests, f"no input_request from {snippet}")
        stage.kernel.send_interrupt_signal()
        stage.kernel.wait(cell, 20)
        again = asking(stage, snippet, "now")
        check("now" in (again.result or ""), f"result {again.result!r} of {snippet} after the interrupt")
