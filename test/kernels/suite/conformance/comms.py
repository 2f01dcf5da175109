"""Comms: lasting connections between code in the kernel and code in the front end, as widgets use them."""

from ..cases import case, check, equal
from ..stage import Stage


def open_comm(stage: Stage, target: str, data: dict, buffers=None):
    """Opens a comm from the front end; gives its id and the request."""
    comm = stage.unique("comm-")
    request = stage.kernel.request(
        "comm_open", {"comm_id": comm, "target_name": target, "data": data}, buffers=buffers
    )
    return comm, request


def send(stage: Stage, comm: str, data: dict, buffers=None):
    return stage.kernel.request("comm_msg", {"comm_id": comm, "data": data}, buffers=buffers)


def heard(stage: Stage, request, kind: str, comm: str):
    """The message of this type about the comm that the request caused."""
    stage.kernel.pump(lambda: request.idle, 20)
    found = [message for message in request.of_type(kind) if message.content.get("comm_id") == comm]
    check(found, f"no {kind} among {request.types}")
    return found[0]


def opened_in_kernel(stage: Stage):
    """A comm that a cell opened: the name of its variable and its id."""
    name = stage.unique("opened")
    cell = stage.run("comm_open", Name=name, target="some.target")
    message = cell.of_type("comm_open")
    check(message, f"no comm_open among {cell.types} ({cell.said})")
    return name, message[0]


@case("conformance")
def comm_info(stage: Stage):
    """open comms are told, all or those of one target"""
    _, message = opened_in_kernel(stage)
    comm = message.content["comm_id"]
    comms = stage.kernel.ask("comm_info_request", {}).content
    equal(comms.get("status"), "ok", "status")
    equal(comms.get("comms", {}).get(comm), {"target_name": "some.target"}, "what is told of the comm")
    filtered = stage.kernel.ask("comm_info_request", {"target_name": "another"}).content
    equal(filtered.get("comms"), {}, "comms of another target")


@case("conformance")
def comm_open_unknown_target_closes(stage: Stage):
    """a comm for an unknown target is closed at once"""
    comm, request = open_comm(stage, "no.such.target", {})
    heard(stage, request, "comm_close", comm)


@case("conformance")
def kernel_opens_comm(stage: Stage):
    """a cell opens a comm with data and bytes"""
    _, message = opened_in_kernel(stage)
    equal(message.content["target_name"], "some.target", "target_name")
    equal(message.content["data"], {"a": 1}, "data")
    equal(message.buffers, [bytes([1, 2, 255])], "buffers")


@case("conformance")
def kernel_sends_comm(stage: Stage):
    """a cell sends over its comm and closes it"""
    name, opened = opened_in_kernel(stage)
    comm = opened.content["comm_id"]
    sent = stage.run("comm_send", Name=name).of_type("comm_msg")
    check(sent, "no comm_msg")
    equal((sent[0].content["comm_id"], sent[0].content["data"]), (comm, {"b": 2}), "id and data")
    equal(sent[0].buffers, [bytes([7])], "buffers")
    closed = stage.run("comm_close", Name=name).first("comm_close")
    check(closed, "no comm_close")
    equal((closed["comm_id"], closed["data"]), (comm, {"c": 3}), "id and data of the end")
    check(
        comm not in stage.kernel.ask("comm_info_request", {}).content["comms"],
        "the closed comm is still told",
    )


@case("conformance")
def front_end_reaches_kernel_comm(stage: Stage):
    """a comm of the kernel hears messages and its end from the front end"""
    _, opened = opened_in_kernel(stage)
    comm = opened.content["comm_id"]
    request = send(stage, comm, {"x": 1})
    stage.kernel.pump(lambda: request.idle and "heard" in request.text(), 10)
    check("heard" in request.text() and '"x"' in request.text(), f"output {request.text()!r}")
    closing = stage.kernel.request("comm_close", {"comm_id": comm, "data": {}})
    stage.kernel.pump(lambda: closing.idle and "closed" in closing.text(), 10)
    check("closed by the front end" in closing.text(), f"output {closing.text()!r}")
    check(
        comm not in stage.kernel.ask("comm_info_request", {}).content["comms"],
        "the closed comm is still told",
    )


@case("conformance")
def binary_buffers_roundtrip_comm(stage: Stage):
    """data and bytes go to the kernel over a comm and come back the same"""
    target = stage.unique("echo")
    equal(stage.run("comm_target", target=target).status, "ok", "status of the cell")
    parts = [bytes(range(256)), b"", bytes(1_000_000)]
    comm, request = open_comm(stage, target, {"hello": "there"}, parts)
    message = heard(stage, request, "comm_msg", comm)
    equal(message.content["data"], {"opened": {"hello": "there"}}, "data of the opening")
    check(message.buffers == parts, f"buffers of {[len(part) for part in message.buffers]} bytes came back")
    echo = heard(stage, send(stage, comm, {"text": "é😀"}, parts), "comm_msg", comm)
    equal(echo.content["data"], {"echo": {"text": "é😀"}}, "data")
    check(echo.buffers == parts, f"buffers of {[len(part) for part in echo.buffers]} bytes came back")


@case("conformance")
def comm_reaches_variable(stage: Stage):
    """a value from the front end is in the cell's variable"""
    target, name = stage.unique("slider"), stage.unique("slid")
    stage.run("comm_variable", target=target, Name=name)
    comm, _ = open_comm(stage, target, {})
    stage.kernel.pump(lambda: False, 0.2)
    send(stage, comm, {"value": 42})
    equal(stage.kernel.run(name).result, "42", "the variable")


@case("conformance")
def comm_while_a_cell_waits(stage: Stage):
    """a cell that awaits a value from the front end gets it"""
    target, name = stage.unique("awaited"), stage.unique("waited")
    stage.run("comm_variable", target=target, Name=name)
    comm, _ = open_comm(stage, target, {})
    cell = stage.kernel.execute(stage.code("comm_wait", Name=name))
    stage.kernel.pump(lambda: "execute_input" in cell.types, 10)
    send(stage, comm, {"value": 7})
    equal(stage.kernel.wait(cell, 10).result, "7", "result of the cell that waited")


@case("conformance")
def comm_msg_to_nobody(stage: Stage):
    """messages for an unknown comm disturb nothing"""
    send(stage, "no-such-comm", {})
    stage.kernel.request("comm_close", {"comm_id": "no-such-comm", "data": {}})
    equal(stage.run("trivial").result, "2", "the cell after it")
