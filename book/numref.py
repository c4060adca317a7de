"""Find the numbers of figures without reading their pages again for each link.

For every ``{numref}`` Sphinx unpickles the whole page that holds the figure. Here a page is unpickled once a
build for all links that lead to it.
"""

from typing import Any

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.builders import Builder
from sphinx.domains.std import StandardDomain
from sphinx.environment import BuildEnvironment
from sphinx.util.typing import ExtensionMetadata


class Pages:
    """The environment, with pages that are looked at and not changed."""

    def __init__(self, env: BuildEnvironment) -> None:
        self._env = env
        self._pages: dict[str, nodes.document] = {}

    def __getattr__(self, name: str) -> Any:
        return getattr(self._env, name)

    def get_doctree(self, page: str) -> nodes.document:
        """The page, not to be changed."""
        if page not in self._pages:
            self._pages[page] = self._env.get_doctree(page)
        return self._pages[page]


class _Domain(StandardDomain):
    """Sphinx's own domain; while pages are written, it keeps those that it has looked at."""

    pages: Pages | None = None

    def resolve_xref(self, env: BuildEnvironment, *arguments: Any) -> Any:
        """What a link leads to."""
        return super().resolve_xref(self.pages or env, *arguments)  # type: ignore[arg-type]


def _keep(app: Sphinx, builder: Builder) -> None:
    """From now on pages are only written, so that what was read of them stays right."""
    domain = app.env.domains["std"]
    assert isinstance(domain, _Domain)
    domain.pages = Pages(app.env)


def setup(app: Sphinx) -> ExtensionMetadata:
    """Put the domain in the place of Sphinx's own."""
    app.add_domain(_Domain, override=True)
    app.connect("write-started", _keep)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
