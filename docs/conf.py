"""The site: `python -m sphinx -W --keep-going -b html docs docs/_build/html`.

It can be read from its folder, without a network and without a server.
"""

import sys
from pathlib import Path

HERE = Path(__file__).parent
sys.path[:0] = [str(HERE / "extensions"), str(HERE.parent)]

import autograd  # noqa: E402  (found by the line above in a checkout)

project = "glassgrad"
author = "The glassgrad developers"
copyright = author
version = release = autograd.__version__

extensions = [
    "myst_nb",
    "sphinx.ext.autodoc",
    "sphinx_copybutton",
    "described",
    "mathml",
    "names",
    "optable",
    "drawn",
    "figures",
    "accessible",
    "beside",
    "downloads",
    "closed",
]
exclude_patterns = ["_build", "extensions"]
root_doc = "index"

html_theme = "furo"
html_title = "glassgrad"
html_static_path = ["static"]
html_css_files = ["site.css"]
html_math_renderer = "mathml"
html_show_sourcelink = False
html_copy_source = False
html_show_copyright = False

# Docstrings write code between single backticks.
default_role = "code"
autodoc_member_order = "bysource"
autodoc_typehints_format = "short"
python_use_unqualified_type_names = True
python_maximum_signature_line_length = 80
toc_object_entries_show_parents = "hide"

myst_enable_extensions = ["colon_fence", "deflist", "dollarmath"]
myst_heading_anchors = 3

# Every notebook is run by every build; one that raises stops it.
nb_execution_mode = "force"
nb_execution_raise_on_error = True
nb_execution_show_tb = True
nb_execution_timeout = 120
nb_ipywidgets_js = {}
nb_merge_streams = True
suppress_warnings = ["myst-nb.lexer"]  # of builds that run no notebook

copybutton_prompt_text = r">>> |\.\.\. |\$ "
copybutton_prompt_is_regexp = True
