"""JavaScript and TypeScript, and what the kernels for them do differently."""

JAVASCRIPT = {
    "print": "console.log($text);",
    "print_error": "console.error($text);",
    "print_lines": 'for (let line = 0; line < $count; line++) console.log("line " + line);',
    "print_big": 'console.log("x".repeat($count));',
    "write_both": 'for (let i = 0; i < 20; i++) { console.log("out " + i); console.error("err " + i); }',
    "assign": "let $Name = $value;",
    "expression": "$Code",
    "trivial": "1+1",
    "function": "function f$index(a, b) { return [a, b].concat($index); }\nf$index(1, 2)",
    "undefined": "undefined",
    "null": "null",
    "throw": "throw new RangeError($text);",
    "error_name": "RangeError",
    "syntax_error": "let = = 1;",
    "busy": "{ const end = Date.now() + 1000 * $seconds; while (Date.now() < end) {} }",
    "sleep": "await new Promise((done) => setTimeout(done, 1000 * $seconds));",
    # Each loop says that it begins: what is to be interrupted runs then.
    "loop_sync": 'console.log("begun");\nwhile (true) {}',
    "loop_await": 'console.log("begun");\nawait new Promise((done) => setTimeout(done, 600000));',
    "loop_after_await": 'await new Promise((done) => setTimeout(done, 20));\nconsole.log("begun");\nwhile (true) {}',
    "loop_in_timer": (
        'setTimeout(() => { console.log("begun"); while (true) {} }, 20);\n'
        "await new Promise((done) => setTimeout(done, 600000));"
    ),
    "loop_in_timer_later": 'setTimeout(() => { console.log("begun"); while (true) {} }, 200);',
    "print_later": "setTimeout(() => console.log($text), 1000 * $seconds);",
    "throw_later": "setTimeout(() => { throw new Error($text); }, 100);",
    "reject": "Promise.reject(new Error($text));\nnull;",
    "exit": "process.exit(0);",
    "member_of": "const $Name = { firstMember: 1, secondMember: 2 };",
    "member_prefix": "$Name.second",
    "member": "secondMember",
    "known_name": "parseInt",
    "string_length": '"😀😀".length',
    "child_output": 'require("child_process").spawnSync("sh", ["-c", "echo " + $text], { stdio: "inherit" });',
    "descriptor_output": 'require("fs").writeSync(1, $text + "\\n");',
    "write_callback": 'await new Promise((done) => process.stdout.write($text + "\\n", () => done()));',
    "worker_output": (
        'const { Worker: $Name } = require("worker_threads");\n'
        "await new Promise((done) => new $Name("
        '"console.log(\'from the worker\')", { eval: true }).on("exit", done));'
    ),
    "live_memory": (
        '(() => { require("v8").setFlagsFromString("--expose-gc"); const collect = require("vm").runInNewContext("gc"); '
        "collect(); collect(); return process.memoryUsage().heapUsed + process.memoryUsage().external; })()"
    ),
    "astral": 'const $Name = "😀"; $Name.length',
}

TYPESCRIPT = {
    "function": "function f$index(a: number, b: number): number[] { return [a, b].concat($index); }\nf$index(1, 2)",
    "throw_typed": "function fail(): never {\n  throw new RangeError($text);\n}\nfail();",
    "child_output": (
        'import { spawnSync as $Name } from "node:child_process";\n'
        '$Name("sh", ["-c", "echo " + $text], { stdio: "inherit" });'
    ),
    "descriptor_output": 'import { writeSync as $Name } from "node:fs";\n$Name(1, $text + "\\n");',
    "write_callback": 'await new Promise<void>((done) => process.stdout.write($text + "\\n", () => done()));',
    "worker_output": (
        'import { Worker as $Name } from "node:worker_threads";\n'
        "await new Promise((done) => new $Name("
        '"console.log(\'from the worker\')", { eval: true }).on("exit", done));'
    ),
}

IGDS = {
    "page": "parseInt?",
    "display": 'display({ "text/html": $html, "text/plain": $plain }, { raw: true });',
    "display_update": (
        'display({ "text/html": $first }, { raw: true, id: $id });\n'
        'display({ "text/html": $second }, { raw: true, id: $id, update: true });'
    ),
    "update_later": 'display({ "text/html": $html }, { raw: true, id: $id, update: true });',
    "clear": 'console.log("before");\nclearOutput();\nconsole.log("after");',
    "clear_wait": 'console.log("before");\nclearOutput(true);\nconsole.log("after");',
    "rich_result": '({ [Symbol.for("Jupyter.display")]: () => ({ "text/html": $html, "text/plain": $plain }) })',
    "input": "await input($question)",
    "input_password": "await input($question, { password: true })",
    "input_now": "prompt($question)",
    "comm_open": (
        "const $Name = Jupyter.comms.open($target, { a: 1 }, { buffers: [new Uint8Array([1, 2, 255])] });\n"
        '$Name.onMessage(({ data }) => console.log("heard " + JSON.stringify(data)));\n'
        '$Name.onClose(() => console.log("closed by the front end"));'
    ),
    "comm_send": "$Name.send({ b: 2 }, { buffers: [new Uint8Array([7])] });",
    "comm_close": "$Name.close({ c: 3 });",
    "comm_target": (
        "Jupyter.comms.registerTarget($target, (comm, opened) => {\n"
        "  comm.send({ opened: opened.data }, { buffers: [...opened.buffers] });\n"
        "  comm.onMessage(({ data, buffers }) => comm.send({ echo: data }, { buffers }));\n"
        "});"
    ),
    "comm_variable": (
        "let $Name = 0;\n"
        "Jupyter.comms.registerTarget($target, (comm) => {\n"
        "  comm.onMessage(({ data }) => { $Name = Number(data.value); });\n"
        "});"
    ),
    "comm_wait": "while ($Name === 0) await new Promise((done) => setTimeout(done, 10));\n$Name",
}

TSLAB = {
    "display": 'import { display as $Name } from "tslab";\n$Name.html($html);',
    "display_update": (
        'import { newDisplay as $Name } from "tslab";\nconst place = $Name();\nplace.html($first);\nplace.html($second);'
    ),
}

DENO = {
    "live_memory": "Deno.memoryUsage().heapUsed",
    "display": 'await Deno.jupyter.display({ "text/html": $html, "text/plain": $plain }, { raw: true });',
    "display_update": (
        'await Deno.jupyter.display({ "text/html": $first }, { raw: true, display_id: $id });\n'
        'await Deno.jupyter.display({ "text/html": $second }, { raw: true, display_id: $id, update: true });'
    ),
    "update_later": (
        'await Deno.jupyter.display({ "text/html": $html }, { raw: true, display_id: $id, update: true });'
    ),
    "clear": (
        'console.log("before");\nawait Deno.jupyter.broadcast("clear_output", { wait: false });\nconsole.log("after");'
    ),
    "clear_wait": (
        'console.log("before");\nawait Deno.jupyter.broadcast("clear_output", { wait: true });\nconsole.log("after");'
    ),
    "rich_result": '({ [Symbol.for("Jupyter.display")]: () => ({ "text/html": $html, "text/plain": $plain }) })',
    "input": "prompt($question)",
    "input_now": "prompt($question)",
    "comm_open": (
        'const $Name = "comm-" + Math.random();\n'
        'await Deno.jupyter.broadcast("comm_open", { comm_id: $Name, target_name: $target, data: { a: 1 } }, '
        "{ buffers: [new Uint8Array([1, 2, 255])] });"
    ),
    "comm_send": (
        'await Deno.jupyter.broadcast("comm_msg", { comm_id: $Name, data: { b: 2 } }, '
        "{ buffers: [new Uint8Array([7])] });"
    ),
    "comm_close": 'await Deno.jupyter.broadcast("comm_close", { comm_id: $Name, data: { c: 3 } });',
}

IJAVASCRIPT = {
    "assign": "var $Name = $value;",
    "sleep": "$$.async(); setTimeout($$.done, 1000 * $seconds);",
    "loop_await": '$$.async(); console.log("begun"); setTimeout($$.done, 600000);',
    "loop_after_await": '$$.async(); Promise.resolve().then(() => { console.log("begun"); while (true) {} });',
    "loop_in_timer": '$$.async(); setTimeout(() => { console.log("begun"); while (true) {} }, 20);',
    "write_callback": '$$.async(); process.stdout.write($text + "\\n", () => $$.done());',
    "worker_output": (
        'var { Worker: $Name } = require("worker_threads");\n$$.async();\n'
        'new $Name("console.log(\'from the worker\')", { eval: true }).on("exit", () => $$.done());'
    ),
    "member_of": "var $Name = { firstMember: 1, secondMember: 2 };",
    "astral": 'var $Name = "😀"; $Name.length',
    "display": '$$.mime({ "text/html": $html, "text/plain": $plain });',
    "display_update": "var place = $$.display($id);\nplace.html($first);\nplace.html($second);",
    "clear": 'console.log("before");\n$$.clear();\nconsole.log("after");',
    "clear_wait": 'console.log("before");\n$$.clear(true);\nconsole.log("after");',
    "rich_result": "$$.html($html)",
    "input": "$$.input({ prompt: $question }, (error, answer) => $$.sendResult(answer));",
    "input_password": "$$.input({ prompt: $question, password: true }, (error, answer) => $$.sendResult(answer));",
}
