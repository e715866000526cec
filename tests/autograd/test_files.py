"""Files that are there whole or not at all."""

import os

import pytest

import autograd.files
from autograd.files import write


def test_a_file_is_written_whole_or_not_at_all(tmp_path, monkeypatch):
    file = tmp_path / "graph.svg"
    file.write_bytes(b"old")

    def full(*_):
        raise OSError("no space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(autograd.files.os, "replace", full)
        with pytest.raises(OSError, match="no space left"):
            write(file, b"new")
    assert file.read_bytes() == b"old"
    assert os.listdir(tmp_path) == ["graph.svg"]


def test_writing_replaces_what_was_there(tmp_path):
    file = tmp_path / "graph.svg"
    file.write_bytes(b"old")
    write(file, b"new")
    assert file.read_bytes() == b"new"
