"""What the theme and Sphinx leave undone for readers with a keyboard or a screen reader.

Captions of the sidebar get a level, what may scroll can be focused, and the parameters of a long
signature are no definition list, which would need terms.
"""

import re
from pathlib import Path

SIGNATURE = re.compile(r'<dt class="sig .*?</dt>', re.S)

FOCUSABLE = ("<pre", '<div class="table-wrapper')


def improved(page):
    """The text of a page, improved.

    >>> improved("<pre>x</pre>")
    '<pre tabindex="0">x</pre>'
    """
    page = page.replace('role="heading">', 'role="heading" aria-level="2">')
    for opening in FOCUSABLE:
        page = re.sub(rf"{re.escape(opening)}(?=[ >])", with_focus(opening), page)
    return SIGNATURE.sub(lambda match: without_list(match[0]), page)


def with_focus(opening):
    tag, space, rest = opening.partition(" ")
    return f'{tag} tabindex="0"{space}{rest}'


def without_list(signature):
    """Parameters as lines.

    >>> without_list("<dl><dd>x</dd></dl>")
    '<span class="parameters"><span class="line">x</span></span>'
    """
    for tag, name in (("dl", "parameters"), ("dd", "line")):
        signature = signature.replace(f"<{tag}>", f'<span class="{name}">')
        signature = signature.replace(f"</{tag}>", "</span>")
    return signature


def improve(app, error):
    if error is None and app.builder.name == "html":
        for path in Path(app.outdir).rglob("*.html"):
            if "_static" not in path.parts and "lesson" not in path.parts:
                page = path.read_text(encoding="utf-8")
                if 'aria-level="2"' not in page:  # of an earlier build, and not written again
                    path.write_text(improved(page), encoding="utf-8")


def setup(app):
    app.connect("build-finished", improve, priority=300)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
