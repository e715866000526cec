"""How often `diagnose` finds what is wrong, whether its remedies help, and how often it cries wolf.

    python -m benchmarks.diagnosis            # everything
    python -m benchmarks.diagnosis faults     # or `healthy`

The trainings are those of `tests/nn/trainings.py`.
"""

from __future__ import annotations

import sys
from itertools import chain
from typing import Any

from nn import diagnose
from tests.nn.trainings import ALSO, FAULTS, HEALTHY, RATES, REMEDIES, improvement

SEEDS = range(10)


def names_of(training: Any) -> list[str]:
    return [finding.name for finding in diagnose(*training)]


def faults() -> None:
    print(f"{'fault':26} {'optimizer':10} {'found':>6} {'better':>7}   also said")
    for fault, train in FAULTS.items():
        for name in RATES:
            before = [train(seed, name) for seed in SEEDS]
            said = list(map(names_of, before))
            right = {fault, ALSO.get(fault)}
            found = sum([not right.isdisjoint(names) for names in said])
            after = [REMEDIES[fault](seed, name) for seed in SEEDS]
            pairs = zip(SEEDS, before, after)
            better = sum([improvement(fault, *pair) for pair in pairs])
            others = sorted({*chain.from_iterable(said)} - {fault})
            counts = f"{found:3}/{len(SEEDS)} {better:4}/{len(SEEDS)}"
            print(f"{fault:26} {name:10} {counts}   {', '.join(others)}", flush=True)


def healthy() -> None:
    print(f"\n{'healthy training':26} false alarms")
    for name, train in HEALTHY.items():
        said = [*chain.from_iterable([names_of(train(seed)) for seed in SEEDS])]
        print(f"{name:26} {len(said):2} in {len(SEEDS)}   {', '.join(sorted({*said}))}", flush=True)


PARTS = {"faults": faults, "healthy": healthy}

if __name__ == "__main__":
    for part in sys.argv[1:] or PARTS:
        PARTS[part]()
