"""Files are written whole or not at all."""

import pytest

from autograd.files import write


def test_a_file_is_written_and_nothing_else(tmp_path):
    write(tmp_path / "a.txt", b"one")
    write(tmp_path / "a.txt", b"two")
    assert [path.name for path in tmp_path.iterdir()] == ["a.txt"]
    assert (tmp_path / "a.txt").read_bytes() == b"two"


def test_a_missing_folder_is_named_with_the_file(tmp_path):
    path = tmp_path / "missing" / "a.txt"
    with pytest.raises(FileNotFoundError, match="a.txt cannot be written, there is no folder .*missing: make it first"):
        write(path, b"one")
    assert list(tmp_path.iterdir()) == []


def test_what_cannot_be_moved_into_place_leaves_nothing(tmp_path):
    (tmp_path / "folder").mkdir()
    with pytest.raises(OSError, match="folder"):
        write(tmp_path / "folder", b"one")
    assert [path.name for path in tmp_path.iterdir()] == ["folder"]
