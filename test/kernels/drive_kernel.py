"""Runs cells in one kernel over real ZeroMQ sockets and tells every message that came back.

Reads a JSON list of {"code", "interruptAfter"?, "queue"?} from stdin, writes a JSON list of
{"reply", "messages"} to stdout; messages are those of the cell up to and including its idle status.
`queue` cells are sent right after the first one, before its reply is read.
"""

import json
import os
import sys
import tempfile
import time

from jupyter_client.manager import start_new_kernel

SECONDS = 600


def main():
    requests = json.load(sys.stdin)
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        # Native code may write to the kernel's own descriptors: that must not reach our JSON.
        manager, client = start_new_kernel(
            kernel_name="igds", startup_timeout=SECONDS, stdout=sys.stderr.fileno(), stderr=sys.stderr.fileno()
        )
        try:
            results = [run(manager, client, request) for request in requests]
            info = reply_to(client, client.kernel_info())
        finally:
            client.stop_channels()
            manager.shutdown_kernel()
        json.dump({"cells": results, "info": info, "alive": manager.is_alive()}, sys.stdout)


def run(manager, client, request):
    sent = client.execute(request["code"])
    queued = [client.execute(code) for code in request.get("queue", [])]
    if "interruptAfter" in request:
        wait_for_input(client, sent)
        time.sleep(request["interruptAfter"])
        manager.interrupt_kernel()
    reply = reply_to(client, sent)
    messages = messages_of(client, sent)
    return {"reply": reply, "messages": messages, "queued": [reply_to(client, one) for one in queued]}


def wait_for_input(client, sent):
    while True:
        message = client.get_iopub_msg(timeout=SECONDS)
        if message["parent_header"].get("msg_id") == sent and message["msg_type"] == "execute_input":
            return


def reply_to(client, sent):
    while True:
        message = client.get_shell_msg(timeout=SECONDS)
        if message["parent_header"].get("msg_id") == sent:
            return message["content"]


def messages_of(client, sent):
    messages = []
    while True:
        message = client.get_iopub_msg(timeout=SECONDS)
        if message["parent_header"].get("msg_id") != sent:
            continue
        messages.append({"type": message["msg_type"], "content": message["content"]})
        if message["msg_type"] == "status" and message["content"]["execution_state"] == "idle":
            return messages


if __name__ == "__main__":
    main()
