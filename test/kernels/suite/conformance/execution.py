"""Running cells: counts, flags, errors and the queue."""

from ..cases import case, check, equal
from ..stage import Stage


@case("conformance")
def execute_input_published(stage: Stage):
    """the code and its number are published"""
    code = stage.code("trivial")
    cell = stage.kernel.run(code)
    sent = cell.first("execute_input")
    check(sent, f"no execute_input among {cell.types}")
    equal(sent["code"], code, "code")
    equal(sent["execution_count"], cell.content["execution_count"], "number")


@case("conformance")
def execute_result(stage: Stage):
    """the value of a cell arrives as execute_result with the cell's number"""
    cell = stage.run("trivial")
    equal(cell.types, ["execute_input", "execute_result"], "messages")
    equal(cell.result, "2", "result")
    equal(cell.first("execute_result")["execution_count"], cell.content["execution_count"], "number")
    equal(cell.first("execute_result")["metadata"], {}, "metadata")


@case("conformance")
def execution_count_increments(stage: Stage):
    """each cell has the next number"""
    first = stage.run("trivial").content["execution_count"]
    equal(stage.run("trivial").content["execution_count"], first + 1, "number")


@case("conformance")
def count_after_error(stage: Stage):
    """a cell that fails has a number too"""
    first = stage.run("throw", text="x").content
    equal(stage.run("trivial").content["execution_count"], first["execution_count"] + 1, "number")


@case("conformance")
def undefined_no_result(stage: Stage):
    """a cell without a value has no result"""
    equal(stage.run("undefined").types, ["execute_input"], "messages")


@case("conformance")
def empty_cell(stage: Stage):
    """a cell without code is answered and shows nothing"""
    for code in ("", " \n"):
        cell = stage.kernel.run(code)
        equal(cell.status, "ok", f"status of {code!r}")
        check(set(cell.types) <= {"execute_input"}, f"messages {cell.types}")


@case("conformance")
def silent_no_output_no_count(stage: Stage):
    """a silent cell runs, publishes only its status and has no number"""
    name = stage.unique("quiet")
    before = stage.run("trivial").content["execution_count"]
    cell = stage.kernel.run(stage.code("assign", Name=name, value=5), silent=True)
    equal(cell.status, "ok", "status")
    shown = stage.kernel.run(stage.code("trivial"), silent=True)
    equal(cell.types + shown.types, [], "messages")
    after = stage.kernel.run(name)
    equal(after.result, "5", "what the silent cell defined")
    equal(after.content["execution_count"], before + 1, "number of the next cell")


@case("conformance")
def silent_no_streams(stage: Stage):
    """what a silent cell prints is not broadcast"""
    cell = stage.kernel.run(stage.code("print", text="not shown"), silent=True)
    equal((cell.status, cell.types), ("ok", []), "status and messages")


@case("conformance")
def store_history_false_no_count(stage: Stage):
    """a cell that is not stored has no number of its own"""
    before = stage.run("trivial").content["execution_count"]
    cell = stage.kernel.run(stage.code("print", text="shown"), store_history=False)
    equal(cell.text("stdout"), "shown\n", "output")
    equal(stage.run("trivial").content["execution_count"], before + 1, "number of the next cell")


@case("conformance")
def user_expressions(stage: Stage):
    """expressions are evaluated after the cell, as MIME bundles"""
    name = stage.unique("told")
    cell = stage.kernel.run(stage.code("assign", Name=name, value=20), user_expressions={"one": f"{name}+1"})
    equal(cell.status, "ok", "status")
    found = cell.content.get("user_expressions", {}).get("one", {})
    equal(found.get("status"), "ok", f"status in {found}")
    equal(found.get("data", {}).get("text/plain"), "21", "value")
    check(isinstance(found.get("metadata"), dict), "metadata is missing")


@case("conformance")
def user_expressions_error(stage: Stage):
    """an expression that fails tells its error and leaves the others and the cell alone"""
    cell = stage.kernel.run(
        stage.code("trivial"), user_expressions={"bad": "noSuchName + 1", "worse": "1 +", "good": "2+3"}
    )
    equal(cell.status, "ok", "status of the cell")
    found = cell.content.get("user_expressions", {})
    for key in ("bad", "worse"):
        equal(found.get(key, {}).get("status"), "error", f"status of {key!r}")
        for field, kind in (("ename", str), ("evalue", str), ("traceback", list)):
            check(isinstance(found[key].get(field), kind), f"{field} of {key!r} is {found[key].get(field)!r}")
    equal(found.get("good", {}).get("data", {}).get("text/plain"), "5", "the good one")
    equal(cell.types.count("error"), 0, "errors on iopub")


@case("conformance")
def error_message_fields(stage: Stage):
    """an error is told on iopub and in the reply, with ename, evalue and traceback"""
    cell = stage.run("throw", text="too far")
    name = stage.code("error_name")
    equal(cell.status, "error", "status")
    published = cell.first("error")
    check(published, f"no error among {cell.types}")
    for content in (published, cell.content):
        equal(content.get("ename"), name, "ename")
        equal(content.get("evalue"), "too far", "evalue")
        check(
            isinstance(content.get("traceback"), list)
            and all(isinstance(line, str) for line in content["traceback"]),
            f"traceback {content.get('traceback')!r}",
        )
        check(name in "\n".join(content["traceback"]), f"traceback without {name}: {content['traceback']}")
    check("execution_count" in cell.content, "the reply has no execution_count")


@case("conformance")
def syntax_error(stage: Stage):
    """code that cannot be read is an error and not the end"""
    cell = stage.run("syntax_error")
    equal(cell.status, "error", "status")
    check(cell.first("error"), f"no error among {cell.types}")
    equal(stage.run("trivial").result, "2", "the cell after it")


@case("conformance")
def stop_on_error_aborts_queue(stage: Stage):
    """cells that were queued behind one that fails are aborted"""
    kernel = stage.kernel
    failing = kernel.execute(stage.code("sleep", seconds=0.3) + "\n" + stage.code("throw", text="first"))
    queued = [kernel.execute(stage.code("print", text=f"queued {i}")) for i in range(3)]
    equal(kernel.wait(failing).status, "error", "status of the first")
    for cell in queued:
        kernel.wait(cell)
        equal(cell.status, "aborted", "status of a queued cell")
        equal(cell.text(), "", "output of a queued cell")


@case("conformance")
def abort_spares_other_requests(stage: Stage):
    """only cells are aborted: other requests behind one that fails are answered"""
    kernel = stage.kernel
    failing = kernel.execute(stage.code("sleep", seconds=0.3) + "\n" + stage.code("throw", text="first"))
    asked = kernel.request("kernel_info_request", {})
    aborted = kernel.execute(stage.code("trivial"))
    kernel.wait(failing)
    equal(kernel.wait(asked).reply.type, "kernel_info_reply", "type")
    equal(asked.status, "ok", "status of kernel_info")
    equal(kernel.wait(aborted).status, "aborted", "status of the cell")


@case("conformance")
def stop_on_error_false_continues(stage: Stage):
    """with stop_on_error false the queue goes on"""
    kernel = stage.kernel
    code = stage.code("sleep", seconds=0.2) + "\n" + stage.code("throw", text="first")
    failing = kernel.execute(code, stop_on_error=False)
    queued = kernel.execute(stage.code("trivial"))
    equal(kernel.wait(failing).status, "error", "status of the first")
    equal(kernel.wait(queued).result, "2", "result of the second")


@case("conformance")
def new_request_right_after_error(stage: Stage):
    """a cell sent right after a failed one runs"""
    for _ in range(5):
        stage.run("throw", text="gone")
        equal(stage.run("trivial").result, "2", "result")


@case("conformance")
def new_request_after_error_reply(stage: Stage):
    """a cell sent as soon as the reply tells the error runs, before idle too"""
    for _ in range(5):
        failing = stage.kernel.execute(stage.code("throw", text="gone"))
        stage.kernel.wait(failing, idle=False)
        equal(stage.run("trivial").result, "2", "result")


@case("conformance")
def serial_shell_order(stage: Stage):
    """cells run one after the other in the order they were sent"""
    kernel = stage.kernel
    codes = [
        stage.code("sleep", seconds=0.05) + "\n" + stage.code("print", text=f"turn {i}") for i in range(8)
    ]
    cells = [kernel.execute(code) for code in codes]
    for cell in cells:
        kernel.wait(cell)
    equal([cell.text("stdout") for cell in cells], [f"turn {i}\n" for i in range(8)], "outputs")
    moments = [message.at for cell in cells for message in cell.messages]
    equal(moments, sorted(moments), "arrivals on iopub, cell by cell")
    numbers = [cell.content["execution_count"] for cell in cells]
    equal(numbers, list(range(numbers[0], numbers[0] + 8)), "numbers")


@case("conformance")
def streams_have_names(stage: Stage):
    """stdout and stderr arrive under their names"""
    equal(stage.run("print", text="plain").text("stdout"), "plain\n", "stdout")
    equal(stage.run("print_error", text="warned").text("stderr"), "warned\n", "stderr")
    equal(stage.run("print", text="é 😀 \u2028 ü").text("stdout"), "é 😀 \u2028 ü\n", "stdout beyond ASCII")
