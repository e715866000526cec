"""The description for a package index, made of the README; everything else is in setup.cfg.

An index shows neither the pictures nor the files that the README links to, so both are left out.
"""

import re
import shutil
from pathlib import Path

from setuptools import setup

PICTURE = re.compile(r"!\[|<picture|<img")
LINK = re.compile(r"\[([^\]]*)\]\((?!https?:)[^)]*\)")


def described(readme: str) -> str:
    """The README as text alone: blocks with pictures go, and links to files keep their words."""
    blocks = [block for block in readme.split("\n\n") if not PICTURE.search(block)]
    return LINK.sub(r"\1", "\n\n".join(blocks))


if __name__ == "__main__":
    # What an earlier build left there would go into the wheel, though its source is gone.
    shutil.rmtree(Path(__file__).with_name("build") / "lib", ignore_errors=True)
    readme = Path(__file__).with_name("README.md").read_text(encoding="utf-8")
    setup(long_description=described(readme))
