"""Links into the repository, all written from one address.

It is ``repository: url`` and ``branch`` in ``_config.yml``. Where a fork builds its site with GitHub Actions,
``GITHUB_REPOSITORY`` takes the place of the former, so that all links and buttons lead to the fork.

- ``{colab}`Open in Colab <week02/gradient_descent>` `` opens the released exercise in Google Colab, as it was
  published with the site;
- ``{exercise-file}`week02/gradient_descent` `` shows it in the repository;
- ``{repo}`opt4ml/deterministic.py` `` shows any file of the repository.
"""

import os
from typing import NamedTuple

from sphinx.application import Sphinx
from sphinx.config import Config
from sphinx.util.typing import ExtensionMetadata

FOLDER = "notebooks"
"""The folder of the site with all notebooks, those of the lectures and the exercises."""
PUBLISHED = "notebooks"
"""The branch that holds this folder once more: Colab opens what lies in a repository."""


class Repository(NamedTuple):
    """Where the course lies: the address on GitHub, and the branch with the sources."""

    url: str
    branch: str

    @classmethod
    def of(cls, config: Config) -> "Repository":
        """The one of the configuration, or the one that is publishing itself."""
        options = config.html_theme_options
        url = options["repository_url"].rstrip("/")
        if "GITHUB_REPOSITORY" in os.environ:
            url = f"https://github.com/{os.environ['GITHUB_REPOSITORY']}"
        return cls(url, options["repository_branch"])

    @property
    def path(self) -> str:
        """Owner and name."""
        return self.url.removeprefix("https://github.com/")

    @property
    def site(self) -> str:
        """Address of the site, as GitHub Pages forms it, ending in a slash."""
        owner, name = self.path.split("/")
        return f"https://{owner.lower()}.github.io/{name}/"

    def colab(self, notebook: str) -> str:
        """The address that opens one of the published notebooks in Colab."""
        return f"https://colab.research.google.com/github/{self.path}/blob/{PUBLISHED}/{FOLDER}/{notebook}"


def _configure(app: Sphinx, config: Config) -> None:
    repository = Repository.of(config)
    files = f"{repository.url}/blob/{repository.branch}"
    config.html_theme_options["repository_url"] = repository.url
    config.html_baseurl = config.html_baseurl or repository.site
    config.extlinks = {
        **config.extlinks,
        "colab": (repository.colab("exercises/%s.ipynb"), "Open %s in Colab"),
        "exercise-file": (f"{files}/exercises/%s.ipynb", "%s.ipynb"),
        "repo": (f"{files}/%s", "%s"),
    }


def setup(app: Sphinx) -> ExtensionMetadata:
    """Register the roles through ``sphinx.ext.extlinks``."""
    app.setup_extension("sphinx.ext.extlinks")
    app.connect("config-inited", _configure)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
