"""Check a built site without a browser: ``python -m book.check _build/html``.

Nothing is loaded from another host, every image has alt text, no script and no id stands twice on a
page, every link inside the site leads somewhere, no markup is printed as text, and no path of the
machine that built it is printed.
"""

import argparse
import re
import sys
from collections import Counter
from functools import cached_property
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urldefrag, urljoin, urlsplit

# attributes by which a browser fetches something without a click
LOADING = {
    "audio": ["src"],
    "embed": ["src"],
    "iframe": ["src"],
    "image": ["href", "xlink:href"],
    "img": ["src", "srcset"],
    "input": ["src"],
    "object": ["data"],
    "script": ["src"],
    "source": ["src", "srcset"],
    "track": ["src"],
    "use": ["href", "xlink:href"],
    "video": ["src", "poster"],
}
LOADING_LINKS = {
    "apple-touch-icon",
    "dns-prefetch",
    "icon",
    "manifest",
    "modulepreload",
    "preconnect",
    "prefetch",
    "preload",
    "stylesheet",
}
IN_STYLE = re.compile(r"""url\(\s*["']?([^"')]+)["']?\s*\)|@import\s+["']([^"']+)["']""")
VERBATIM = {"annotation", "code", "pre", "script", "style", "title"}
MARKUP = re.compile(r"\$[^$\s][^$]*\$|\|:?--|\{[\w:-]+\}`|^:::|```")  # formula, table, role, fence
FILE_NAME = re.compile(r"\.(svg|png|jpe?g|gif|webp)$")


class Page(HTMLParser):
    """What stands on one page: tags, ids, scripts, styles."""

    def __init__(self, site: Path, path: Path) -> None:
        super().__init__(convert_charrefs=True)
        self.site, self.path = site, path
        self.tags: list[tuple[str, dict[str, str]]] = []
        self.scripts: list[str] = []
        self.styles: list[str] = []
        self.prose: list[str] = []
        self._inside = ""
        self._verbatim: list[str] = []
        self.text = path.read_text(encoding="utf-8")
        self.feed(self.text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Keep the tag; remember that a script or a style begins."""
        given = {name: value or "" for name, value in attrs}
        self.tags.append((tag, given))
        self._inside = tag if tag in ("script", "style") and "src" not in given else ""
        if tag == "script" and "src" in given:
            self.scripts.append(given["src"])
        if tag in VERBATIM:
            self._verbatim.append(tag)
        if "style" in given:
            self.styles.append(given["style"])

    def handle_endtag(self, tag: str) -> None:
        """Leave a part that is printed as it is."""
        if self._verbatim and self._verbatim[-1] == tag:
            self._verbatim.pop()

    def handle_data(self, data: str) -> None:
        """Keep the text of scripts and styles, and that of the page."""
        if not self._verbatim:
            self.prose.append(data)
        if self._inside == "script" and data.strip():
            self.scripts.append(data.strip())
        elif self._inside == "style":
            self.styles.append(data)

    @cached_property
    def ids(self) -> Counter[str]:
        """How often each id stands on the page; an `a name` counts as well."""
        found: Counter[str] = Counter()
        for tag, given in self.tags:
            if given.get("id"):
                found[given["id"]] += 1
            elif tag == "a" and given.get("name"):
                found[given["name"]] += 1
        return found

    @cached_property
    def loads(self) -> list[str]:
        """The addresses that the browser fetches to show the page."""
        found: list[str] = []
        for tag, given in self.tags:
            for name in LOADING.get(tag, []):
                if name == "srcset":
                    parts = given.get(name, "").split(",")
                    found += [part.split()[0] for part in parts if part.strip()]
                elif given.get(name):
                    found.append(given[name])
            if tag == "link" and LOADING_LINKS & set(given.get("rel", "").split()):
                found.append(given.get("href", ""))
        for style in self.styles:
            found += _in_style(style)
        return found

    @cached_property
    def links(self) -> list[str]:
        """The addresses behind links."""
        return [given["href"] for tag, given in self.tags if tag == "a" and given.get("href")]


def _in_style(text: str) -> list[str]:
    return [first or second for first, second in IN_STYLE.findall(text)]


def elsewhere(address: str) -> bool:
    """Whether an address leads to another host."""
    parts = urlsplit(address)
    return bool(parts.netloc) or parts.scheme in ("http", "https", "ws", "wss", "ftp")


def problems(site: Path, private: tuple[str, ...] = ()) -> list[str]:
    """Everything that is wrong with a site, a line for each; `private` must occur on no page."""
    site = site.resolve()
    pages = {path: Page(site, path) for path in sorted(site.rglob("*.html"))}
    if not pages:
        return [f"{site}: no page; build the book first, with `jupyter-book build .`"]
    found = []
    for path, page in pages.items():
        if path.is_relative_to(site / "_static"):  # parts of extensions, shown nowhere
            continue
        name = path.relative_to(site).as_posix()
        found += [f"{name}: {problem}" for problem in _page_problems(page, pages, private)]
    for path in sorted(site.rglob("*.css")):
        name = path.relative_to(site).as_posix()
        for address in _in_style(path.read_text(encoding="utf-8")):
            if elsewhere(address):
                found.append(f"{name}: loads from another host: {address}")
            elif problem := _missing(site, path, address, {}):
                found.append(f"{name}: {problem}")
    return found


def _page_problems(page: Page, pages: dict[Path, Page], private: tuple[str, ...]) -> list[str]:
    found = [f"loads from another host: {address}" for address in page.loads if elsewhere(address)]
    for tag, given in page.tags:
        if tag == "img" and given.get("role") != "presentation":
            alt = given.get("alt", "").strip()
            if not alt or FILE_NAME.search(alt):
                found.append(f"image without alt text: {given.get('src', '')[:80]}")
    twice = [text for text, count in Counter(page.scripts).items() if count > 1]
    found += [f"script more than once: {text[:60]}" for text in twice]
    found += [f"id more than once: {name}" for name, count in page.ids.items() if count > 1]
    for address in page.loads + page.links:
        if not elsewhere(address):
            problem = _missing(page.site, page.path, address, pages)
            found += [problem] if problem else []
    markup = [text.strip()[:60] for text in page.prose if MARKUP.search(text.strip())]
    found += [f"markup is printed as text: {text}" for text in markup]
    found += [f"a private path is printed: {text}" for text in private if text in page.text]
    return found


def _missing(site: Path, at: Path, address: str, pages: dict[Path, Page]) -> str:
    """What is wrong with an address inside the site, or ""."""
    if urlsplit(address).scheme:  # data:, mailto:
        return ""
    place, fragment = urldefrag(address)
    here = "/" + at.relative_to(site).as_posix()
    target = site / unquote(urlsplit(urljoin(here, place)).path).lstrip("/")
    if target.is_dir():
        target /= "index.html"
    if not target.exists():
        return f"link to nowhere: {address}"
    if fragment and target in pages and unquote(fragment) not in pages[target].ids:
        return f"link to a missing place: {address}"
    return ""


def main(arguments: list[str] | None = None) -> int:
    """The command: print what is wrong, fail if anything is."""
    parser = argparse.ArgumentParser(prog="python -m book.check", description=__doc__)
    parser.add_argument("site", type=Path, nargs="?", default=Path("_build/html"))
    site = parser.parse_args(arguments).site
    found = problems(site, private=(str(Path.cwd()), sys.prefix))
    for line in found:
        print(line, file=sys.stderr)
    print(f"{site}: {len(found)} problems" if found else f"{site}: no problem found")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
