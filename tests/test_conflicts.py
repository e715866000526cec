"""V5: other distributions, and files of the user's own, that took the names autograd, nn or viz."""

import shutil
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

from glassgrad import conflicts

DRAW = ["-m", "glassgrad", "draw", "a*b", "a=2", "b=3"]
DOCTOR = ["-m", "glassgrad", "doctor"]
IMPORT = ["-c", "from glassgrad import Value, nn, viz"]


@pytest.fixture
def site(tmp_path):
    """A folder of packages as pip leaves it: glassgrad's four, and who installed them."""
    home = tmp_path / "site"
    for name in ("glassgrad", *conflicts.NAMES):
        source = Path(find_spec(name).origin).parent
        shutil.copytree(source, home / name, ignore=shutil.ignore_patterns("__pycache__", "demos"))
    installed(home, "glassgrad", "0.1.0", "glassgrad", *conflicts.NAMES)
    return home


def installed(home, name, version, *packages):
    """What pip writes down of a distribution."""
    info = home / f"{name}-{version}.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n")
    (info / "top_level.txt").write_text("\n".join(packages))


def run(site, words, folder=None):
    command = [sys.executable, *words]
    environment = {"PYTHONPATH": str(site), "PATH": "", "PYTHONUTF8": "1"}
    return subprocess.run(
        command, cwd=folder or site.parent, env=environment, capture_output=True, text=True
    )


def test_where_nothing_is_in_the_way_all_is_well(site):
    assert run(site, IMPORT).returncode == 0
    done = run(site, DOCTOR)
    assert done.returncode == 0 and "distribution" not in done.stdout


def refused(site, *parts, folder=None):
    """Every entrance says the same in one sentence, and none ends in a traceback of ours."""
    imported = run(site, IMPORT, folder)
    assert imported.stderr.splitlines()[-1].startswith("glassgrad.conflicts.NameTaken: ")
    for words in (DRAW, DOCTOR):
        done = run(site, words, folder)
        told = done.stdout + done.stderr
        assert done.returncode == 1 and "Traceback" not in told
        assert all(part in told for part in parts), told


@pytest.mark.parametrize("name", conflicts.NAMES)
def test_another_distribution_installed_after_has_overwritten_the_package(site, name):
    installed(site, "other", "1.7.0", name)
    (site / name / "__init__.py").write_text("from .core import thing\n")
    refused(site, f"{name!r} belongs to the distribution other 1.7.0", "virtual environment")


@pytest.mark.parametrize("name", conflicts.NAMES)
def test_another_distribution_installed_before_shares_the_folder(site, name):
    installed(site, "other", "1.7.0", name)
    assert run(site, IMPORT).returncode == 0  # what was installed last works
    done = run(site, DOCTOR)
    assert done.returncode == 1
    assert "other 1.7.0 is installed too and shares the folder" in done.stdout


@pytest.mark.parametrize("name", conflicts.NAMES)
def test_a_file_of_the_users_own_has_the_name(site, name, tmp_path):
    folder = tmp_path / "homework"
    folder.mkdir()
    (folder / f"{name}.py").write_text("print('homework')\n")
    refused(site, f"{name!r} leads to ", f"{name}.py", "rename it", folder=folder)


def test_doctor_names_the_module_that_is_loaded_already(monkeypatch):
    monkeypatch.setitem(sys.modules, "nn", type(sys)("nn"))
    assert conflicts.taken("nn").startswith("the package 'nn' is missing")
