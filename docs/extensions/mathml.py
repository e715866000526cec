"""Mathematics as MathML, made at build: browsers show it without a script."""

import re

from docutils import nodes
from latex2mathml.converter import convert

WORD = re.compile(r"\\(?:operatorname|mathrm)\{((?:[^{}\\]|\\_){2,})\}")
"""A name of several letters: one word, not a product of its letters."""


SIGN = re.compile(r"((?:&#x0003D;|&#x00028;|&#x0002C;|&#x0005B;)</mo>)<mo>(&#x02212;|-)</mo>")
"""A minus after a relation, a comma or an opening bracket: a sign, and no difference."""


def mathml(latex, display="inline"):
    r"""LaTeX as MathML.

    >>> "<mtext>log_sigmoid</mtext>" in mathml(r"\operatorname{log\_sigmoid}(x)")
    True
    """
    words = WORD.sub(lambda match: rf"\text{{{match[1]}}}".replace(r"\_", "_"), latex)
    return SIGN.sub(r'\1<mo form="prefix">\2</mo>', convert(words, display=display))


def visit_math(self, node):
    self.body.append(mathml(node.astext()))
    raise nodes.SkipNode


def visit_math_block(self, node):
    self.body.append(f'<div class="math">{mathml(node.astext(), "block")}</div>\n')
    raise nodes.SkipNode


def setup(app):
    app.add_html_math_renderer("mathml", (visit_math, None), (visit_math_block, None))
    return {"parallel_read_safe": True, "parallel_write_safe": True}
