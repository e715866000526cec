"""Scenes as text: JSON that comes back as it was, and a tree that tells each thing once."""

import json
import math
import unicodedata

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from autograd import Value, topological_order
from autograd.strategies import programs
from nn import MLP, data, losses
from viz import Cluster, Edge, Node, Scene, folded, from_json, scene, to_dot, to_json, to_tree
from viz.graph.extent import MOST_CARDS

NUMBERS = st.floats() | st.sampled_from(
    [math.nan, math.inf, -math.inf, -0.0, 5e-324, 1.7976931348623157e308]
)
LABELS = st.text(max_size=30) | st.sampled_from(
    [
        "\ud800",
        "\x00",
        "\u2028",
        '"',
        "\\",
        "</script>",
        "\n├─ ×1  fake = 1.0000",
        "│",
        "nan",
        "a (above)",
        "\u202e",
        "x" * 10_000,
    ]
)


def same(a, b):
    """Whether two scenes are equal, with nan equal to nan and 0.0 not to -0.0."""
    return repr(a) == repr(b)


def network_loss():
    model = MLP([2, 4, 3, 1], rng=0)
    X, y = data.moons(6, rng=0)
    loss = losses.bce_with_logits(model(X), y)
    loss.backward()
    return loss


def chain(n):
    x = Value(1.0, "x")
    for _ in range(n):
        x = x * 0.999 + 0.1
    return x


# JSON.


@given(programs(), st.booleans())
def test_a_scene_comes_back_from_json_as_it_was(program, swept):
    root = program(*map(Value, program.point))
    if swept:
        root.backward()
    drawn = scene(root, highlight=topological_order(root)[0])
    assert same(from_json(to_json(drawn)), drawn)


@given(NUMBERS, NUMBERS, LABELS, LABELS)
@example(math.nan, math.inf, "nan", "-inf")
def test_numbers_that_json_has_not_and_hostile_labels_come_back(a, b, label, other):
    root = Value(a, label) * Value(b, other)
    root.backward()
    text = to_json(scene(root))
    assert same(from_json(text), scene(root))
    json.loads(text, parse_constant=pytest.fail)
    text.encode("ascii")


def test_folded_scenes_with_clusters_and_notes_come_back():
    for depth in (0, 1, None):
        drawn = folded(network_loss(), depth)
        back = from_json(to_json(drawn))
        assert same(back, drawn)
        assert to_dot(back).source == to_dot(drawn).source


def nested(inner):
    return st.lists(inner) | st.dictionaries(st.text(), inner)


PLAIN = st.none() | st.booleans() | st.floats() | st.text()


@given(st.text() | st.recursive(PLAIN, nested).map(json.dumps))
@example("")
@example("[" * 100_000)
@example("9" * 10_000)
@example("null")
@example('{"nodes": [], "edges": [], "clusters": [], "note": ""}')
@example('{"nodes": {}, "edges": {}, "clusters": {}, "note": {}}')
def test_garbage_is_refused(text):
    with pytest.raises(ValueError, match=r"^this is not a scene as to_json writes it \(\w+: "):
        from_json(text)


def plain():
    drawn = Scene(
        (
            Node("v0", "w", "parameter", 2.0, 3.0, "", "", module="layer"),
            Node("v1", "", "constant", 1.0, None, "const", ""),
            Node("v2", "w + 1", "output", 3.0, 1.0, "add", "+", summary=("a",)),
        ),
        (Edge("v0", "v2", 1.0, True, 3.0), Edge("v1", "v2", 1.0, False)),
        (Cluster("layer", "", "layer"), Cluster("layer.inner", "layer", "inner")),
        "a note",
    )
    return json.loads(to_json(drawn))


@pytest.mark.parametrize(
    ("place", "wrong", "said"),
    [
        (("nodes", 0, "id"), "v2", "each id only once"),
        (("nodes", 0, "id"), 0, "id must not be '0'"),
        (("nodes", 0, "title"), None, "title must not be 'None'"),
        (("nodes", 0, "kind"), "leaf", "kind must not be 'leaf'"),
        (("nodes", 0, "kind"), ["leaf"], "kind must not be"),
        (("nodes", 0, "data"), "2", "data must not be '2'"),
        (("nodes", 0, "data"), "NaN", "data must not be 'NaN'"),
        (("nodes", 0, "data"), None, "data must not be 'None'"),
        (("nodes", 0, "data"), True, "data must not be 'True'"),
        (("nodes", 0, "data"), [1.0], "data must not be"),
        (("nodes", 0, "data"), 10**400, "OverflowError"),
        (("nodes", 0, "grad"), "big", "grad must not be 'big'"),
        (("nodes", 0, "module"), "other", "'other' is the module of a node, but not a cluster"),
        (("nodes", 0, "count"), 0, "count must not be '0'"),
        (("nodes", 0, "count"), 1.0, "count must not be '1.0'"),
        (("nodes", 0, "count"), True, "count must not be 'True'"),
        (("nodes", 0, "summary"), "text", "summary must not be 'text'"),
        (("nodes", 0, "summary"), [1], "summary must not be"),
        (("nodes", 0, "colour"), "red", "a Node has copies, count, data, glyph"),
        (("nodes", 0), [], "AttributeError"),
        (("nodes",), {}, "at least one node"),
        (("edges", 0, "source"), "v9", "an edge from 'v9' to 'v2', one of which is not a node"),
        (("edges", 0, "target"), "v9", "one of which is not a node"),
        (("edges", 0, "slope"), None, "slope must not be 'None'"),
        (("edges", 0, "flows"), 1, "flows must not be '1'"),
        (("edges", 0, "on_path"), "no", "on_path must not be 'no'"),
        (("edges",), 3, "TypeError"),
        (("clusters", 0, "path"), "", "the cluster '' occurs twice, or before the one around it"),
        (("clusters", 1, "path"), "layer", "the cluster 'layer' occurs twice"),
        (("clusters", 0, "parent"), "layer.inner", "before the one around it"),
        (("note",), None, "note must not be 'None'"),
        (("extra",), 1, "a scene has nodes, edges, clusters, note, compact and values"),
    ],
    ids=lambda x: ".".join(map(str, x)) if isinstance(x, tuple) else None,
)
def test_whatever_is_wrong_in_a_scene_is_told_with_its_field(place, wrong, said):
    from_json(json.dumps(plain()))
    content = spot = plain()
    for key in place[:-1]:
        spot = spot[key]
    spot[place[-1]] = wrong
    with pytest.raises(ValueError, match="this is not a scene as to_json writes it") as error:
        from_json(json.dumps(content))
    assert said in str(error.value)


@pytest.mark.parametrize("name", ["nodes", "edges", "clusters", "note"])
def test_a_scene_without_a_part_is_refused(name):
    content = plain()
    del content[name]
    with pytest.raises(ValueError, match="a scene has nodes, edges, clusters, note, compact"):
        from_json(json.dumps(content))


@pytest.mark.parametrize("name", ["NaN", "Infinity", "-Infinity"])
def test_what_only_python_takes_for_json_is_refused(name):
    with pytest.raises(ValueError, match=f"{name} is not a JSON number"):
        from_json(json.dumps(plain()).replace("2.0", name))


# The tree.


def test_what_is_shared_is_unfolded_once():
    a, b = Value(2.0, "a"), Value(3.0, "b")
    d = a * b
    d.label = "d"
    root = d * d + a
    root.label = "out"
    root.backward()
    assert to_tree(scene(root)).splitlines() == [
        "out = 38.0000, grad 1.0000",
        "├─ ×1  d * d = 36.0000, grad 1.0000",
        "│  ├─ ×6  d = 6.0000, grad 12.0000",
        "│  │  ├─ ×3  a = 2.0000, grad 37.0000",
        "│  │  └─ ×2  b = 3.0000, grad 24.0000",
        "│  └─ ×6  d (above)",
        "└─ ×1  a (above)",
    ]


@given(programs())
def test_every_node_is_told_once_and_every_edge_has_a_line(program):
    root = program(*map(Value, program.point))
    drawn = scene(root)
    lines = to_tree(drawn).splitlines()
    assert len(lines) == 1 + len(drawn.edges)
    full = [line for line in lines if not line.endswith(" (above)")]
    constants = {node.id for node in drawn.nodes if node.kind == "constant"}
    uses = sum(edge.source in constants for edge in drawn.edges)
    assert len(full) == len(drawn.nodes) - len(constants) + uses
    assert lines[0].startswith(f"{drawn.root.title or drawn.root.id} = ")


def test_a_graph_whose_paths_double_with_each_node_has_as_many_lines_as_edges():
    x = Value(1.0, "x")
    for _ in range(200):
        x = x + x
    assert len(to_tree(scene(x)).splitlines()) == 401


def test_marks_and_numbers_out_of_bounds_are_told():
    root = Value(-1.0, "x").log() * 2
    root.backward()
    lines = to_tree(scene(root)).splitlines()
    assert lines[1] == "├─ ×2  log(x) = nan, grad 2.0000 (first nan)"
    assert lines[2].startswith("│  └─ ×nan  x = −1.0000, grad nan")


@given(LABELS)
def test_no_label_makes_a_line_of_its_own(label):
    assert len(to_tree(scene(Value(2.0, label) * Value(3.0, "b"))).split("\n")) == 3
    assert not {"Cc", "Cs", "Zl", "Zp"} & {
        unicodedata.category(c) for c in to_tree(scene(Value(2.0, label)))
    }


def test_a_tree_before_a_backward_pass_has_no_gradients():
    assert "grad" not in to_tree(scene(chain(3)))


@pytest.mark.slow
def test_50_000_nodes_in_a_row_are_no_recursion_and_no_flood():
    drawn = scene(chain(12_500))
    assert len(drawn.nodes) == 50_001
    assert same(from_json(to_json(drawn)), drawn)
    lines = to_tree(drawn).splitlines()
    assert len(lines) == 50_001
    assert max(map(len, lines)) < 250
    assert sum(line.startswith("⋮24960 ") for line in lines) == 80


def test_after_40_levels_the_indentation_starts_anew():
    x = Value(1.0, "x")
    for _ in range(41):
        x = -x
    assert to_tree(scene(x)).splitlines()[39:] == [
        "   " * 38 + "└─ ×−1  --x = 1.0000",
        "⋮40 └─ ×−1  -x = −1.0000",
        "⋮40    └─ ×−1  x = 1.0000",
    ]


def test_a_folded_scene_is_a_tree_of_cards():
    lines = to_tree(folded(network_loss(), 1)).splitlines()
    cards = [line for line in lines if "‖grad‖" in line]
    assert any("layers.1: 177 values, neurons ×3, 15 parameters" in line for line in cards)
    assert any("edges  layers.0" in line for line in lines)
    assert "50,001 values" not in to_tree(folded(chain(12_500)))
    assert len(to_tree(folded(chain(12_500))).splitlines()) <= MOST_CARDS
