"""Mutants of the core: faults put into the engine one at a time, and the tests that notice.

A mutant is the engine with one small change: a comparison, a sign, a constant, a statement, an
argument. If no test fails, nothing holds that place, or the change changes nothing. (DeMillo,
Lipton and Sayward, "Hints on test data selection", Computer 11, 1978.)

    python -m tests.mutants --count 300 --seed 0           # a sample: which mutants survive
    python -m tests.mutants --count 300 --seed 0 --list    # which they are, without running them
    python -m tests.mutants --again survivors.txt          # those in the printed lines of a run

Mutants are written into copies of the checkout, and tested by the tests of the engine that are not
slow and do not concern the compiler; hanging counts as killed. Annotations, docstrings and the
prose of messages are left alone. It needs `fork`, so it runs on Linux and macOS.
"""

import argparse
import ast
import multiprocessing
import os
import random
import re
import resource
import shutil
import signal
import sys
import tempfile
from pathlib import Path
from typing import NamedTuple

import pytest
from hypothesis import settings

ROOT = Path(__file__).parents[1]

FILES = ["value", "graph", "order", "op", "record", "operators", "modes", "detach", "checks"]
FILES += ["rows", "lift", "functional", "ieee", "ops"]

TABLE = ["ieee", "ops"]

OWN = {
    "value": ["value", "operators", "create_graph"],
    "graph": ["graph", "create_graph", "order"],
    "order": ["order"],
    "op": ["operators", "rows", "signatures"],
    "record": ["operators", "value", "mode_contexts"],
    "operators": ["operators", "value", "detach"],
    "modes": ["mode_contexts", "modes"],
    "detach": ["detach"],
    "checks": ["value", "operators", "rows"],
    "rows": ["rows", "signatures"],
    "lift": ["functional", "detach"],
    "functional": ["functional", "detach"],
}
"""The tests of each file: they go first."""

REST = ["value", "operators", "rows", "modes", "functional", "signatures", "detach", "graph"]
REST += ["formula", "explain", "files", "ops"]
"""The tests of the engine, the quick ones first."""

TABLE_TESTS = ["rows", "ops", "digits"]
"""Those of the table, most of which have a case for each row, by its name."""

SLOW = "tests/autograd/test_ops.py::test_a_row_of_many_inputs_is_a_row_like_any_other"
"""A test that takes seconds and is about the checks."""

SECONDS = 60
"""A test that takes longer hangs."""

FAR = 10
"""A float beyond it is a threshold of a tail, and might as well be a little elsewhere."""

EQUIVALENT = {
    "recompute: False → True": "leaves are passed over by the next line as well",
    "Value._backward: 0 → 1": "a deque that keeps the last None instead of nothing",
    "Op: 5 → 6": "the default is that of constants alone; rows give theirs",
    "make: 5 → 6": "no template asks for more than 5, so 6 binds as tightly",
    "Op.complete: 0 < missing <= len(self.defaults) → 0 <= missing <= len(self.defaults)": (
        "called only where the counts differ"
    ),
    "recording: 1 → 2": "only whether the depth is above 0 is asked",
    "_loaded: \"LOAD_METHOD\" → ''": "Python 3.12 and later have no such instruction",
    "_by_columns: _weighted_sum(outs, weights) → _weighted_sum(weights, outs)": (
        "a product commutes, and the weights are Values, never left out"
    ),
    "gaussian: -39 < x < 39 → -39 <= x < 39": "exp underflows to the same 0 there",
    "equal: x > y → x >= y": "equals were answered a line before",
    "gelu: 40 → 41": "between the two both branches give the same float",
    "_pow_slope_in_exponent: 0 < x < inf → 0 >= x < inf": (
        "the rest of the function has the same slope, in more nodes"
    ),
    "div: 1.0 → 2.0": "it is multiplied by an infinity",
    "module: 2**512 → (2 * 512)": "larger ints take the general way, to the same float",
    "_pow_slope_in_exponent.regular: maximum(too_large, too_small) → "
    "maximum(too_small, too_large)": "the larger of two is the same either way",
    "_pow_slope_in_base: maximum(flat, steep) → maximum(steep, flat)": (
        "the larger of two is the same either way"
    ),
    "atan: hypot(1.0, x) → hypot(x, 1.0)": "the hypotenuse is the same either way",
}
"""Mutants that change nothing, and why. They are counted as survivors all the same."""

SWAPS = {
    ast.Lt: [ast.LtE, ast.GtE],
    ast.LtE: [ast.Lt, ast.Gt],
    ast.Gt: [ast.GtE, ast.LtE],
    ast.GtE: [ast.Gt, ast.Lt],
    ast.Eq: [ast.NotEq],
    ast.NotEq: [ast.Eq],
    ast.Is: [ast.IsNot],
    ast.IsNot: [ast.Is],
    ast.In: [ast.NotIn],
    ast.NotIn: [ast.In],
    ast.Add: [ast.Sub],
    ast.Sub: [ast.Add],
    ast.Mult: [ast.Div],
    ast.Div: [ast.Mult],
    ast.FloorDiv: [ast.Div],
    ast.Mod: [ast.FloorDiv],
    ast.Pow: [ast.Mult],
    ast.And: [ast.Or],
    ast.Or: [ast.And],
}

PROSE = {"doc", "__doc__", "stacklevel", "maxsize"}
"""Keywords that no behaviour hangs on."""

TYPING = {"cast", "TypeVar", "ContextVar"}
"""Calls that are for type checkers, or whose string is for debuggers."""

CRASHING = {"row", "hasattr", "getattr", "isinstance", "replace"}
"""Calls whose arguments, turned round, are a crash at once."""

TELLING = {"as_float", "constant", "flatten", "alike", "lifted.tangents", "ContextVar", "TypeVar"}
TELLING |= {"_name_of", "_scalar", "_expect_pairs", "_split", "_outputs", "lift"}
"""Calls whose strings are names in messages."""


class Mutant(NamedTuple):
    file: str
    where: str
    line: int
    change: str
    source: str

    @property
    def name(self):
        return f"{self.where}: {self.change}"

    def __str__(self):
        return f"autograd/{self.file}.py:{self.line} {self.name}"


def parts(node):
    """What of a node may be mutated: not its annotations, its prose, or what is for type checkers.

    Of a `raise` nothing but the whole, and of an f-string nothing, as both make messages.
    """
    if isinstance(node, (ast.Raise, ast.JoinedStr, ast.Import, ast.ImportFrom)):
        return
    if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test):
        return
    for name, child in ast.iter_fields(node):
        if name in ("annotation", "returns", "type_params", "decorator_list"):
            continue
        for part in child if isinstance(child, list) else [child]:
            prose = isinstance(part, ast.Expr) and isinstance(part.value, ast.Constant)
            reader = isinstance(part, ast.keyword) and part.arg in PROSE
            aliases = isinstance(part, ast.AnnAssign) and is_alias(part)
            subject = tells(node) and isinstance(part, ast.Constant)
            if isinstance(part, ast.AST) and not (prose or reader or aliases or subject):
                yield part


def is_alias(assignment):
    return "TypeAlias" in ast.unparse(assignment.annotation)


def tells(node):
    return isinstance(node, ast.Call) and ast.unparse(node.func) in TELLING


def sites(node, where="module"):
    """Every node that may be mutated, with the function or the row it stands in."""
    if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
        where = node.name if where == "module" else f"{where}.{node.name}"
    if where == "module" and isinstance(node, ast.Assign):
        where = ast.unparse(node.targets[0])
    yield node, where
    for part in parts(node):
        yield from sites(part, where)


def constants(x):
    """Other constants of the same kind."""
    if isinstance(x, bool):
        return [not x]
    if isinstance(x, int):
        return [x + 1]
    if isinstance(x, float):
        near = [2 * x] if x and abs(x) < FAR else []
        return [-x if x else 1.0, *near]
    return ["", x + "x"] if isinstance(x, str) and x else []


def is_far(node):
    text = ast.unparse(node).lstrip("-")
    return text.replace(".", "").replace("e", "").isdigit() and float(text) >= FAR


def swapped(operators, i):
    """The operators, one of them swapped for another."""
    for other in SWAPS.get(type(operators[i]), []):
        yield [*operators[:i], other(), *operators[i + 1 :]]


def changes(node):
    """What a node may be replaced by, as source."""
    text = ast.unparse(node)
    match node:
        case ast.Compare(left, operators, others):
            for i in range(len(operators)):
                far = any(is_far(x) for x in (left, *others))
                for ops in list(swapped(operators, i))[far:]:
                    yield ast.unparse(ast.Compare(left, ops, others))
        case ast.BinOp(left, operator, right):
            for (other,) in swapped([operator], 0):
                yield f"({ast.unparse(ast.BinOp(left, other, right))})"
            if isinstance(operator, (ast.Sub, ast.Div, ast.Pow)):
                yield f"({ast.unparse(ast.BinOp(right, operator, left))})"
        case ast.BoolOp(operator, values):
            for (other,) in swapped([operator], 0):
                yield f"({ast.unparse(ast.BoolOp(other, values))})"
        case ast.UnaryOp(_, operand):
            yield f"({ast.unparse(operand)})"
        case ast.IfExp(test, body, orelse):
            yield f"({ast.unparse(ast.IfExp(ast.UnaryOp(ast.Not(), test), body, orelse))})"
        case ast.Constant(value):
            yield from [repr(other) for other in constants(value)]
        case ast.Call(function, arguments, keywords) if ast.unparse(function) not in TYPING:
            for i, keyword in enumerate(keywords):
                if keyword.arg not in PROSE:
                    rest = keywords[:i] + keywords[i + 1 :]
                    yield ast.unparse(ast.Call(function, arguments, rest))
            turnable = ast.unparse(function) not in CRASHING
            if len(arguments) > 1 and turnable and not isinstance(arguments[0], ast.Starred):
                turned = [arguments[1], arguments[0], *arguments[2:]]
                yield ast.unparse(ast.Call(function, turned, keywords))
        case ast.Return(value) if value is not None and text != "return None":
            yield "return None"
        case ast.Expr() | ast.AugAssign() | ast.Raise() | ast.Delete():
            yield "pass"
        case ast.Assign(targets) if not isinstance(targets[0], (ast.Name, ast.Tuple)):
            yield "pass"
        case ast.Break():
            yield "continue"
        case ast.Continue():
            yield "break"


def conditions(node):
    """The tests of branches and loops, turned round, unless a swapped comparison does that."""
    if not isinstance(node, (ast.If, ast.While)):
        return
    if not isinstance(node.test, (ast.Compare, ast.UnaryOp)):
        yield node.test, f"not ({ast.unparse(node.test)})"


def text_of(file):
    return (ROOT / "autograd" / f"{file}.py").read_text(encoding="utf-8")


def mutants_of(file):
    """All mutants of a file, in the order of its text."""
    text = text_of(file)
    lines = text.encode().splitlines(keepends=True)
    starts = [sum(map(len, lines[:i])) for i in range(len(lines))]
    seen = set()
    for node, where in sites(ast.parse(text)):
        found = [(node, change) for change in changes(node)]
        for place, change in [*found, *conditions(node)]:
            start = starts[place.lineno - 1] + place.col_offset
            end = starts[place.end_lineno - 1] + place.end_col_offset
            source = b"".join(lines)
            old = source[start:end].decode()
            mutated = (source[:start] + change.encode() + source[end:]).decode()
            if mutated in seen or ast.unparse(place) == change.strip("()"):
                continue
            seen.add(mutated)
            brief = f"{' '.join(old.split())} → {' '.join(change.split())}"
            yield Mutant(file, where, place.lineno, brief, mutated)


def sample(count, seed):
    """So many mutants, from each file by the square root of how many it has."""
    draw = random.Random(seed)
    pools = {file: list(mutants_of(file)) for file in FILES}
    weights = {file: len(pool) ** 0.5 for file, pool in pools.items()}
    chosen = []
    for file, pool in pools.items():
        share = round(count * weights[file] / sum(weights.values()))
        chosen += draw.sample(pool, min(share, len(pool)))
    return chosen


def those_in(text):
    """The mutants that were printed into a text, wherever their lines are by now."""
    lines = [line.partition("   # ")[0] for line in text.splitlines()]
    printed = {re.sub(r"\.py:\d+ ", ".py ", line) for line in lines}
    every = [mutant for file in FILES for mutant in mutants_of(file)]
    return [mutant for mutant in every if re.sub(r"\.py:\d+ ", ".py ", str(mutant)) in printed]


class Watchdog:
    """A plugin of pytest: SIGALRM ends the process if a test takes too long."""

    def pytest_runtest_setup(self):
        signal.alarm(SECONDS)


def runs(mutant):
    """The arguments of pytest, one list for each run: those that are likely to fail first."""
    home = "tests/autograd/test_"
    doctests = ["autograd", "--ignore=autograd/compiler"]
    if mutant.file in TABLE:
        row = mutant.where.strip("_").split(".")[0].split("_")[0]
        yield [f"{home}{name}.py" for name in TABLE_TESTS] + ["-k", row]
        yield [f"{home}{name}.py" for name in [*REST, "digits"]] + doctests
    else:
        own = OWN[mutant.file]
        yield [f"{home}{name}.py" for name in own]
        yield [f"{home}{name}.py" for name in REST if name not in own] + doctests


def survives(mutant):
    """Whether all tests pass on a mutant; this is a fork, whose modules are not imported yet."""
    signal.alarm(SECONDS)
    resource.setrlimit(resource.RLIMIT_AS, (2**32, 2**32))
    sys.dont_write_bytecode = True
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    os.dup2(1, 2)
    quiet = ["-x", "-q", "--assert=plain", "-m", "not slow", "-p", "no:cacheprovider"]
    quiet += ["-p", "no:cov", "-p", "no:xdist"]
    quiet += [f"--deselect={SLOW}"]
    for arguments in runs(mutant):
        found = pytest.main([*arguments, *quiet], [Watchdog()])
        if found not in (pytest.ExitCode.OK, pytest.ExitCode.NO_TESTS_COLLECTED):
            return False
        for name in [*sys.modules]:
            if name.split(".")[0] in ("autograd", "nn", "tests"):
                del sys.modules[name]
    return True


def move_into_a_copy():
    """Give a worker a copy of the checkout of its own."""
    home = tempfile.mkdtemp(prefix="mutants-")
    kept = shutil.ignore_patterns(".*", "__pycache__", "lesson", "*.egg-info")
    shutil.copytree(ROOT, home, ignore=kept, dirs_exist_ok=True)
    os.chdir(home)
    sys.path[:] = [home, *[path for path in sys.path if path not in ("", str(ROOT))]]
    sys.modules.pop("tests", None)


def outcome(mutant):
    """A mutant, and whether it survives."""
    path = Path("autograd", f"{mutant.file}.py")
    original = path.read_bytes()
    path.write_text(mutant.source, encoding="utf-8")
    child = os.fork()
    if child == 0:
        code = 1
        try:
            code = 0 if survives(mutant) else 1
        finally:
            os._exit(code)
    _, status = os.waitpid(child, 0)
    path.write_bytes(original)
    return mutant, status == 0


def main():
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--count", type=int, default=300)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--list", action="store_true", help="print the mutants, and run nothing")
    parser.add_argument("--again", type=Path, help="a file that has printed mutants in it")
    options = parser.parse_args()
    if options.again:
        chosen = those_in(options.again.read_text(encoding="utf-8"))
    else:
        chosen = sample(options.count, options.seed)
    if options.list:
        print(*chosen, sep="\n")
        return
    settings.register_profile("mutants", derandomize=True, max_examples=25, deadline=None)
    os.environ["HYPOTHESIS_PROFILE"] = "mutants"
    whole = [Mutant(file, "add", 1, "none", text_of(file)) for file in ("value", "ops")]
    survivors = 0
    with multiprocessing.get_context("fork").Pool(options.jobs, move_into_a_copy) as pool:
        if not all(survived for _, survived in pool.imap(outcome, whole)):
            sys.exit("the tests fail on the engine as it is: see to that first")
        for mutant, survived in pool.imap_unordered(outcome, chosen):
            survivors += survived
            if survived:
                reason = EQUIVALENT.get(mutant.name)
                print(mutant, *([f"  # {reason}"] if reason else []), flush=True)
    print(f"{survivors} of {len(chosen)} survive: {survivors / len(chosen):.1%}")


if __name__ == "__main__":
    main()
