"""How often `diagnose` finds what is wrong, and how often it cries wolf, on the trainings of `tests/nn/trainings.py`.

python benchmarks/diagnosis.py
"""

from __future__ import annotations

import runpy
from pathlib import Path

from nn import diagnose

ROOT = Path(__file__).resolve().parents[1]

SEEDS = range(10)


def main() -> None:
    trainings = runpy.run_path(str(ROOT / "tests" / "nn" / "trainings.py"))
    print("fault                       found   also said")
    for fault, train in trainings["FAULTS"].items():
        said = [[finding.name for finding in diagnose(*train(seed))] for seed in SEEDS]
        others = sorted({name for names in said for name in names} - {fault})
        print(f"{fault:26}  {sum(fault in names for names in said):2}/{len(SEEDS)}   {', '.join(others)}", flush=True)
    print("\nhealthy training            false alarms")
    for name, train in trainings["HEALTHY"].items():
        alarms = [finding.name for seed in SEEDS for finding in diagnose(*train(seed))]
        print(f"{name:26}  {len(alarms):2} in {len(SEEDS)}   {', '.join(sorted(set(alarms)))}", flush=True)


if __name__ == "__main__":
    main()
