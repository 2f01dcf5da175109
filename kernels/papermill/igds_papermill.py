"""Parameters of TypeScript notebooks for papermill, which knows how to write them for other languages only.

papermill puts a cell with the values that it was given behind the cell tagged `parameters`. In TypeScript that cell
declares them, and hands them to the notebook's parameters object if it has one (`igds.parameters({...})`).
"""

import json

from papermill.engines import NBClientEngine
from papermill.translators import Translator, papermill_translators

#: Names that no `let` may have in a cell: a parameter of such a name is in the parameters object alone.
RESERVED = frozenset(
    "arguments await break case catch class const continue debugger default delete do else enum eval export extends "
    "false finally for function globalThis if implements import in instanceof interface let new null package private protected "
    "public return static super switch this throw true try typeof undefined var void while with yield".split()
)


def is_name(text):
    # Python and JavaScript mean the same by a name, the dollar apart.
    return text.replace("$", "_").isidentifier() and text not in RESERVED


class TypeScriptTranslator(Translator):
    @classmethod
    def comment(cls, cmt_str):
        return f"// {cmt_str}".strip()

    @classmethod
    def translate(cls, val):
        # JSON is TypeScript, and so are the NaN and Infinity that Python writes into it.
        return json.dumps(val, default=str, ensure_ascii=False)

    @classmethod
    def assign(cls, name, str_val):
        # With `let`, the type is number rather than the one number 5.
        return f"let {name} = {str_val};"

    @classmethod
    def codify(cls, parameters, comment="Parameters"):
        given = {name: cls.translate(value) for name, value in parameters.items()}
        lines = [cls.comment(comment)]
        lines += [cls.assign(name, value) for name, value in given.items() if is_name(name)]
        entries = ", ".join(f"{json.dumps(name)}: {value}" for name, value in given.items())
        lines.append(f'Reflect.get(globalThis, Symbol.for("igds.parameters"))?.({{ {entries} }});')
        return "\n".join(lines) + "\n"


papermill_translators.register("typescript", TypeScriptTranslator)


class TypeScriptEngine(NBClientEngine):
    """papermill's own way to run a notebook: that it has an entry point is what makes papermill load this file."""
