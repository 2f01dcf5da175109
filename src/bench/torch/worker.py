"""What the workers of the bench share: one JSON request per line of standard input, one JSON answer per line of output.

  {"op": "prepare", ...} -> what `prepare` says
  {"op": "choose", "variant": "eager" | "compile"} -> {"output": [numbers]}, the result of the variant's first run
  {"op": "run", "variant"} -> {"ms": milliseconds}

A request that fails is answered by {"error": message}.
"""

import json
import os
import sys
import time

import torch


def milliseconds(case, variant):
    start = time.perf_counter()
    # The result comes to the host, as the library's does: a GPU has then done its work.
    case.run(variant).cpu()
    return (time.perf_counter() - start) * 1000


def serve(prepare):
    """`prepare` makes of a request a case, with `choose(variant)` and then `run(variant)`, which is timed, and an answer."""
    # Whatever a compiler prints must not come between the answers.
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    case = None
    for line in sys.stdin:
        request = json.loads(line)
        try:
            if request["op"] == "prepare":
                torch._dynamo.reset()
                case = None  # two large ones at once would not fit
                case, answer = prepare(request)
            elif request["op"] == "choose":
                answer = {"output": case.choose(request["variant"]).flatten().tolist()}
            else:
                answer = {"ms": milliseconds(case, request["variant"])}
        except Exception as error:
            answer = {"error": f"{type(error).__name__}: {str(error).strip().splitlines()[0]}"}
        print(json.dumps(answer), file=answers, flush=True)
