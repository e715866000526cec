"""Files are written whole or not at all; what is there keeps its kind, its mode and its name."""

import os
import stat
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from autograd.files import write

ROOT = Path(__file__).resolve().parents[2]

posix = pytest.mark.skipif(os.name == "nt", reason="Windows has other rights, links and pipes")


def names(folder):
    return sorted(path.name for path in folder.iterdir())


def mode(path):
    return stat.S_IMODE(path.stat().st_mode)


def test_a_file_is_written_and_nothing_else(tmp_path):
    write(tmp_path / "a.txt", b"one")
    write(tmp_path / "a.txt", b"two")
    assert names(tmp_path) == ["a.txt"]
    assert (tmp_path / "a.txt").read_bytes() == b"two"


def test_a_missing_folder_is_named_with_the_file(tmp_path):
    path = tmp_path / "missing" / "a.txt"
    message = r"a.txt cannot be written; there is no folder .*missing: make it first"
    with pytest.raises(FileNotFoundError, match=message):
        write(path, b"one")
    assert names(tmp_path) == []


def test_a_file_in_the_place_of_the_folder_is_told_as_a_missing_folder(tmp_path):
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(FileNotFoundError, match=r"there is no folder .*file: make it first"):
        write(tmp_path / "file" / "a.txt", b"one")


def test_a_folder_is_not_written_over(tmp_path):
    (tmp_path / "folder").mkdir()
    with pytest.raises(OSError, match="folder"):
        write(tmp_path / "folder", b"one")
    assert names(tmp_path) == ["folder"]


def test_what_cannot_be_moved_into_place_leaves_what_was_there(tmp_path, monkeypatch):
    (tmp_path / "a.txt").write_bytes(b"precious")

    def full(*names):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "replace", full)
    with pytest.raises(OSError, match="No space left"):
        write(tmp_path / "a.txt", b"one")
    assert names(tmp_path) == ["a.txt"]
    assert (tmp_path / "a.txt").read_bytes() == b"precious"


# R3: whatever was there was replaced, and the umask of the whole process was changed meanwhile.


@posix
@pytest.mark.parametrize("before", [0o600, 0o640, 0o666, 0o755])
def test_the_mode_of_a_file_is_kept(tmp_path, before):
    (tmp_path / "a.txt").write_bytes(b"one")
    (tmp_path / "a.txt").chmod(before)
    write(tmp_path / "a.txt", b"two")
    assert mode(tmp_path / "a.txt") == before


@posix
def test_a_private_file_is_private_at_every_moment(tmp_path, monkeypatch):
    path = tmp_path / "a.txt"
    path.write_bytes(b"secret")
    path.chmod(0o600)
    seen = []
    replace = os.replace
    monkeypatch.setattr(os, "chmod", lambda file, bits: seen.append(mode(file)))
    monkeypatch.setattr(os, "replace", lambda a, b: seen.append(mode(a)) or replace(a, b))
    write(path, b"another secret")
    assert seen == [0o600, 0o600]


@posix
def test_a_new_file_has_the_usual_mode_and_the_umask_is_not_touched(tmp_path, monkeypatch):
    before = os.umask(0o027)
    try:
        with monkeypatch.context() as patch:
            patch.setattr(os, "umask", lambda mask: pytest.fail("it is the whole process'"))
            write(tmp_path / "a.txt", b"one")
    finally:
        os.umask(before)
    assert mode(tmp_path / "a.txt") == 0o640


@posix
def test_a_link_keeps_pointing_to_the_file_that_is_written(tmp_path):
    target, link = tmp_path / "target.txt", tmp_path / "link.txt"
    target.write_bytes(b"one")
    link.symlink_to("target.txt")
    write(link, b"two")
    assert link.is_symlink()
    assert target.read_bytes() == b"two"
    assert names(tmp_path) == ["link.txt", "target.txt"]


@posix
def test_a_link_to_nothing_yet_makes_its_file(tmp_path):
    (tmp_path / "there").mkdir()
    (tmp_path / "link.txt").symlink_to("there/target.txt")
    write(tmp_path / "link.txt", b"one")
    assert (tmp_path / "there/target.txt").read_bytes() == b"one"
    (tmp_path / "lost.txt").symlink_to("nowhere/target.txt")
    message = r"lost.txt cannot be written; there is no folder .*nowhere: make it first"
    with pytest.raises(FileNotFoundError, match=message):
        write(tmp_path / "lost.txt", b"one")


@posix
def test_a_link_to_itself_is_an_error(tmp_path):
    (tmp_path / "loop").symlink_to("loop")
    with pytest.raises(OSError, match="loop"):
        write(tmp_path / "loop", b"one")


@posix
def test_a_pipe_is_written_to_and_stays_a_pipe(tmp_path):
    path, read = tmp_path / "pipe", []
    os.mkfifo(path)
    reader = threading.Thread(target=lambda: read.append(path.read_bytes()))
    reader.start()
    write(path, b"one")
    reader.join(timeout=20)
    assert read == [b"one"]
    assert stat.S_ISFIFO(path.stat().st_mode)
    assert names(tmp_path) == ["pipe"]


@posix
def test_a_device_is_written_to_and_stays_a_device(tmp_path):
    write(Path(os.devnull), b"one")
    assert stat.S_ISCHR(os.stat(os.devnull).st_mode)


PROGRAM = """
from pathlib import Path
from autograd.files import write
write(Path("/dev/stdout"), b"one")
"""


@pytest.mark.skipif(not os.path.exists("/dev/stdout"), reason="standard output has no name")
def test_standard_output_by_its_name_is_written_to_and_its_file_is_not_replaced(tmp_path):
    with (tmp_path / "out.txt").open("wb") as out:
        subprocess.run([sys.executable, "-c", PROGRAM], cwd=ROOT, stdout=out, check=True)
        assert os.fstat(out.fileno()).st_ino == (tmp_path / "out.txt").stat().st_ino
    assert (tmp_path / "out.txt").read_bytes() == b"one"
    assert names(tmp_path) == ["out.txt"]


@posix
def test_a_write_protected_file_is_kept(tmp_path, monkeypatch):
    path = tmp_path / "a.txt"
    path.write_bytes(b"precious")
    path.chmod(0o444)
    # root may write to whatever it likes, and tests may be run by root
    monkeypatch.setattr(os, "access", lambda path, right: False)
    with pytest.raises(PermissionError, match="write-protected"):
        write(path, b"one")
    assert path.read_bytes() == b"precious"


@posix
def test_what_standard_output_holds_already_stays(tmp_path):
    use = "from pathlib import Path; from autograd.files import write"
    code = f"{use}; write(Path('/dev/stdout'), b'new')"
    (tmp_path / "log").write_bytes(b"precious ")
    with open(tmp_path / "log", "ab") as log:
        subprocess.run([sys.executable, "-c", code], stdout=log, check=True, cwd=ROOT)
    assert (tmp_path / "log").read_bytes() == b"precious new"


def test_an_error_names_the_file_and_not_the_one_beside_it(tmp_path, monkeypatch):
    def full(*names):
        raise OSError(28, "No space left on device", ".a.txt.1234")

    monkeypatch.setattr(os, "replace", full)
    with pytest.raises(OSError, match=r"a\.txt'$"):
        write(tmp_path / "a.txt", b"one")
