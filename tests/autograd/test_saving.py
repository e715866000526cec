"""Saving: one rule for every file and folder that is written by name."""

from pathlib import Path

import pytest

from autograd.saving import MEDIA, folder, save


def test_a_file_is_written_with_the_folders_that_it_lacks(tmp_path):
    path = save(tmp_path / "new" / "deep" / "a.svg", b"<svg/>", "a picture", [".svg"])
    assert path.read_bytes() == b"<svg/>"
    assert save(str(path), b"again", "a picture", [".svg"]) == path
    assert path.read_bytes() == b"again"


@pytest.mark.parametrize("name", ["a.png", "a", "a.svg.txt"])
def test_another_ending_is_refused_with_one_that_would_do(tmp_path, name):
    with pytest.raises(ValueError, match=r"^a picture is saved in a file that ends in \.svg, got "):
        save(tmp_path / name, b"", "a picture", [".svg"])
    assert list(tmp_path.iterdir()) == []


def test_the_case_of_an_ending_does_not_count(tmp_path):
    assert save(tmp_path / "A.SVG", b"", "a picture", [".svg"]).name == "A.SVG"


def test_a_device_is_written_as_it_stands():
    if Path("/dev/null").exists():
        assert save("/dev/null", b"gone", "a picture", [".svg"]) == Path("/dev/null")


def test_a_folder_is_made_and_a_file_is_none(tmp_path):
    assert folder(tmp_path / "new" / "frames", "a strip").is_dir()
    for ending in MEDIA:
        with pytest.raises(ValueError, match="^a strip is saved in a folder, one file for each"):
            folder(tmp_path / f"frames{ending}", "a strip")
    (tmp_path / "file").write_text("")
    with pytest.raises(ValueError, match="name a folder"):
        folder(tmp_path / "file", "a strip")


@pytest.mark.parametrize("path", [3, None, b"a"])
def test_anything_but_a_path_is_refused(path):
    with pytest.raises(
        TypeError, match="^a strip is saved to a path, got .*: give a str or a Path"
    ):
        folder(path, "a strip")
