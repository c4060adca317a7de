"""The number of a figure in another page is found without reading that page for each link."""

from types import SimpleNamespace

from docutils import nodes

from book.numref import Pages


def test_a_page_is_read_once_for_all_links():
    read = []

    def get_doctree(page):
        read.append(page)
        return nodes.document(None, None)

    pages = Pages(SimpleNamespace(get_doctree=get_doctree, config="its own"))
    assert pages.get_doctree("a") is pages.get_doctree("a") is not pages.get_doctree("b")
    assert read == ["a", "b"]
    assert pages.config == "its own"
