"""V5: other distributions, and files of the user's own, that took the names autograd, nn or viz."""

import os
import shutil
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

from autograd import add_op
from glassgrad import conflicts

DRAW = ["-m", "glassgrad", "draw", "a*b", "a=2", "b=3"]
DOCTOR = ["-m", "glassgrad", "doctor"]
IMPORT = ["-c", "from glassgrad import Value, nn, viz"]

pytestmark = pytest.mark.slow  # each starts several processes


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
    listed = [f"{package}/__init__.py,," for package in packages]
    (info / "RECORD").write_text("\n".join(listed))


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


def test_a_module_that_is_loaded_already_and_came_from_nowhere_is_none_of_ours(monkeypatch):
    monkeypatch.setitem(sys.modules, "nn", type(sys)("nn"))
    assert conflicts.taken("nn").startswith("the package 'nn' of glassgrad is missing")


def test_homework_that_speaks_of_glassgrad_is_still_homework(site, tmp_path):
    (tmp_path / "nn.py").write_text(
        "import glassgrad as gg  # the engine of the course, glassgrad\n"
    )
    refused(site, "'nn' leads to ", "rename it", folder=tmp_path)


def test_an_archive_of_packages_can_be_imported(site):
    archive = shutil.make_archive(str(site.parent / "all"), "zip", site)
    done = run(archive, IMPORT, site.parent)
    assert done.returncode == 0, done.stderr


def test_a_name_is_looked_up_once():
    import glassgrad as gg

    assert gg.tanh is gg.tanh and "tanh" in vars(gg)
    add_op("cube", lambda x: x**3, lambda x, out: (3 * x * x,))
    assert gg.cube(2.0) == 8.0 and "cube" not in vars(gg)


def test_the_same_name_in_another_folder_of_the_path_is_no_fault(site, tmp_path):
    (tmp_path / "other/nn").mkdir(parents=True)
    (tmp_path / "other/nn/__init__.py").write_text("")
    installed(tmp_path / "other", "nn", "0.1", "nn")
    done = run(os.pathsep.join([str(site), str(tmp_path / "other")]), DOCTOR, tmp_path)
    assert done.returncode == 0 and "shares" not in done.stdout


def test_what_pip_left_behind_does_not_stop_the_doctor(site):
    for name in ("nn-9.dist-info", "~iz-1.0.dist-info"):
        (site / name).mkdir()
        (site / name / "top_level.txt").write_text("nn\nviz\n")
    done = run(site, DOCTOR)
    assert "Traceback" not in done.stderr and "of unknown name" in done.stdout


def test_a_folder_without_a_package_in_it_is_named_where_nothing_else_is_found(site, tmp_path):
    shutil.rmtree(site / "nn")
    (site / "nn").mkdir()
    code = "from glassgrad import conflicts; print(conflicts.taken('nn'))"
    said = run(site, ["-S", "-c", code], tmp_path).stdout
    assert "stands in the way of glassgrad's package 'nn'" in said


def test_a_package_that_ours_need_is_missed_in_one_line(site):
    without = "import sys; sys.modules['graphviz'] = None"
    code = f"{without}; from glassgrad.__main__ import main; sys.exit(main(['doctor']))"
    done = run(site, ["-c", code])
    assert done.returncode == 1 and "graphviz" in done.stdout and "Traceback" not in done.stderr
