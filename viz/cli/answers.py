"""The answers of `explain` and `check`: as plain data for --json, and in words."""

from __future__ import annotations

import json
from typing import Any

from autograd import Value, explain, topological_order
from autograd.check import Verdict, judge
from autograd.judging import Finding
from viz.cli.expression import parse
from viz.graph.export import plain_number
from viz.graph.scene import scene


def as_json(plain: Any) -> str:
    """Plain data as the text that --json prints."""
    # All characters beyond ASCII are escaped, so that no console can spoil what a program reads.
    return json.dumps(plain, indent=1, allow_nan=False)


def _names(root: Value) -> dict[Value, str]:
    """The name of each node in the table."""
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


def verdict_of(source: str, leaves: dict[str, float]) -> Verdict:
    """What the check found, in a graph whose leaves have their names."""
    verdict = judge(lambda *values: parse(source, dict(zip(leaves, values))), [*leaves.values()])
    for name, leaf in zip(leaves, verdict.leaves):
        leaf.label = name
    return verdict


def problem_with(verdict: Verdict) -> str:
    """What is wrong, or that nothing could be judged, and why not; "" otherwise."""
    if verdict.wrong:
        return _first_few([finding.fault for finding in verdict.wrong], 3, "\n")
    if verdict.right:
        return ""
    remedy = "choose other numbers"
    if not verdict.unjudged:
        return f"nothing was judged, since nothing can be differentiated: {remedy}"
    finding = verdict.unjudged[0]
    what = _in_words(finding, verdict, _names(verdict.root))
    return f"nothing was judged; for example, the {what}: {finding.reason}; {remedy}"


def verdict_as_data(source: str, verdict: Verdict, problem: str) -> dict[str, Any]:
    """What a check found, with the nodes by their names in the table."""
    names = _names(verdict.root)
    judged = [_item(x, verdict, names) for x in verdict.findings if x.judged]
    not_judged = [{**_item(x, verdict, names), "reason": x.reason} for x in verdict.unjudged]
    return {
        "expression": source,
        "ok": not problem,
        "problem": problem,
        "judged": judged,
        "not_judged": not_judged,
        "faults": [finding.fault for finding in verdict.wrong],
    }


def _item(finding: Finding, verdict: Verdict, names: dict[Value, str]) -> dict[str, Any]:
    inputs = finding.node.inputs if finding.kind == "slope" else verdict.leaves
    return {
        "kind": finding.kind,
        "node": names[finding.node],
        "input": names.get(inputs[finding.position], ""),
        "order": finding.order,
    }


def _in_words(finding: Finding, verdict: Verdict, names: dict[Value, str]) -> str:
    item = _item(finding, verdict, names)
    of = f" of {item['node']}" if finding.kind == "slope" else ""
    derivative = "derivative of the " if finding.order == 2 else ""
    return f"{derivative}{finding.kind}{of} in {item['input']}"


def _first_few(texts: list[str], limit: int, between: str) -> str:
    more = [f"... and {len(texts) - limit} more"] if len(texts) > limit else []
    return between.join([*texts[:limit], *more])


def verdict_in_words(verdict: Verdict) -> str:
    """That everything is right, or how much of it is; and what was not judged, and why."""
    if not verdict.unjudged:
        count = len(topological_order(verdict.root))
        what = "every slope, the gradient and their derivatives"
        return f"ok: {count} nodes, {what} agree with numbers"
    names = _names(verdict.root)
    left_out = [f"{_in_words(x, verdict, names)} ({x.reason})" for x in verdict.unjudged]
    return (
        f"ok as far as it was judged: {len(verdict.right)} of {len(verdict.findings)} slopes, "
        f"gradients and derivatives agree with numbers\n"
        f"not judged: {_first_few(left_out, 8, '; ')}"
    )
