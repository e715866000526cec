"""Files that are there whole or not at all."""

from __future__ import annotations

import errno
import os
import secrets
import stat
from contextlib import suppress
from pathlib import Path


def write(path: Path, content: bytes) -> None:
    """Put `content` into the file, whole or not at all: written beside it, then moved into place.

    A file that is there keeps its mode and its owner, a link keeps pointing to the file behind it,
    and a pipe or a device is written to as it stands. Raises FileNotFoundError for a folder that
    does not exist, PermissionError for a file that is write-protected, and the OSError of whatever
    else fails.
    """
    before = _state_of(path)
    if before is not None and (not stat.S_ISREG(before.st_mode) or _is_open_already(path)):
        # There is nothing to replace, and what a stream has written so far must stay. A folder
        # refuses by itself.
        with open(path, "ab") as file:
            file.write(content)
        return
    target = Path(os.path.realpath(path))
    if not target.parent.is_dir():
        missing = f"there is no folder {_parent_of(path, target)}: make it first"
        raise FileNotFoundError(f"{path} cannot be written, {missing}")
    if before is not None and not os.access(target, os.W_OK):  # moving over it would not ask
        raise PermissionError(errno.EACCES, "write-protected", str(path))
    _replace(target, content, before)


def _state_of(path: Path) -> os.stat_result | None:
    """What is at that path, behind links; None if nothing is."""
    try:
        return os.stat(path)
    except (FileNotFoundError, NotADirectoryError):
        return None


def _is_open_already(path: Path) -> bool:
    """Whether the name is that of an open stream, such as /dev/stdout, whatever is behind it."""
    return os.path.abspath(path).startswith(("/dev/stdout", "/dev/stderr", "/dev/fd/", "/proc/"))


def _parent_of(path: Path, target: Path) -> Path:
    """The folder as the caller wrote it, unless a link leads elsewhere."""
    return target.parent if path.is_symlink() else path.parent


def _replace(target: Path, content: bytes, before: os.stat_result | None) -> None:
    # Created with its final mode, so that at no moment can others read what they must not. The
    # system applies the umask by itself; asking for the umask would change it for a moment.
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
            # The caller knows nothing of the file beside it.
            raise type(error)(error.errno, error.strerror, str(target)) from None
        raise


def _keep_owner_and_mode(file: Path, before: os.stat_result) -> None:
    # Only root may give files away, and Windows has no such call; the file is then the writer's.
    with suppress(OSError, AttributeError):
        os.chown(file, before.st_uid, before.st_gid)
    os.chmod(file, stat.S_IMODE(before.st_mode))  # after chown, which clears the setuid bits
