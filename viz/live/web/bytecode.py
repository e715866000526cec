"""Runs in Pyodide while the page is built: puts bytecode beside the sources in both archives.

In the standard library, only the modules loaded at the start are compiled; the rest stays source.
"""

import importlib
import importlib._bootstrap_external as bootstrap
import importlib.util
import os
import sys
import zipfile

LONG_AGO = (1980, 1, 1, 0, 0, 0)
VERSION = f"{sys.version_info.major}.{sys.version_info.minor}"
SITE = f"/lib/python{VERSION}/site-packages"
STDLIB = f"/lib/python{VERSION.replace('.', '')}.zip"


def bytecode(source, name):
    """A .pyc that is never compared with its source, which nothing on the page can change."""
    code = compile(source, name, "exec", dont_inherit=True, optimize=0)
    return bootstrap._code_to_hash_pyc(code, importlib.util.source_hash(source), False)


def beside(name):
    """Where an archive of modules keeps the bytecode of a file."""
    return f"{name}c"


def in_cache(name):
    """Where a folder of modules keeps it."""
    return importlib.util.cache_from_source(name)


# These need processes, a terminal or a network, which a page does not have, or they stand in for a
# module written in C, which is there.
LEFT_OUT = (
    "_pyrepl/", "multiprocessing/", "wsgiref/", "xmlrpc/", "ftplib.py", "imaplib.py", "mailbox.py",
    "poplib.py", "smtplib.py", "nntplib.py", "telnetlib.py", "cgi.py", "socketserver.py",
    "webbrowser.py", "pydoc_data/", "unittest/", "http/server.py", "logging/handlers.py",
    "_pyio.py", "_pydatetime.py", "_pydecimal.py",
)  # fmt: skip


def again(source, target, home, place, wanted):
    with (
        zipfile.ZipFile(source) as given,
        zipfile.ZipFile(target, "w", zipfile.ZIP_STORED) as made,
    ):
        for entry in sorted(given.infolist(), key=lambda entry: entry.filename):
            if entry.filename.startswith(LEFT_OUT):
                continue
            content = given.read(entry)
            made.writestr(zipfile.ZipInfo(entry.filename, LONG_AGO), content)
            if wanted(entry.filename):
                compiled = bytecode(content, f"{home}/{entry.filename}")
                made.writestr(zipfile.ZipInfo(place(entry.filename), LONG_AGO), compiled)


def loaded():
    """The files of the standard library that have been loaded so far."""
    found = set()
    for module in list(sys.modules.values()):
        origin = getattr(getattr(module, "__spec__", None), "origin", None) or ""
        if origin.startswith(f"{STDLIB}/"):
            found.add(origin[len(STDLIB) + 1 :])
    return found


os.mkdir("/made")
sys.path.insert(0, "/sources.zip")

for module in ("linecache", "traceback", "pyodide.code", "viz.live.cells", "xml.etree.ElementTree"):
    importlib.import_module(module)

import viz.live.session  # noqa: E402

session = viz.live.session.Session()
for request in ({"do": "set", "ref": "x.0", "value": 2}, {"do": "why", "ref": "x.0"}):
    session.ask(request)

again("/sources.zip", "/made/packages.zip", SITE, in_cache, lambda name: name.endswith(".py"))
again("/stdlib.zip", "/made/stdlib.zip", STDLIB, beside, loaded().__contains__)
