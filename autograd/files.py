"""Files that are written whole or not at all."""

from __future__ import annotations

import errno
import os
import secrets
import stat
from contextlib import suppress
from pathlib import Path


def write(path: Path, content: bytes) -> None:
    """Put `content` into the file, whole or not at all: written beside it, then moved into place.

    An existing file keeps its mode and its owner, a link keeps pointing to the file behind it, and
    a pipe or a device is written to directly. Raises FileNotFoundError for a folder that does not
    exist, PermissionError for a file that is write-protected, and OSError for any other failure.
    """
    before = _state_of(path)
    if before is not None and (not stat.S_ISREG(before.st_mode) or _is_open_already(path)):
        # There is nothing to replace, and what a stream has written so far must stay. For a folder
        # `open` itself raises.
        with open(path, "ab") as file:
            file.write(content)
        return
    target = Path(os.path.realpath(path))
    if not target.parent.is_dir():
        missing = f"there is no folder {_parent_of(path, target)}: make it first"
        raise FileNotFoundError(f"{path} cannot be written; {missing}")
    if before is not None and not os.access(target, os.W_OK):  # a move would replace it regardless
        raise PermissionError(errno.EACCES, "write-protected", str(path))
    _replace(target, content, before)


def _state_of(path: Path) -> os.stat_result | None:
    """What is at that path, following links; None if there is nothing."""
    try:
        return os.stat(path)
    except (FileNotFoundError, NotADirectoryError):
        return None


def _is_open_already(path: Path) -> bool:
    """Whether the path names an open stream, such as /dev/stdout, whatever is behind it."""
    return os.path.abspath(path).startswith(("/dev/stdout", "/dev/stderr", "/dev/fd/", "/proc/"))


def _parent_of(path: Path, target: Path) -> Path:
    """The folder as the caller wrote it, unless a link leads elsewhere."""
    return target.parent if path.is_symlink() else path.parent


def _replace(target: Path, content: bytes, before: os.stat_result | None) -> None:
    # Created with its final mode, so that others can at no moment read what they must not. The
    # system applies the umask by itself; to ask for the umask would change it for a moment.
    mode = 0o666 if before is None else stat.S_IMODE(before.st_mode)
    beside = target.with_name(f".{target.name[:40]}.{secrets.token_hex(8)}")
    try:
        with open(beside, "xb", opener=lambda name, flags: os.open(name, flags, mode)) as file:
            file.write(content)
        if before is not None:
            _keep_owner_and_mode(beside, before)
        os.replace(beside, target)
    except BaseException as error:
        with suppress(OSError):
            beside.unlink(missing_ok=True)
        if isinstance(error, OSError) and error.filename is not None:
            # The caller does not know about the file beside it.
            raise type(error)(error.errno, error.strerror, str(target)) from None
        raise


def _keep_owner_and_mode(file: Path, before: os.stat_result) -> None:
    # Only root may give files away, and Windows has no such call; otherwise the writer owns it.
    with suppress(OSError, AttributeError):
        os.chown(file, before.st_uid, before.st_gid)
    os.chmod(file, stat.S_IMODE(before.st_mode))  # after chown, which clears the setuid bits
