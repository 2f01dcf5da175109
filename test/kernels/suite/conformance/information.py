"""What a kernel says of itself, and the envelope of every message."""

import re
import time

import zmq

from ..cases import case, check, equal
from ..stage import Stage


@case("conformance")
def kernel_info_fields(stage: Stage):
    """kernel_info_reply has every field that front ends read"""
    info = stage.kernel.ask("kernel_info_request", {}).content
    equal(info.get("status"), "ok", "status")
    for field in ("protocol_version", "implementation", "implementation_version", "banner"):
        check(
            isinstance(info.get(field), str) and info[field],
            f"{field}: expected a text, found {info.get(field)!r}",
        )
    check(
        isinstance(info.get("help_links"), list),
        f"help_links: expected a list, found {info.get('help_links')!r}",
    )
    language = info.get("language_info", {})
    for field in ("name", "version", "mimetype", "file_extension"):
        check(isinstance(language.get(field), str) and language[field], f"language_info.{field} is missing")
    check(
        language["file_extension"].startswith("."),
        f"file_extension {language['file_extension']!r} has no dot",
    )


@case("conformance")
def protocol_version_5_4plus(stage: Stage):
    """declares Jupyter messaging 5.4 or newer, in kernel_info and in each header"""
    asked = stage.kernel.ask("kernel_info_request", {})
    for version in (asked.content["protocol_version"], asked.reply.header["version"]):
        check(tuple(map(int, version.split(".")[:2])) >= (5, 4), f"version {version}")


@case("conformance")
def control_kernel_info(stage: Stage):
    """kernel_info_request is answered on control too"""
    asked = stage.kernel.ask("kernel_info_request", {}, channel="control")
    equal(asked.reply.type, "kernel_info_reply", "reply")
    equal(asked.reply.channel, "control", "channel of the reply")


@case("conformance")
def iopub_topics(stage: Stage):
    """each message on iopub carries its type in its topic"""
    cell = stage.run("print", text="a topic")
    for message in cell.messages:
        topic = message.topic.decode()
        check(
            message.type in topic and not topic.endswith("."),
            f"a message {message.type} has the topic {topic!r}",
        )


@case("conformance")
def starting_status(stage: Stage):
    """the first status is `starting`"""
    with stage.own_kernel() as kernel:
        states = [
            message.content.get("execution_state") for message in kernel.strays if message.type == "status"
        ]
        equal(states[:1], ["starting"], "first status that belongs to no request")


@case("conformance")
def iopub_welcome(stage: Stage):
    """a subscriber is welcomed with its subscription, and before anything else"""
    with stage.kernel.extra_socket(zmq.SUB, "iopub") as socket:
        socket.subscribe(b"kernel.stream")
        check(socket.poll(20_000), "no message after subscribing")
        _, frames = stage.kernel.session.feed_identities(socket.recv_multipart())
        message = stage.kernel.session.deserialize(frames)
        equal(message["header"]["msg_type"], "iopub_welcome", "type")
        equal(message["content"], {"subscription": "kernel.stream"}, "content")


@case("conformance")
def status_around_each_request(stage: Stage):
    """busy comes before and idle after the answer to every kind of request"""
    requests = {
        "kernel_info_request": {},
        "complete_request": {"code": "", "cursor_pos": 0},
        "is_complete_request": {"code": "1"},
        "inspect_request": {"code": "x", "cursor_pos": 1, "detail_level": 0},
        "history_request": {"hist_access_type": "tail", "n": 1, "raw": True, "output": False},
        "comm_info_request": {},
    }
    for kind, content in requests.items():
        equal(stage.kernel.ask(kind, content).states, ["busy", "idle"], f"states around {kind}")
    equal(stage.run("trivial").states, ["busy", "idle"], "states around execute_request")


@case("conformance")
def parent_headers(stage: Stage):
    """everything that belongs to a request carries its whole header as parent"""
    kernel = stage.kernel
    cell = stage.run("print", text="whose")
    for message in [cell.reply, *cell.messages]:
        for field in ("msg_id", "session", "username", "msg_type", "version"):
            equal(message.parent.get(field), cell.header[field], f"parent {field} of {message.type}")
    check(not kernel.strays or all(message.type != "stream" for message in kernel.strays), "stray output")


@case("conformance")
def own_headers(stage: Stage):
    """headers have unique ids, one session, a date with its zone, a user name"""
    cell = stage.run("print", text="heads")
    headers = [message.header for message in [cell.reply, *cell.messages]]
    equal(len({header["msg_id"] for header in headers}), len(headers), "different ids")
    equal(len({header["session"] for header in headers}), 1, "different sessions")
    for header in headers:
        check(isinstance(header.get("username"), str), f"username {header.get('username')!r}")
        date = header.get("date")
        # jupyter_client makes a date of what has the form of one.
        text = date.isoformat() if hasattr(date, "isoformat") else str(date)
        check(re.match(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d.*(Z|[+-]\d\d:?\d\d)$", text), f"date {text!r}")


@case("conformance")
def unknown_msg_survives(stage: Stage):
    """a request of an unknown type disturbs nothing"""
    for channel in ("shell", "control"):
        stage.kernel.request("no_such_request", {"a": 1}, channel=channel)
    equal(stage.run("trivial").result, "2", "the cell after it")


@case("conformance")
def heartbeat_idle(stage: Stage):
    """the heart beats while nothing runs"""
    check(stage.kernel.alive(), "no echo in 5 s")


@case("conformance")
def heartbeat_while_busy(stage: Stage):
    """the heart beats while a cell loops"""
    cell = stage.kernel.execute(stage.code("busy", seconds=2))
    stage.kernel.pump(lambda: "execute_input" in cell.types or "busy" in cell.states, 10)
    time.sleep(0.3)
    check(stage.kernel.alive(2), "no echo in 2 s")
    check(cell.reply is None, "the cell ended before it was tried")
    stage.kernel.wait(cell)


@case("conformance")
def control_while_busy(stage: Stage):
    """control answers while a cell loops"""
    kernel = stage.kernel
    cell = kernel.execute(stage.code("busy", seconds=2))
    kernel.pump(lambda: "execute_input" in cell.types or "busy" in cell.states, 10)
    time.sleep(0.3)
    asked = kernel.request("kernel_info_request", {}, channel="control")
    kernel.pump(lambda: asked.reply is not None or cell.reply is not None, 10)
    check(asked.reply is not None and cell.reply is None, "no answer on control before the cell ended")
    kernel.wait(cell)


@case("conformance")
def debug_request(stage: Stage):
    """a debug request is answered on control, also by a kernel that has no debugger"""
    content = {"type": "request", "seq": 1, "command": "debugInfo", "arguments": {}}
    reply = stage.kernel.ask("debug_request", content, channel="control").reply
    equal(reply.type, "debug_reply", "type")
    equal(reply.content.get("type"), "response", "type of the debugger's answer")
    equal(reply.content.get("request_seq"), 1, "request_seq")
    equal(reply.content.get("command"), "debugInfo", "command")
    check(isinstance(reply.content.get("success"), bool), f"success {reply.content.get('success')!r}")
