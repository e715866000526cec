"""Test accuracies of `demos/solve.py` over ten seeds, each for data, split, weights and order.

python benchmarks/solve.py [name ...]
"""

from __future__ import annotations

import sys
import time

from demos.solve import RECIPES, solve

SEEDS = range(10)


def main() -> None:
    print("data       wanted   least   mean    seeds below   seconds a run")
    for name in sys.argv[1:] or RECIPES:
        start = time.perf_counter()
        found = [solve(name, seed)[0] for seed in SEEDS]
        seconds = (time.perf_counter() - start) / len(SEEDS)
        wanted = RECIPES[name].wanted
        below = sum(accuracy < wanted for accuracy in found)
        print(
            f"{name:9}  {wanted:6.1%}  {min(found):6.1%}  {sum(found) / len(found):6.1%}  "
            f"{below:6} of {len(found)}  {seconds:10.1f}",
            flush=True,
        )


if __name__ == "__main__":
    main()
