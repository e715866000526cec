"""Copies and pickles: deep, identity kept, several Values together."""

import copy
import io
import pickle
import threading

import pytest
from hypothesis import given

from autograd import Value, constant, topological_order
from autograd.strategies import programs

DEEP = 100_000


def parts(root):
    order = topological_order(root)
    place = {node: i for i, node in enumerate(order)}
    return [(n.data, n.grad, n.label, n.op, places(n, place)) for n in order]


def places(node, place):
    return tuple(place[x] for x in node.inputs)


@pytest.fixture(scope="module")
def chain():
    x = y = Value(1.0, "x")
    for _ in range(DEEP):
        y = y * x
    y.backward()
    return x, y


def pickled(protocol):
    return lambda value: pickle.loads(pickle.dumps(value, protocol))


WAYS = [copy.deepcopy, *map(pickled, range(2, pickle.HIGHEST_PROTOCOL + 1))]


@pytest.mark.slow
@pytest.mark.parametrize("duplicate", WAYS)
def test_deep_graphs_survive(chain, duplicate):
    x, y = chain
    x2, y2 = duplicate((x, y))
    assert y2 is not y
    assert parts(y2) == parts(y)
    assert topological_order(y2)[0] is x2


@given(programs())
@pytest.mark.parametrize("duplicate", WAYS[-1:] + WAYS[:1])
def test_copies_equal_their_originals_and_share_nothing_with_them(duplicate, program):
    root = program(*[Value(x, f"x{i}") for i, x in enumerate(program.point)])
    root.backward()
    twin = duplicate(root)
    assert parts(twin) == parts(root)
    assert not set(topological_order(twin)) & set(topological_order(root))


@pytest.mark.parametrize("duplicate", WAYS)
def test_values_copied_together_keep_sharing(duplicate):
    x = Value(2.0, "x")
    shared = x * x
    heads = [shared + 1, x, shared * 3, shared]
    first, x2, second, shared2 = duplicate(heads)
    assert first.inputs[0] is second.inputs[0] is shared2
    assert shared2.inputs == (x2, x2)


def test_a_shallow_copy_is_a_new_node_of_the_same_inputs():
    x = Value(2.0)
    y = x * x
    z = copy.copy(y)
    assert z is not y
    assert z.inputs[0] is not None
    assert (z.data, z.op, len(z.inputs)) == (y.data, y.op, 2)


def test_a_copied_graph_trains_on_its_own():
    x = Value(3.0)
    y = copy.deepcopy(x * x)
    y.backward()
    assert (y.inputs[0].grad, x.grad) == (6.0, 0.0)
    c = constant(2.0)
    assert copy.deepcopy(c).op is c.op


def test_the_pickler_written_in_python_works_too(chain):
    x, y = Value(1.0), Value(2.0)
    z = y
    for _ in range(3000):
        z = z * x + y
    stream = io.BytesIO()
    pickle._Pickler(stream).dump([z, x])
    z2, x2 = pickle.loads(stream.getvalue())
    assert parts(z2) == parts(z)
    assert x2 in topological_order(z2)


@pytest.mark.slow
def test_a_failed_pickle_does_not_disturb_the_next(chain):
    class Full(io.BytesIO):
        def write(self, data):
            raise OSError("no space left")

    for _ in range(3):
        with pytest.raises(OSError, match="no space left"):
            pickle.dump(chain[1], Full())
    assert parts(pickle.loads(pickle.dumps(chain[1]))) == parts(chain[1])


def test_threads_pickle_side_by_side(chain):
    results = []
    threads = [
        threading.Thread(target=lambda: results.append(len(pickle.dumps(chain[1]))))
        for _ in range(3)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(results)) == 1
    assert len(results) == 3
