"""Links into the repository, all written from ``repository: url`` and ``branch`` in ``_config.yml``.

- ``{colab}`Open in Colab <week02/gradient_descent>` `` opens the released exercise in Google Colab;
- ``{exercise-file}`week02/gradient_descent` `` shows it in the repository;
- ``{repo}`opt4ml/deterministic.py` `` shows any file of the repository.
"""

from sphinx.application import Sphinx
from sphinx.config import Config
from sphinx.util.typing import ExtensionMetadata


def _configure(app: Sphinx, config: Config) -> None:
    options = config.html_theme_options
    url, branch = options["repository_url"].rstrip("/"), options["repository_branch"]
    path = url.removeprefix("https://github.com/")
    colab = f"https://colab.research.google.com/github/{path}/blob/{branch}"
    config.extlinks = {
        **config.extlinks,
        "colab": (f"{colab}/exercises/%s.ipynb", "Open %s in Colab"),
        "exercise-file": (f"{url}/blob/{branch}/exercises/%s.ipynb", "%s.ipynb"),
        "repo": (f"{url}/blob/{branch}/%s", "%s"),
    }


def setup(app: Sphinx) -> ExtensionMetadata:
    """Register the roles through ``sphinx.ext.extlinks``."""
    app.setup_extension("sphinx.ext.extlinks")
    app.connect("config-inited", _configure)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
