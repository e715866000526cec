"""Expressions typed by a person, as graphs.

They are parsed, never evaluated as Python: names, numbers, operators, and ops of the table.
"""

from __future__ import annotations

import ast
import math
import re
import warnings
from collections.abc import Callable, Mapping
from typing import Any, Final

from autograd import OPS, Value, constant
from viz.style import typed

MAX_CHARACTERS: Final = 2000
MAX_DEPTH: Final = 200
MAX_NODES: Final = 500

_OPERATORS: Final[dict[type, str]] = {
    ast.Add: "add", ast.Sub: "sub", ast.Mult: "mul", ast.Div: "div",
    ast.Pow: "pow", ast.USub: "neg", ast.UAdd: "identity",
}  # fmt: skip


class ExpressionError(ValueError):
    """An expression that cannot be drawn; its message ends with a mark under the place."""

    def __init__(self, problem: str, source: str, column: int) -> None:
        start = max(0, min(column, len(source)) - 60)
        shown = "".join(c if c.isprintable() else "\ufffd" for c in source[start : start + 100])
        super().__init__(
            f"{problem}, at character {column + 1}\n  {shown}\n  {' ' * (column - start)}^"
        )
        self.column = column


def parse(source: str, numbers: Mapping[str, float | Value]) -> Value:
    """The graph of `source`; each name is a leaf with its number, or the Value given for it.

    It may have 2,000 characters, 200 levels and 500 nodes. Raises ExpressionError, which points at
    the character.

    >>> parse("tanh(w*x + 1)", {"w": 2.0, "x": -0.5})
    Value(0.0, op=tanh)
    """
    source = _one_line(source)
    leaves = {name: x if isinstance(x, Value) else Value(x, name) for name, x in numbers.items()}
    return _Builder(source, leaves).build(_parsed(source))


def names_in(source: str) -> set[str]:
    """The names of the variables in an expression for `parse`, without the functions it calls."""
    tree = _parsed(_one_line(source))
    called = {id(node.func) for node in ast.walk(tree) if isinstance(node, ast.Call)}
    return {
        node.id for node in ast.walk(tree) if isinstance(node, ast.Name) and id(node) not in called
    }


def _one_line(source: str) -> str:
    return typed(re.sub(r"\s", " ", source).strip())


def _parsed(source: str) -> ast.expr:
    if not source:
        raise ExpressionError("the expression is empty", source, 0)
    if len(source) > MAX_CHARACTERS:
        raise ExpressionError(
            f"the expression has {len(source):,} characters, "
            f"but at most {MAX_CHARACTERS:,} are read",
            source,
            MAX_CHARACTERS,
        )
    if "#" in source:
        raise ExpressionError("an expression has no comments", source, source.index("#"))
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # Python's opinions on style, such as `1if x else 2`
            return ast.parse(source, mode="eval").body
    except SyntaxError as error:
        column = (
            len(source) if error.offset == 0 else (error.offset or 1) - 1
        )  # 0: the end came too early
        raise ExpressionError(
            f"not an expression ({error.msg})", source, min(column, len(source))
        ) from None
    except (ValueError, RecursionError, MemoryError) as error:
        raise ExpressionError(
            f"not an expression that can be read ({error or type(error).__name__})", source, 0
        ) from None


class _Builder:
    """Walks a syntax tree of Python and builds the graph, refusing whatever is not on the list."""

    def __init__(self, source: str, leaves: dict[str, Value]) -> None:
        self.source = source
        self.leaves = leaves
        self.nodes = 0

    def build(self, node: ast.expr) -> Value:
        return self._build(node, 1)

    def _build(self, node: ast.expr, depth: int) -> Value:
        self.nodes += 1
        if depth > MAX_DEPTH:
            raise self._error(f"nested more than {MAX_DEPTH} levels deep", node)
        if self.nodes > MAX_NODES:
            raise self._error(f"more than {MAX_NODES} nodes", node)
        if isinstance(node, ast.Constant):
            return constant(self._number(node))
        if isinstance(node, ast.Name):
            return self._leaf(node)
        if isinstance(node, ast.BinOp):
            return self._apply(node, _OPERATORS.get(type(node.op)), [node.left, node.right], depth)
        if isinstance(node, ast.UnaryOp):
            operand = node.operand
            if isinstance(node.op, ast.USub) and isinstance(operand, ast.Constant):
                return constant(-self._number(operand))
            return self._apply(node, _OPERATORS.get(type(node.op)), [operand], depth)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and not node.keywords:
            name = node.func.id
            if name not in OPS:
                hint = meant(name) or suggestion(name, OPS) or f"; the table has {', '.join(OPS)}"
                raise self._error(f"unknown function {short(name)}{hint}", node)
            return self._apply(node, name, node.args, depth)
        hint = ""
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            hint = f" (functions have no prefix: write {node.func.attr[:20]}(...))"
        readable = "names, numbers, + - * / ** and functions of the op table"
        raise self._error(f"only {readable} are read here{hint}", node)

    def _apply(self, node: ast.expr, name: str | None, args: list[ast.expr], depth: int) -> Value:
        if name is None:
            hint = (
                " (a power is written **)"
                if isinstance(getattr(node, "op", None), ast.BitXor)
                else ""
            )
            problem = f"this operator is not one of + - * / **{hint}"
            raise self._error(problem, node, after=args[0] if isinstance(node, ast.BinOp) else None)
        op: Callable[..., Any] = OPS[name]
        inputs = [self._build(arg, depth + 1) for arg in args]
        try:
            result: Value = op(*inputs)
        except TypeError as error:
            raise self._error(str(error), node) from None
        return result

    def _number(self, node: ast.Constant) -> float:
        if isinstance(node.value, bool) or not isinstance(node.value, (int, float)):
            raise self._error(f"{type(node.value).__name__} is not a number", node)
        try:
            return float(node.value)
        except OverflowError:
            raise self._error("a number beyond the range of a float", node) from None

    def _leaf(self, node: ast.Name) -> Value:
        if node.id in self.leaves:
            return self.leaves[node.id]
        name = short(node.id)
        if node.id in OPS:
            raise self._error(f"{name} is a function and needs ( )", node)
        number = _CONSTANTS.get(node.id, "...")
        bare = short(node.id, quoted=False)
        raise self._error(f"{name} has no value: add {bare}={number} after the expression", node)

    def _error(
        self, problem: str, node: ast.expr, after: ast.expr | None = None
    ) -> ExpressionError:
        # The syntax tree counts bytes, a reader characters.
        offset = node.col_offset if after is None else after.end_col_offset
        column = len(self.source.encode()[:offset].decode())
        if after is not None:
            column += len(self.source[column:]) - len(self.source[column:].lstrip(" )"))
        return ExpressionError(problem, self.source, column)


_MEANT: Final = {
    "ln": "log", "arcsin": "asin", "arccos": "acos", "arctan": "atan", "arctan2": "atan2",
    "tg": "tan", "arctg": "atan", "sh": "sinh", "ch": "cosh", "th": "tanh", "sgn": "sign",
    "signum": "sign", "absolute": "abs", "fabs": "abs", "power": "pow", "max": "maximum",
    "min": "minimum", "fmax": "maximum", "fmin": "minimum", "clamp": "clip", "logistic": "sigmoid",
    "sigm": "sigmoid", "sig": "sigmoid", "expit": "sigmoid", "swish": "silu", "heaviside": "step",
    "heavyside": "step", "lrelu": "leaky_relu", "leakyrelu": "leaky_relu", "rectifier": "relu",
    "negative": "neg", "minus": "sub", "subtract": "sub", "plus": "add", "times": "mul",
    "multiply": "mul", "divide": "div", "gt": "greater", "eq": "equal", "if": "where",
    "logsumexp": "logaddexp", "root": "sqrt", "id": "identity",
    "lg": "log10", "ld": "log2", "lb": "log2", "pow2": "x ** 2",
    "sqr": "x ** 2", "square": "x ** 2", "cube": "x ** 3", "cuberoot": "cbrt",
    "reciprocal": "1 / x", "inv": "1 / x", "rsqrt": "x ** -0.5", "cot": "1 / tan(x)",
    "sec": "1 / cos(x)", "csc": "1 / sin(x)", "coth": "1 / tanh(x)",
    "csch": "1 / sinh(x)", "sinc": "sin(x) / x", "arcsinh": "asinh", "arsinh": "asinh",
    "arccosh": "acosh", "arcosh": "acosh", "arctanh": "atanh", "artanh": "atanh",
    "logit": "log(x / (1 - x))", "logsigmoid": "log_sigmoid", "relu6": "clip(x, 0, 6)",
    "hardtanh": "clip(x, -1, 1)", "fmod": "mod", "remainder": "mod", "modulo": "mod",
    "rint": "round", "fix": "trunc", "ceiling": "ceil", "deg": "x * 180 / 3.141592653589793",
    "degrees": "x * 180 / 3.141592653589793", "rad": "x * 3.141592653589793 / 180",
    "radians": "x * 3.141592653589793 / 180",
}  # fmt: skip
"""What a function of another name is here: an op, or an expression of x."""

_CONSTANTS: Final = {name: repr(getattr(math, name)) for name in ("pi", "e", "tau")}
"""What a mathematical name probably stands for."""


def meant(name: str) -> str:
    """What somebody who uses this name from another library means; "" if it is unknown.

    >>> meant("ln"), meant("cot")
    (" (did you mean 'log'?)", ' (write 1 / tan(x))')
    """
    found = _MEANT.get(name.lower().replace("_", ""))
    if found is None:
        return ""
    return f" (did you mean {found!r}?)" if found in OPS else f" (write {found})"


def short(text: str, quoted: bool = True) -> str:
    """A word as messages quote it: at most 60 characters of it, or 200 without the quotes.

    >>> short("tanh"), short("x" * 100)
    ("'tanh'", "'xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx…'")
    """
    limit = 60 if quoted else 200
    cut = text if len(text) <= limit else f"{text[: limit - 1]}…"
    return repr(cut) if quoted else cut


def suggestion(name: str, known: Mapping[str, Any]) -> str:
    """The known name that is most like this one, as a question; "" if none is like it."""
    import difflib

    close = difflib.get_close_matches(name, known, n=1)
    return f" (did you mean {close[0]!r}?)" if close else ""
