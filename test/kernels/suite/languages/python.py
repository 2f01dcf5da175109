"""Python, as ipykernel runs it: the reference."""

PYTHON = {
    "print": "print($text)",
    "print_error": "import sys\nprint($text, file=sys.stderr)",
    "print_lines": 'for line in range($count): print("line", line)',
    "print_big": 'print("x" * $count)',
    "write_both": (
        'import sys\nfor i in range(20):\n    print("out", i, flush=True)\n    print("err", i, file=sys.stderr, flush=True)'
    ),
    "assign": "$Name = $value",
    "expression": "$Code",
    "trivial": "1+1",
    "function": "def f$index(a: int, b: int) -> list[int]:\n    return [a, b, $index]\nf$index(1, 2)",
    "undefined": "None",
    "throw": "raise IndexError($text)",
    "throw_typed": "def fail():\n    raise IndexError($text)\nfail()",
    "error_name": "IndexError",
    "syntax_error": "let = = 1",
    "busy": "import time\nend = time.time() + $seconds\nwhile time.time() < end: pass",
    "sleep": "import asyncio\nawait asyncio.sleep($seconds)",
    "loop_sync": 'print("begun", flush=True)\nwhile True: pass',
    "loop_await": 'import asyncio\nprint("begun", flush=True)\nawait asyncio.sleep(600)',
    "loop_after_await": 'import asyncio\nawait asyncio.sleep(0.02)\nprint("begun", flush=True)\nwhile True: pass',
    "loop_in_timer": (
        'import asyncio\ndef loop():\n    print("begun", flush=True)\n    while True: pass\n'
        "asyncio.get_running_loop().call_later(0.02, loop)\nawait asyncio.sleep(600)"
    ),
    "loop_in_timer_later": (
        'import asyncio\ndef loop():\n    print("begun", flush=True)\n    while True: pass\n'
        "asyncio.get_running_loop().call_later(0.2, loop);"
    ),
    "print_later": "import asyncio\nasyncio.get_running_loop().call_later($seconds, print, $text);",
    "throw_later": (
        "import asyncio\ndef fail(): raise ValueError($text)\nasyncio.get_running_loop().call_later(0.1, fail);"
    ),
    "reject": "import asyncio\nasync def fail(): raise ValueError($text)\nasyncio.ensure_future(fail());",
    "exit": "import os\nos._exit(0)",
    "member_of": "class $Name:\n    firstMember = 1\n    secondMember = 2",
    "member_prefix": "$Name.second",
    "member": "secondMember",
    "known_name": "print",
    "string_length": 'len("😀😀")',
    "child_output": 'import subprocess\nsubprocess.run(["sh", "-c", "echo " + $text]);',
    "descriptor_output": 'import os\nos.write(1, ($text + "\\n").encode());',
    "write_callback": "import sys\nsys.stdout.write($text + '\\n');",
    "astral": '$Name = "😀"; len($Name)',
    "display": (
        'from IPython.display import display\ndisplay({"text/html": $html, "text/plain": $plain}, raw=True)'
    ),
    "display_update": (
        "from IPython.display import display, update_display\n"
        'display({"text/html": $first, "text/plain": ""}, raw=True, display_id=$id);\n'
        'update_display({"text/html": $second, "text/plain": ""}, raw=True, display_id=$id)'
    ),
    "update_later": (
        "from IPython.display import update_display\n"
        'update_display({"text/html": $html, "text/plain": ""}, raw=True, display_id=$id)'
    ),
    "clear": 'from IPython.display import clear_output\nprint("before")\nclear_output()\nprint("after")',
    "clear_wait": 'from IPython.display import clear_output\nprint("before")\nclear_output(wait=True)\nprint("after")',
    "rich_result": (
        "class Rich:\n    def _repr_html_(self): return $html\n    def __repr__(self): return $plain\nRich()"
    ),
    "input": "input($question)",
    "input_password": "import getpass\ngetpass.getpass($question)",
    "input_now": "input($question)",
    "comm_open": (
        "from comm import create_comm\n"
        '$Name = create_comm(target_name=$target, data={"a": 1}, buffers=[bytes([1, 2, 255])])\n'
        "import json\n"
        '$Name.on_msg(lambda message: print("heard", json.dumps(message["content"]["data"])))\n'
        '$Name.on_close(lambda message: print("closed by the front end"))'
    ),
    "comm_send": '$Name.send({"b": 2}, buffers=[bytes([7])])',
    "comm_close": '$Name.close({"c": 3})',
    "comm_target": (
        "from comm import get_comm_manager\n"
        "def opened(comm, message):\n"
        '    comm.send({"opened": message["content"]["data"]}, buffers=message["buffers"])\n'
        '    comm.on_msg(lambda m: comm.send({"echo": m["content"]["data"]}, buffers=m["buffers"]))\n'
        "get_comm_manager().register_target($target, opened)"
    ),
    "comm_variable": (
        "from comm import get_comm_manager\n"
        "$Name = 0\n"
        "def opened(comm, message):\n"
        "    def heard(m):\n"
        "        global $Name\n"
        '        $Name = m["content"]["data"]["value"]\n'
        "    comm.on_msg(heard)\n"
        "get_comm_manager().register_target($target, opened)"
    ),
    "comm_wait": "import asyncio\nwhile $Name == 0: await asyncio.sleep(0.01)\n$Name",
}
