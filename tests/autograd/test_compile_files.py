"""Programs outside the process that compiled them: pickles, and modules that need numpy only."""

import pickle
import runpy
import subprocess
import sys

import numpy as np
import pytest

import autograd
from autograd import Value, add_op, compile, sqrt, where
from nn import MLP

from .eager import close

X = np.array([[1.0, 2.0], [-0.5, 0.25], [3.0, -1.0]])
Y = np.array([1.0, 0.0, -1.0])


def compiled_model(activation="tanh"):
    model = MLP(2, [3, 1], activation, rng=0)
    return model, compile(lambda x, y: (model(x) - y) ** 2, [0.0, 0.0], 0.0, wrt=model)


def run(code, folder, isolated=True):
    """What the code prints in a process of its own; isolated, it does not find this project."""
    path = f"import sys; sys.path.insert(0, {str(folder)!r})\n" if isolated else ""
    flags = ["-I"] if isolated else []
    done = subprocess.run(
        [sys.executable, *flags, "-c", path + code],
        cwd=folder if isolated else None,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def loaded(path):
    """The module in that file, as a dict, without importing it by name."""
    scope = {}
    exec(path.read_text(encoding="utf-8"), scope)
    return scope


@pytest.mark.parametrize("used", [False, True])
def test_a_program_pickles_and_runs_in_another_process(tmp_path, used):
    model, program = compiled_model()
    wanted = program.value_and_grad(X, Y), program.input_grads(X, Y)
    program = program if used else compiled_model()[1]
    (tmp_path / "program.pickle").write_bytes(pickle.dumps(program))
    code = (
        f"import pickle, numpy as np\n"
        f"p = pickle.load(open({str(tmp_path / 'program.pickle')!r}, 'rb'))\n"
        f"X, y = {X.tolist()}, {Y.tolist()}\n"
        f"value, grad = p.value_and_grad(X, y)\n"
        f"found = [grad, p.input_grads(X, y)[0], p(X, y), p.theta]\n"
        f"print([value, *[x.tolist() for x in found]])"
    )
    value, grad, input_grad, outs, theta = eval(run(code, tmp_path, isolated=False))
    assert (
        close(value, wanted[0][0]) and close(grad, wanted[0][1]) and close(input_grad, wanted[1][0])
    )
    assert close(outs, program(X, Y)) and close(theta, [p.data for p in model.parameters()])


def test_a_pickle_holds_the_numbers_of_its_time_and_no_longer_follows_the_model():
    model, program = compiled_model()
    copy = pickle.loads(pickle.dumps(program))
    before = program.theta
    for p in model.parameters():
        p.data += 1.0
    assert close(copy.theta, before) and close(program.theta, before + 1)
    model.layers.clear()
    assert copy(X, Y).shape == (3,)
    assert (
        copy.source == program.source
        and copy.report == program.report
        and repr(copy) == repr(program)
    )
    again = pickle.loads(pickle.dumps(copy))
    assert close(again.value_and_grad(X, Y)[1], copy.value_and_grad(X, Y)[1])


def test_a_pickle_of_many_dependent_ops_needs_no_recursion():
    def f(x):
        for _ in range(5000):
            x = x * 0.5 + 1.0
        return x

    program = pickle.loads(pickle.dumps(compile(f, 0.0)))
    assert close(program([1.0]), [2.0])


@pytest.mark.parametrize("activation", ["tanh", "relu", "gelu"])
def test_a_file_imports_numpy_alone_and_agrees(tmp_path, activation):
    model, program = compiled_model(activation)
    program.to_file(tmp_path / "network.py")
    code = (
        f"import network\n"
        f"assert not {{'autograd', 'nn'}} & sys.modules.keys() and 'numpy' in sys.modules\n"
        f"X, y = network.np.array({X.tolist()}), network.np.array({Y.tolist()})\n"
        f"value, grad = network.value_and_grad(network.theta, X, y)\n"
        f"values = network.values(network.theta, X, y).tolist()\n"
        f"print([float(value), grad.tolist(), values, network.theta.tolist(), network.names])"
    )
    value, grad, outs, theta, names = eval(run(code, tmp_path))
    wanted, gradient = program.value_and_grad(X, Y)
    named = {name: (p.data, g) for (name, p), g in zip(model.named_parameters(), gradient)}
    assert names == list(named)  # in the order of wrt
    assert close(value, wanted) and close(outs, program(X, Y))
    assert theta == program.theta.tolist() and close(grad, gradient, 1.0)


def test_a_file_of_several_outputs_of_captured_leaves_and_without_parameters(tmp_path):
    temperature = Value(3.0)
    program = compile(lambda x: [x * temperature, 2.0, x], 0.0)
    program.to_file(str(tmp_path / "several.py"))
    module = loaded(tmp_path / "several.py")
    got = module["values"](
        module["theta"],
        *([module["captured"]] if "captured" in module else []),
        np.array([1.0, 2.0]),
    )
    assert close(got, program([1.0, 2.0])) and "value_and_grad" not in module


def test_tables_of_the_functions_in_a_file_are_kept_apart(tmp_path):
    coefficients = [[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]

    def f(x):
        total = 0.0
        for row in coefficients:
            total = sum([c * x_i.tanh() for c, x_i in zip(row, x)], total)
        return total

    p = Value(2.0)
    for g, wrt in ((f, ()), (lambda x: f(x) * p, [p])):
        program = compile(g, [0.0] * 3, wrt=wrt)
        program.to_file(tmp_path / "tables.py")
        module, x = loaded(tmp_path / "tables.py"), np.ones((2, 3))
        assert module["values"](module["theta"], x).tolist() == program(x).tolist()
        total, gradient = module["value_and_grad"](module["theta"], x)
        assert close(total, program.value_and_grad(x)[0])
        assert close(gradient, program.value_and_grad(x)[1])


def test_a_file_checks_what_it_is_given(tmp_path):
    _, program = compiled_model("relu")
    program.to_file(tmp_path / "network.py")
    module = loaded(tmp_path / "network.py")
    theta = module["theta"]
    assert theta.tolist() == program.theta.tolist()
    lists = module["value_and_grad"](theta, X.tolist(), Y.tolist())
    assert close(lists[0], program.value_and_grad(X, Y)[0])
    wrong = {
        r"y must have shape \(n\), .* got \(1,\)": (X, Y[:1]),
        "x must have shape": (X[0], Y),
        "y must have shape": (X, 1.0),
    }
    for call in (module["values"], module["value_and_grad"]):
        for message, arrays in wrong.items():
            with pytest.raises(ValueError, match=message):
                call(theta, *arrays)
        with pytest.raises(
            ValueError, match="theta must hold 13 parameters, in the order of names"
        ):
            call(theta[:-1], X, Y)


def test_a_file_says_that_it_asks_nobody_about_doubtful_numbers(tmp_path):
    p = Value(1.0, "p")
    program = compile(lambda x: where(x, sqrt(p * x), 0.0), 0.0, wrt=[p])
    program.to_file(tmp_path / "safe.py")
    module = loaded(tmp_path / "safe.py")
    assert "there is no scalar engine to ask" in " ".join(module["__doc__"].split())
    for x in ([1.0, 4.0], [-1.0, 4.0], [np.nan]):
        got, wanted = (
            module["value_and_grad"](module["theta"], np.array(x)),
            program.value_and_grad(x),
        )
        assert close(got[0], wanted[0]) and close(got[1], wanted[1]), x
    behind_a_closed_switch = [0.0, 4.0]
    assert np.isnan(module["value_and_grad"](module["theta"], behind_a_closed_switch)[1])
    assert program.value_and_grad(behind_a_closed_switch)[1].tolist() == [0.5]


HOSTILE = [
    'a"""\nimport os\n"""',
    "a'''\nraise SystemExit",
    "line\nraise SystemExit('injected')",
    "carriage\rraise SystemExit('injected')",
    "form\x0cfeed\x1craise SystemExit",
    "separator\u2028raise SystemExit",
    "next\x85raise SystemExit",
    "back\\slash\\",
    'quote"',
    "quote'",
    "nul\0nul",
    "lone \ud800 surrogate",
    "{0} {title} %s",
    "∂hostile",
    "class",
    "theta",
    "np",
    "a.b.c.1",
    "inf",
    "nan",
    "many words " * 30,
    "it's " * 40,
    "# comment",
    "c1",
    "i1",
]


@pytest.mark.parametrize("hostile", HOSTILE, ids=range(len(HOSTILE)))
def test_hostile_labels_and_names_neither_break_nor_enter_the_program(tmp_path, hostile):
    w, captured = [Value(0.5 + i, hostile) for i in range(3)], Value(2.0, hostile)

    def f(x):
        z = sum((w_i * x_i for w_i, x_i in zip(w, x)), captured * w[0])
        z.label = hostile
        a = z.tanh()
        a.label = hostile
        return a * z + 0.25

    f.__name__ = hostile
    program = compile(f, [0.0] * 3, wrt=w)
    data = np.array([[1.0, 2.0, 3.0], [0.0, -1.0, 0.5]])
    value, grad = program.value_and_grad(data)
    assert "SystemExit" not in "".join(
        line.partition("#")[0] for line in program.source.splitlines()
    )
    program.to_file(tmp_path / "hostile.py")
    module = loaded(tmp_path / "hostile.py")
    got = module["value_and_grad"](
        module["theta"], *([module["captured"]] if "captured" in module else []), data
    )
    assert close(got[0], value) and close(np.sort(got[1]), np.sort(grad), 1.0)
    assert module["names"] == [hostile] * 3


def test_an_op_without_a_numpy_column_is_no_file_and_leaves_none(tmp_path):
    strange = add_op("strange", lambda x: x * x, lambda x, out: (2 * x,))
    p = Value(1.0)
    program = compile(lambda x: strange(p * x), 0.0, wrt=[p])
    with pytest.raises(
        ValueError, match=r"its op 'strange' has no numpy column. Give its row one, as in add_op"
    ):
        program.to_file(tmp_path / "strange.py")
    assert list(tmp_path.iterdir()) == []
    with pytest.raises(FileNotFoundError, match="make it first"):
        compile(lambda x: x, 0.0).to_file(tmp_path / "nowhere" / "program.py")
    assert list(tmp_path.iterdir()) == []


def test_a_failure_leaves_the_file_that_was_there(tmp_path, monkeypatch):
    path = tmp_path / "network.py"
    program = compiled_model()[1]
    program.to_file(path)
    before = path.read_bytes()
    monkeypatch.setattr("os.replace", lambda *_: (_ for _ in ()).throw(OSError("disk full")))
    with pytest.raises(OSError, match="disk full"):
        program.to_file(path)
    assert path.read_bytes() == before and list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize(
    "name",
    [
        "x",
        "sum",
        "parameter",
        "input",
        "captured",
        "theta",
        "t1",
        "t2",
        "w1",
        "v",
        "s",
        "n",
        "g",
        "total",
        "sums",
        "values",
        "len",
        "gw1",
        "z1",
        "dz1",
    ],
)
def test_an_op_of_ones_own_may_have_any_name(name):
    own = add_op(name, lambda x: x * x * x, lambda x, out: (3 * x * x,))
    w = [Value(0.5, "w"), Value(0.25, "w")]

    def f(x):
        z = own(w[0] * x[0] + w[1] * x[1])
        z.label = "z"
        return own(z * w[0]) + own(own(x[1]) + z) * own(w[1])

    def plain(x):
        def cube(t):
            return t * t * t

        z = cube(w[0] * x[0] + w[1] * x[1])
        return cube(z * w[0]) + cube(cube(x[1]) + z) * cube(w[1])

    got, wanted = (
        compile(function, [0.0, 0.0], wrt=w).value_and_grad(X) for function in (f, plain)
    )
    assert close(got[0], wanted[0], 100.0) and close(got[1], wanted[1], 100.0)


def test_a_program_of_an_op_of_ones_own_pickles_by_name():
    own = add_op("own_op", lambda x: x * x, lambda x, out: (2 * x,))
    program = compile(lambda x: own(x), 0.0)
    assert program([3.0]).tolist() == [9.0]
    data = pickle.dumps(program)
    assert pickle.loads(data)([3.0]).tolist() == [9.0]
    del autograd.OPS["own_op"]
    with pytest.raises(autograd.OpError, match="no op named 'own_op'"):
        pickle.loads(data)


def test_an_argument_called_underscore_is_an_argument_in_a_file_too(tmp_path):
    w = Value(2.0, "w")
    program = compile(lambda _: (w * _, {"z": w * _}), 0.0, wrt=[w], aux=True)
    program.to_file(tmp_path / "under.py")
    written = runpy.run_path(str(tmp_path / "under.py"))
    value, gradient = written["value_and_grad"](written["theta"], np.array([1.0, 2.0, 3.0]))
    assert (value, gradient.tolist()) == (4.0, [2.0])
