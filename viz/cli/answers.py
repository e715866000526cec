"""The answers of `explain` and `check`: as plain data for --json, and in words."""

from __future__ import annotations

import json
from typing import Any

from autograd import Value, explain, topological_order
from autograd.check import Finding, Judgement, judge
from viz.cli.expression import parse
from viz.graph.export import plain_number
from viz.graph.scene import scene


def as_json(plain: Any) -> str:
    """Plain data as the text that --json prints."""
    # All signs beyond ASCII are escaped: no console can spoil what a program reads.
    return json.dumps(plain, indent=1, allow_nan=False)


def _names(root: Value) -> dict[Value, str]:
    """Each node by the name that it has in the table."""
    return {node: card.name for node, card in zip(topological_order(root), scene(root).nodes)}


def explanation(root: Value, node: Value) -> dict[str, Any]:
    """Why a gradient is what it is, with the nodes by their names in the table."""
    names, found = _names(root), explain(root, node)
    paths = []
    for path in found.paths:
        paths.append(
            {
                "nodes": [names[node] for node in path.nodes],
                "slopes": [plain_number(slope) for slope in path.slopes],
                "product": plain_number(path.product),
            }
        )
    return {
        "root": names[root],
        "wrt": names[node],
        "gradient": plain_number(found.grad),
        "count": found.count,
        "paths": paths,
    }


def judgement_of(source: str, leaves: dict[str, float]) -> Judgement:
    """What the check found, on a graph whose leaves have their names."""
    judgement = judge(lambda *values: parse(source, dict(zip(leaves, values))), [*leaves.values()])
    for name, leaf in zip(leaves, judgement.leaves):
        leaf.label = name
    return judgement


def verdict(source: str, judgement: Judgement, faults: list[str], problem: str) -> dict[str, Any]:
    """What a check found, with the nodes by their names in the table."""
    names = _names(judgement.root)
    items = [(finding.judged, _item(finding, judgement, names)) for finding in judgement.findings]
    return {
        "expression": source,
        "ok": not problem,
        "problem": problem,
        "judged": [item for judged, item in items if judged],
        "not_judged": [item for judged, item in items if not judged],
        "faults": faults,
    }


def _item(finding: Finding, judgement: Judgement, names: dict[Value, str]) -> dict[str, Any]:
    inputs = finding.node.inputs if finding.kind == "slope" else judgement.leaves
    return {
        "kind": finding.kind,
        "node": names[finding.node],
        "input": names.get(inputs[finding.position], ""),
        "order": finding.order,
    }


def judged_in_words(judgement: Judgement) -> str:
    """That all is right, and what was not judged."""
    count = len(topological_order(judgement.root))
    missing = [finding for finding in judgement.findings if not finding.judged]
    if not missing:
        what = "every slope, the gradient and their derivatives"
        return f"ok: {count} nodes, {what} agree with numbers"
    names, told = _names(judgement.root), []
    for finding in missing:
        item = _item(finding, judgement, names)
        of = f" of {item['node']}" if finding.kind == "slope" else ""
        derivative = "derivative of the " if finding.order == 2 else ""
        told.append(f"{derivative}{finding.kind}{of} in {item['input']}")
    judged = len(judgement.findings) - len(missing)
    more = f"; and {len(told) - 8} more" if len(told) > 8 else ""
    return (
        f"ok as far as it was judged: {judged} of {len(judgement.findings)} slopes, gradients and "
        f"derivatives agree with numbers\n"
        f"not judged, at or near a kink or beyond what numbers can tell: "
        f"{'; '.join(told[:8])}{more}"
    )
