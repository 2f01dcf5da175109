"""One kernel process and its five sockets."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import tempfile
import time
from contextlib import contextmanager
from pathlib import Path
from typing import Callable, Iterable

import psutil
import zmq
from jupyter_client.manager import KernelManager
from jupyter_client.session import Session

from .messages import Exchange, Message


class KernelFailure(Exception):
    """The kernel ended or did not answer."""


class Kernel:
    """
    Starts the kernel `name` in `folder`, where it also keeps what it writes for its user.
    `subscription` is the topic on iopub.
    """

    #: Seconds until something that must happen has not happened; other programs may use the machine.
    patience = 60.0

    def __init__(
        self, name: str, folder: Path, *, environment: dict[str, str] | None = None, subscription=b""
    ):
        self.name = name
        self.folder = folder
        self.context = zmq.Context()
        self.manager = KernelManager(kernel_name=name, cache_ports=False)
        self.manager.write_connection_file()
        self.connection = self.manager.get_connection_info()
        # Several of our sockets may receive the same message: signatures are not remembered.
        self.session = Session(
            key=self.connection["key"],
            signature_scheme=self.connection["signature_scheme"],
            digest_history_size=0,
        )
        self.exchanges: dict[str, Exchange] = {}
        #: Messages that belong to no request of ours.
        self.strays: list[Message] = []
        #: Called for an input_request; gives the line that is sent back, None sends nothing.
        self.answer: Callable[[Message], str | None] = lambda request: None
        self.subscription = subscription
        self.channels = {
            "iopub": self.socket(zmq.SUB, "iopub"),
            "shell": self.socket(zmq.DEALER, "shell"),
            "control": self.socket(zmq.DEALER, "control"),
            "stdin": self.socket(zmq.DEALER, "stdin"),
        }
        self.log = folder / "kernel.log"
        data, ipython = folder / "data", folder / "ipython"
        if not ipython.exists():
            ipython.mkdir()
        with open(self.log, "ab") as log:
            self.started = time.monotonic()
            self.manager.start_kernel(
                cwd=str(folder),
                env={
                    **os.environ,
                    "HOME": str(data),
                    "XDG_DATA_HOME": str(data),
                    "JUPYTER_DATA_DIR": str(data),
                    "JUPYTER_RUNTIME_DIR": str(data / "runtime"),
                    "IPYTHONDIR": str(ipython),
                    **(environment or {}),
                },
                stdout=log,
                stderr=subprocess.STDOUT,
            )
        self.process: subprocess.Popen = self.manager.provisioner.process

    @property
    def pid(self) -> int:
        return self.process.pid

    def socket(self, kind: int, channel: str) -> zmq.Socket:
        """A new socket connected to this channel."""
        socket = self.context.socket(kind)
        socket.linger = 0
        socket.rcvhwm = socket.sndhwm = 0
        # Subscribed before the kernel is up, or its first status is missed.
        socket.reconnect_ivl = 1
        socket.reconnect_ivl_max = 20
        if kind == zmq.DEALER:
            # The kernel finds our stdin by the identity of our shell.
            socket.identity = self.session.bsession
        if kind == zmq.SUB:
            socket.subscribe(self.subscription)
        socket.connect(self.address(channel))
        return socket

    def address(self, channel: str) -> str:
        return f"tcp://{self.connection['ip']}:{self.connection[f'{channel}_port']}"

    def wait_until_ready(self) -> Exchange:
        """
        Ready: kernel_info is answered and iopub reaches us. A kernel that publishes before we are subscribed is
        asked again.
        """
        deadline = time.monotonic() + self.patience
        while True:
            asked = self.request("kernel_info_request", {})
            if self.pump(lambda: asked.reply is not None, 20) and self.pump(lambda: asked.idle, 0.5):
                return asked
            if time.monotonic() > deadline:
                raise KernelFailure(
                    f"no answer to kernel_info_request in {self.patience:.0f} s{self.last_words()}"
                )

    # Sending

    def request(self, kind: str, content: dict, *, channel="shell", buffers=None, metadata=None) -> Exchange:
        message = self.session.msg(kind, content, metadata=metadata)
        exchange = Exchange(message["header"]["msg_id"], channel, message["header"])
        self.exchanges[exchange.id] = exchange
        self.session.send(self.channels[channel], message, buffers=buffers)
        return exchange

    def execute(self, code: str, **options) -> Exchange:
        """Sends the cell without waiting."""
        content = {
            "code": code,
            "silent": False,
            "store_history": True,
            "user_expressions": {},
            "allow_stdin": True,
            "stop_on_error": True,
            **options,
        }
        return self.request("execute_request", content)

    # Receiving

    def pump(self, until: Callable[[], bool], seconds: float) -> bool:
        """Takes messages until the condition holds; False: not in time. Fails when the kernel ends."""
        poller = zmq.Poller()
        names = {}
        for name, socket in self.channels.items():
            poller.register(socket, zmq.POLLIN)
            names[socket] = name
        deadline = time.monotonic() + seconds
        while not until():
            left = deadline - time.monotonic()
            if left <= 0:
                return False
            ready = poller.poll(min(left, 0.2) * 1000)
            for socket, _ in ready:
                self.receive(names[socket], socket)
            if not ready and self.process.poll() is not None and not until():
                raise KernelFailure(f"the kernel has ended{self.last_words()}")
        return True

    def receive(self, channel: str, socket: zmq.Socket) -> None:
        while True:
            try:
                frames = socket.recv_multipart(zmq.NOBLOCK, copy=True)
            except zmq.Again:
                return
            topics, rest = self.session.feed_identities(frames)
            raw = self.session.deserialize(rest)
            message = Message(
                channel,
                raw["header"]["msg_type"],
                raw["content"],
                raw["header"],
                raw["parent_header"],
                raw["metadata"],
                [bytes(buffer) for buffer in raw["buffers"]],
                topics[0] if topics else b"",
            )
            # A fuzzed request's own header comes back as the parent.
            parent = message.parent.get("msg_id") if isinstance(message.parent, dict) else None
            exchange = self.exchanges.get(parent) if isinstance(parent, str) else None
            if exchange is None:
                self.strays.append(message)
                continue
            exchange.take(message)
            if channel == "stdin" and message.type == "input_request":
                line = self.answer(message)
                if line is not None:
                    self.reply_to_input(message, line)

    def reply_to_input(self, request: Message, line: str) -> None:
        self.session.send(self.channels["stdin"], "input_reply", {"value": line}, parent=request.header)

    def wait(self, exchange: Exchange, seconds: float | None = None, *, idle=True) -> Exchange:
        """Waits for the reply and, unless told otherwise, the idle status."""
        seconds = seconds or self.patience
        if not self.pump(lambda: exchange.reply is not None and (exchange.idle or not idle), seconds):
            have = f"reply {exchange.status!r}, states {exchange.states}, messages {exchange.types[:10]}"
            raise KernelFailure(f"not answered in {seconds:.0f} s: {have}{self.last_words()}")
        return exchange

    def wait_for_text(self, exchange: Exchange, text: str, seconds: float | None = None) -> bool:
        """Waits until the cell has written the text; False: not in time, or it has ended without."""
        self.pump(lambda: text in exchange.text() or exchange.reply is not None, seconds or self.patience)
        return text in exchange.text()

    def run(self, code: str, seconds: float | None = None, **options) -> Exchange:
        """Runs a cell to its end."""
        return self.wait(self.execute(code, **options), seconds)

    def ask(self, kind: str, content: dict, seconds: float | None = None, *, channel="shell") -> Exchange:
        """A request other than a cell, with its answer."""
        return self.wait(self.request(kind, content, channel=channel), seconds)

    def alive(self, seconds: float = 5.0) -> bool:
        """Whether the heart beats."""
        with self.extra_socket(zmq.REQ, "hb") as socket:
            socket.send(b"ping")
            return bool(socket.poll(seconds * 1000)) and socket.recv() == b"ping"

    @contextmanager
    def extra_socket(self, kind: int, channel: str, identity: bytes | None = None):
        """A further socket of a channel, closed at the end. Without `identity` the kernel chooses one."""
        socket = self.context.socket(kind)
        socket.linger = 500
        if identity is not None:
            socket.identity = identity
        socket.connect(self.address(channel))
        try:
            yield socket
        finally:
            socket.close()

    # The process

    def processes(self) -> Iterable[psutil.Process]:
        """The kernel with its children: some are started by a small program in front."""
        process = psutil.Process(self.pid)
        return [process, *process.children(recursive=True)]

    def memory(self) -> float:
        """MB resident in the kernel and its children."""
        return sum(process.memory_info().rss for process in self.processes()) / 1e6

    def cpu(self) -> float:
        """Milliseconds of processor time that the kernel and its children used until now."""
        times = [process.cpu_times() for process in self.processes()]
        return sum(one.user + one.system for one in times) * 1000

    def send_interrupt_signal(self) -> None:
        """SIGINT as front ends send it: to the kernel's process group."""
        os.killpg(os.getpgid(self.pid), signal.SIGINT)

    def last_words(self) -> str:
        """What has become of the process, and the end of what it wrote to its own stdout and stderr."""
        code = self.process.poll()
        if code is None:
            process = psutil.Process(self.pid)
            times = process.cpu_times()
            state = f"{process.status()}, {times.user + times.system:.1f} s of processor time"
        else:
            state = f"ended with code {code}"
        text = self.log.read_text("utf-8", "replace")[-2000:].strip()
        return f"; the process: {state}" + (f"; it wrote: {text}" if text else "")

    def kill(self) -> None:
        """Ends the process and the sockets, whatever state they are in."""
        try:
            os.killpg(os.getpgid(self.pid), signal.SIGKILL)
        except ProcessLookupError:
            pass
        self.process.wait(10)
        self.manager.cleanup_resources()
        for socket in self.channels.values():
            socket.close(0)
        self.context.term()


@contextmanager
def running(name: str, prepare: Callable[[Path], object] = lambda folder: None, **options):
    """A ready kernel in a folder of its own, prepared before it starts; both are gone afterwards."""
    folder = Path(tempfile.mkdtemp(prefix="kernel test "))
    prepare(folder)
    kernel = Kernel(name, folder, **options)
    try:
        kernel.wait_until_ready()
        yield kernel
    finally:
        kernel.kill()
        shutil.rmtree(folder, ignore_errors=True)
