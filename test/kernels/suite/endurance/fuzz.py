"""Messages as broken or hostile programs send them, from a fixed seed."""

import json
import random

from ..cases import case, check, equal
from ..kernel import Kernel, KernelFailure
from ..messages import REQUESTS
from ..stage import Stage

MESSAGES = 10_000
SEED = 20_240_229
DELIMITER = b"<IDS|MSG>"

TYPES = (
    *REQUESTS,
    "kernel_info_request",
    "connect_request",
    "debug_request",
    "interrupt_request",
    "input_reply",
    "execute_reply",
    "no_such_request",
    "__proto__",
    "constructor",
    "",
)

KEYS = (
    "code",
    "cursor_pos",
    "silent",
    "store_history",
    "user_expressions",
    "allow_stdin",
    "stop_on_error",
    "detail_level",
    "hist_access_type",
    "n",
    "session",
    "start",
    "stop",
    "pattern",
    "unique",
    "output",
    "raw",
    "target_name",
    "comm_id",
    "data",
    "command",
    "arguments",
    "seq",
    "value",
    "__proto__",
    "toString",
)


class Fuzzer:
    """Never sends code that would do something: its cells are short expressions or noise."""

    def __init__(self, kernel: Kernel, seed: int):
        self.kernel = kernel
        self.random = random.Random(seed)

    def value(self, depth: int = 0):
        pick = self.random.randrange(14 if depth < 3 else 11)
        if pick == 0:
            return None
        if pick == 1:
            return self.random.choice([True, False])
        if pick == 2:
            return self.random.choice([0, -1, 1, 2**31, -(2**53), 1e308, 0.5])
        if pick <= 5:
            return self.random.choice(
                ["", "1+1", "x", "\u0000", "😀", "tail", "search", "range", "*", "[", "__proto__"]
            )
        if pick == 6:
            return "".join(chr(self.random.randrange(32, 0xD7FF)) for _ in range(self.random.randrange(40)))
        if pick == 7:
            return "a" * self.random.choice([10, 1000, 50_000])
        if pick == 8:
            return "(" * self.random.choice([3, 200])
        if pick <= 10:
            return self.random.choice([[], {}])
        if pick == 11:
            return [self.value(depth + 1) for _ in range(self.random.randrange(5))]
        return {self.random.choice(KEYS): self.value(depth + 1) for _ in range(self.random.randrange(6))}

    def content(self) -> dict:
        return {key: self.value() for key in self.random.sample(KEYS, self.random.randrange(len(KEYS)))}

    def noise(self, most: int = 60) -> bytes:
        return self.random.randbytes(self.random.randrange(most))

    def signed(self, parts: "list[bytes]", rest: "list[bytes]" = []) -> "list[bytes]":
        return [DELIMITER, self.kernel.session.sign(parts), *parts, *rest]

    def header(self, kind: str) -> dict:
        return {
            "msg_id": f"fuzz-{self.random.random()}",
            "session": "fuzz",
            "username": "fuzz",
            "date": "2024-02-29T00:00:00Z",
            "msg_type": kind,
            "version": "5.4",
        }

    def frames(self) -> "list[bytes]":
        """One message; most are well signed, so that they reach what is behind the signature."""
        dump = lambda value: json.dumps(value).encode()  # noqa: E731
        kind = self.random.choice(TYPES)
        header, content = self.header(kind), self.content()
        pick = self.random.randrange(12)
        if pick == 0:
            return [self.noise() for _ in range(self.random.randrange(1, 9))]
        if pick == 1:
            return [self.noise(), DELIMITER, *(self.noise() for _ in range(self.random.randrange(7)))]
        if pick == 2:
            return self.signed([self.noise() for _ in range(4)])
        if pick == 3:
            frames = self.signed([dump(header), b"{}", b"{}", dump(content)])
            frames[1] = self.random.choice(
                [b"", b"0" * 64, frames[1][:-1] + b"!", frames[1].upper(), self.noise()]
            )
            return frames
        if pick == 4:
            return self.signed([dump(self.value()) for _ in range(4)])
        if pick == 5:
            for _ in range(self.random.randrange(1, 4)):
                header[self.random.choice(list(header))] = self.value()
            return self.signed([dump(header), b"{}", b"{}", dump(content)])
        if pick == 6:
            frames = self.signed([dump(header), b"{}", b"{}", dump(content)])
            place = self.random.randrange(len(frames))
            return frames[:place] + frames[place + self.random.choice([0, 1]) :] or [b""]
        if pick == 7:
            text = dump(content)
            cut = text[: self.random.randrange(len(text))]
            return self.signed([dump(header), b"{}", b"{}", cut])
        buffers = [self.noise(2000) for _ in range(self.random.choice([0, 0, 0, 3]))]
        return self.signed([dump(header), dump(self.value()), dump(self.value()), dump(content)], buffers)


@case("endurance")
def fuzz_10000(stage: Stage):
    """10,000 fuzzed messages on shell, control and stdin leave a kernel that runs cells"""
    with stage.own_kernel() as kernel:
        kernel.run(stage.code("assign", Name="survivor", value=41))
        fuzzer = Fuzzer(kernel, SEED)
        sockets = [kernel.channels[name] for name in ("shell", "shell", "shell", "control", "stdin")]
        for number in range(MESSAGES):
            fuzzer.random.choice(sockets).send_multipart(fuzzer.frames())
            if number % 50 == 0:
                drain(kernel)
            if number % 1000 == 999:
                check(kernel.alive(20), f"no heartbeat after {number + 1} messages{kernel.last_words()}")
        # Cells behind a failed one are aborted until the queue is empty.
        deadline = 20
        while True:
            cell = kernel.run(stage.code("trivial"), 120)
            if cell.status != "aborted" or deadline == 0:
                break
            deadline -= 1
        equal((cell.status, cell.result), ("ok", "2"), "the cell after them")
        equal(kernel.run("survivor").result, "41", "what was defined before")
        return {"memory_mb": round(kernel.memory())}


def drain(kernel: Kernel) -> None:
    """Takes what has come, so that nothing is held up by our own full queues."""
    for name, socket in kernel.channels.items():
        try:
            kernel.receive(name, socket)
        except (ValueError, KeyError, TypeError) as problem:
            raise KernelFailure(
                f"an answer on {name} that is no message of the protocol: {problem!r}"
            ) from problem
    kernel.strays.clear()
