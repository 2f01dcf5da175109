"""What a kernel must not accept and must survive."""

import json

import psutil
import zmq

from ..cases import case, check, equal
from ..kernel import Kernel
from ..messages import REQUESTS
from ..stage import Stage


def frames_of(kernel: Kernel, code: str, signature: "bytes | None" = None) -> "list[bytes]":
    """An execute_request as frames, by default with its true signature."""
    message = kernel.session.msg(
        "execute_request",
        {"code": code, "silent": False, "store_history": True, "user_expressions": {}, "allow_stdin": False},
    )
    frames = kernel.session.serialize(message)
    if signature is not None:
        frames[1] = signature
    return frames


def refused(stage: Stage, signature: bytes) -> None:
    """No trace of the request: no output, no effect, and the kernel goes on."""
    kernel = stage.kernel
    name = stage.unique("forged")
    stage.run("assign", Name=name, value=1)
    kernel.strays.clear()
    for channel in ("shell", "control"):
        kernel.channels[channel].send_multipart(frames_of(kernel, f"{name} = 2", signature))
    equal(kernel.run(name).result, "1", "the variable that the forged cell changes")
    kinds = [message.type for message in kernel.strays if message.type != "status"]
    equal(kinds, [], "messages caused by the forged cell")


@case("conformance")
def bad_hmac_survives(stage: Stage):
    """a message with a wrong signature is ignored"""
    refused(stage, b"0" * 64)


@case("conformance")
def missing_signature(stage: Stage):
    """a message without a signature is ignored"""
    refused(stage, b"")


@case("conformance")
def shortened_signature(stage: Stage):
    """a message with the beginning of its true signature is ignored"""
    kernel = stage.kernel
    name = stage.unique("shortened")
    stage.run("assign", Name=name, value=1)
    frames = frames_of(kernel, f"{name} = 2")
    frames[1] = frames[1][:32]
    kernel.channels["shell"].send_multipart(frames)
    equal(kernel.run(name).result, "1", "the variable that the cell changes")


@case("conformance")
def loopback_only(stage: Stage):
    """the kernel listens on the loopback interface alone"""
    stage.run("trivial")
    open_to = [
        connection.laddr.ip
        for process in stage.kernel.processes()
        for connection in process.net_connections(kind="inet")
        if connection.status == psutil.CONN_LISTEN
    ]
    check(len(open_to) >= 5, f"{len(open_to)} listening sockets")
    check(set(open_to) <= {"127.0.0.1", "::1"}, f"listens on {sorted(set(open_to))}")


@case("conformance")
def malformed_frames_survive(stage: Stage):
    """frames that are no message disturb nothing"""
    kernel = stage.kernel
    delimiter = b"<IDS|MSG>"
    signed = kernel.session.sign
    for channel in ("shell", "control", "stdin"):
        socket = kernel.channels[channel]
        for frames in (
            [b""],
            [b"text"],
            [delimiter],
            [delimiter, b""],
            [delimiter, b"", b"{}", b"{}", b"{}"],
            [delimiter, signed([b"{", b"{}", b"{}", b"{}"]), b"{", b"{}", b"{}", b"{}"],
            [delimiter, signed([b"{}"] * 4), b"{}", b"{}", b"{}", b"{}"],
            [delimiter, signed([b"[]", b"1", b"null", b'"x"']), b"[]", b"1", b"null", b'"x"'],
            [delimiter, signed([b"\xff\xfe", b"{}", b"{}", b"{}"]), b"\xff\xfe", b"{}", b"{}", b"{}"],
            [b"x"] * 500,
        ):
            socket.send_multipart(frames)
    equal(stage.run("trivial").result, "2", "the cell after it")
    check(kernel.alive(), "no heartbeat")


@case("conformance")
def wrong_content_survives(stage: Stage):
    """signed requests with missing or wrong content are answered or ignored, and the next cell runs"""
    kernel = stage.kernel
    for kind in REQUESTS:
        for content in ({}, {"code": None}, {"code": 5, "cursor_pos": "x"}, {"comm_id": [], "data": 3}):
            kernel.request(kind, content)
    last = kernel.request("kernel_info_request", {})
    kernel.pump(lambda: last.reply is not None, 20)
    for kind in ("interrupt_request", "debug_request"):
        asked = kernel.request(kind, {"command": 3}, channel="control")
        kernel.pump(lambda: asked.reply is not None, 1)
    equal(stage.run("trivial").result, "2", "the cell after them")


@case("conformance")
def other_front_ends(stage: Stage):
    """a second front end gets its own replies and everyone's output"""
    kernel = stage.kernel
    with kernel.extra_socket(zmq.DEALER, "shell", b"another front end") as socket:
        code = stage.code("print", text="seen by all")
        frames = frames_of(kernel, code)
        socket.send_multipart(frames)
        check(socket.poll(20_000), "the second front end has no reply")
        _, rest = kernel.session.feed_identities(socket.recv_multipart())
        equal(kernel.session.deserialize(rest)["content"]["status"], "ok", "status")
        sent = json.loads(frames[2])["msg_id"]
        kernel.pump(
            lambda: any(m.type == "stream" and m.parent.get("msg_id") == sent for m in kernel.strays), 10
        )
        check(
            any(m.type == "stream" and m.parent.get("msg_id") == sent for m in kernel.strays),
            "the first front end does not see its output",
        )


@case("conformance")
def vanished_front_end(stage: Stage):
    """a front end that vanishes in the middle of its output and of a question disturbs nothing"""
    with stage.own_kernel() as kernel:
        with kernel.extra_socket(zmq.SUB, "iopub") as subscriber:
            subscriber.subscribe(b"")
            with kernel.extra_socket(zmq.DEALER, "shell", b"gone") as socket:
                socket.send_multipart(frames_of(kernel, stage.code("print_lines", count=50_000)))
                subscriber.poll(10_000)
        equal(kernel.run(stage.code("trivial")).result, "2", "the next front end's cell")
        check(kernel.alive(), "no heartbeat")
