"""What a kernel sends: single messages, and all those that belong to one request."""

from __future__ import annotations

import re
import time
from dataclasses import dataclass, field

#: Those whose content a kernel has to read.
REQUESTS = (
    "execute_request",
    "complete_request",
    "inspect_request",
    "is_complete_request",
    "history_request",
    "comm_info_request",
    "comm_open",
    "comm_msg",
    "comm_close",
)

COLOUR = re.compile(r"\x1b\[[0-9;]*m")


@dataclass
class Message:
    """One message as it arrived. `at` is time.monotonic() of its arrival, `topic` the frame before its delimiter."""

    channel: str
    type: str
    content: dict
    header: dict
    parent: dict
    metadata: dict
    buffers: list[bytes]
    topic: bytes
    at: float = field(default_factory=time.monotonic)


class Exchange:
    """A request, and what came back for it."""

    def __init__(self, message_id: str, channel: str, header: dict):
        self.id = message_id
        self.channel = channel
        self.header = header
        self.sent = time.monotonic()
        self.reply: Message | None = None
        #: On iopub, status included, in the order of arrival.
        self.messages: list[Message] = []
        self.input_requests: list[Message] = []

    def take(self, message: Message) -> None:
        if message.channel == "iopub":
            self.messages.append(message)
        elif message.channel == "stdin":
            self.input_requests.append(message)
        else:
            self.reply = message

    @property
    def content(self) -> dict:
        """Of the reply."""
        return self.reply.content if self.reply else {}

    @property
    def status(self) -> str | None:
        return self.content.get("status")

    @property
    def states(self) -> list[str]:
        return [message.content["execution_state"] for message in self.messages if message.type == "status"]

    @property
    def idle(self) -> bool:
        return "idle" in self.states

    @property
    def types(self) -> list[str]:
        """Types of its messages but the status."""
        return [message.type for message in self.messages if message.type != "status"]

    def of_type(self, kind: str) -> list[Message]:
        return [message for message in self.messages if message.type == kind]

    def first(self, kind: str) -> dict | None:
        """Content of its first message of this type."""
        found = self.of_type(kind)
        return found[0].content if found else None

    def text(self, name: str | None = None) -> str:
        """What it wrote to this stream, or to both."""
        streams = [message.content for message in self.of_type("stream")]
        return "".join(one["text"] for one in streams if name is None or one["name"] == name)

    @property
    def result(self) -> str | None:
        """The plain text of its execute_result, without colours."""
        content = self.first("execute_result")
        text = content["data"].get("text/plain") if content else None
        return COLOUR.sub("", text) if isinstance(text, str) else text

    @property
    def said(self) -> str:
        """Everything readable that it gave, without colours: streams, results, displays and errors."""
        parts = [self.text()]
        for message in self.messages:
            parts += [value for value in message.content.get("data", {}).values() if isinstance(value, str)]
            parts += message.content.get("traceback", [])
        return COLOUR.sub("", "\n".join(parts))
