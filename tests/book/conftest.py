"""Books to test: the sample, the one with mistakes, and the real one; and pages of theirs in a browser."""

import fcntl
import functools
import gzip
import http.server
import os
import re
import shutil
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent.parent
sys.path.insert(0, str(ROOT))  # the tests import book.*, which is not installed

COLOURS = re.compile(r"\x1b\[[0-9;]*m")
WIDTHS = {"wide": 1360, "phone": 390}


def make_book(source: Path, target: Path) -> Path:
    """A book with the pages of `source` and everything else as in this repository."""
    shutil.copytree(source, target, dirs_exist_ok=True)
    for name in ("_config.yml", "references.bib"):
        shutil.copyfile(ROOT / name, target / name)
    (target / "book").symlink_to(ROOT / "book")
    return target


def build(folder: Path, *options: str) -> tuple[int, str]:
    """Run the stock command, warnings being errors; the exit status and what it printed."""
    command = str(Path(sys.executable).with_name("jupyter-book"))
    # the address of _config.yml, also where a fork runs these tests in GitHub Actions
    here = {name: value for name, value in os.environ.items() if not name.startswith("GITHUB_")}
    done = subprocess.run(
        [command, "build", str(folder), "-W", "-n", "--keep-going", *options],
        capture_output=True,
        text=True,
        check=False,
        env=here,
    )
    return done.returncode, COLOURS.sub("", done.stdout + done.stderr)


@pytest.fixture(scope="session")
def sample(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The built sample book: its folder of pages."""
    folder = make_book(HERE / "sample", tmp_path_factory.mktemp("sample"))
    status, printed = build(folder)
    assert status == 0, printed
    return folder / "_build" / "html"


@pytest.fixture(scope="session")
def mistakes(tmp_path_factory: pytest.TempPathFactory) -> tuple[int, str]:
    """Exit status and output of building the book in which each page has a mistake."""
    return build(make_book(HERE / "bad" / "pages", tmp_path_factory.mktemp("mistakes")))


@pytest.fixture(scope="session")
def real_build() -> tuple[int, str]:
    """The real book, built once for all workers of a test run, in its usual place.

    All pages are read again (`--all`): Sphinx does not repeat the warnings of pages it skips.
    The lectures come from the cache if they have been executed before.
    """
    (ROOT / "_build").mkdir(exist_ok=True)
    run = os.environ.get("PYTEST_XDIST_TESTRUNUID", str(os.getpid()))
    record = ROOT / "_build" / ".last-test-build"
    with (ROOT / "_build" / ".test-build-lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not record.exists() or not record.read_text().startswith(f"{run}\n"):
            status, printed = build(ROOT, "--all")
            record.write_text(f"{run}\n{status}\n{printed}")
        _, status_line, printed = record.read_text().split("\n", 2)
    return int(status_line), printed


@pytest.fixture(scope="session")
def site(real_build: tuple[int, str]) -> Path:
    """The folder of pages of the real book."""
    status, printed = real_build
    assert status == 0, printed
    return ROOT / "_build" / "html"


@functools.cache
def compressed(path: Path, changed: int) -> bytes:
    """A file as gzip, compressed once for each time that it `changed`."""
    return gzip.compress(path.read_bytes(), 6)


class Quiet(http.server.SimpleHTTPRequestHandler):
    """A file server that prints nothing and compresses text, as GitHub Pages does."""

    protocol_version = "HTTP/1.1"
    compressed = ("text/", "application/javascript", "application/json", "image/svg+xml")

    def log_message(self, *_: Any) -> None:
        pass

    def do_GET(self) -> None:
        path = Path(self.translate_path(self.path))
        if not path.is_file() or "gzip" not in self.headers.get("Accept-Encoding", ""):
            super().do_GET()
            return
        kind = self.guess_type(str(path))
        self.send_response(200)
        self.send_header("Content-Type", kind)
        if kind.startswith(self.compressed):
            data = compressed(path, path.stat().st_mtime_ns)
            self.send_header("Content-Encoding", "gzip")
        else:
            data = path.read_bytes()
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)


class Server(http.server.ThreadingHTTPServer):
    """One that says nothing of a browser which leaves before it has got everything."""

    def handle_error(self, request: Any, client_address: Any) -> None:
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)


@pytest.fixture(scope="session")
def serve() -> Iterator[Callable[[Path], str]]:
    """Serve a folder on this machine: serve(folder) is its address."""
    servers: dict[Path, Server] = {}

    def start(folder: Path) -> str:
        if folder not in servers:
            handler = functools.partial(Quiet, directory=str(folder))
            servers[folder] = Server(("127.0.0.1", 0), handler)
            threading.Thread(target=servers[folder].serve_forever, daemon=True).start()
        return f"http://127.0.0.1:{servers[folder].server_port}"

    yield start
    for server in servers.values():
        server.shutdown()


@pytest.fixture(params=["light", "dark"])
def theme(request: pytest.FixtureRequest) -> str:
    """Light and dark."""
    return request.param


@pytest.fixture(params=list(WIDTHS))
def width(request: pytest.FixtureRequest) -> int:
    """Wide and phone, in px."""
    return WIDTHS[request.param]


@pytest.fixture(scope="session")
def npm() -> Path:
    """The packages that only tests of the book need, fetched once: their node_modules."""
    from book import assets

    (ROOT / "_build").mkdir(exist_ok=True)
    with (ROOT / "_build" / ".test-npm-lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        assets.ensure(HERE / "npm")
    return HERE / "npm" / "node_modules"


class Visit:
    """A page in the browser, and what went wrong while it loaded."""

    def __init__(self, browser: Any, address: str, theme: str, width: int) -> None:
        # a block that fades in would be audited half-way, with its text too pale
        self.context = browser.new_context(
            color_scheme=theme, reduced_motion="reduce", viewport={"width": width, "height": 900}
        )
        self.page = self.context.new_page()
        self.problems: list[str] = []
        host = re.match(r"\w+://[^/]*", address)[0]  # "file://" as well
        self.page.route("**/*", functools.partial(self._request, host))
        self.page.on("console", self._console)
        self.page.on("pageerror", lambda error: self.problems.append(f"exception: {error}"))
        self.page.on("response", self._response)
        self.page.goto(address, wait_until="load", timeout=120_000)
        self.page.wait_for_timeout(300)

    def _request(self, host: str, route: Any, request: Any) -> None:
        if request.url.startswith((host, "data:", "blob:")):
            route.continue_()
        else:
            self.problems.append(f"request to another host: {request.url}")
            route.abort()

    def _console(self, message: Any) -> None:
        if message.type == "error":
            self.problems.append(f"console: {message.text}")

    def _response(self, response: Any) -> None:
        if response.status >= 400:
            self.problems.append(f"{response.status}: {response.url}")

    def overflow(self) -> list[str]:
        """Whether the page as a whole scrolls sideways."""
        wide, shown = self.page.evaluate(
            "[document.documentElement.scrollWidth, document.documentElement.clientWidth]"
        )
        return [f"page is {wide} px wide in a window of {shown} px"] if wide > shown else []

    def accessibility(self) -> list[str]:
        """The violations that axe-core finds."""
        from book import assets

        assets.ensure()
        # what is far below the screen is laid out later; here all of it is looked at
        self.page.add_style_tag(content="* { content-visibility: visible !important; }")
        self.page.wait_for_timeout(200)
        self.page.evaluate(assets.AXE.read_text(encoding="utf-8"))
        violations = self.page.evaluate(
            """async () => {
                // a lecture has hundreds of formulas with thousands of tags, all alike: some are enough
                const formulas = [...document.querySelectorAll(".katex")];
                const headers = formulas.filter(e => e.closest("th"));
                const replaced = [...new Set([...headers, ...formulas.slice(20)])];
                // each keeps its width: no table begins to scroll because of the audit
                const widths = replaced.map(e => e.getBoundingClientRect().width);
                replaced.forEach((e, i) => {
                    e.style.cssText = `display: inline-block; overflow: hidden; width: ${widths[i]}px`;
                    e.replaceChildren();
                });
                // axe does not count MathML as text, so a header that is a formula would be empty
                headers.forEach(e => e.replaceChildren("formula"));
                // so has code: of all words that look alike on the same ground some are enough
                const ground = e => {
                    const colour = getComputedStyle(e).backgroundColor;
                    return colour == "rgba(0, 0, 0, 0)" && e.parentElement ? ground(e.parentElement) : colour;
                };
                const blocks = [...document.querySelectorAll(".highlight pre")];
                const words = blocks.flatMap(pre => {
                    const behind = ground(pre);
                    return [...pre.querySelectorAll("span")].map(e => {
                        const {backgroundColor, color, fontSize, fontWeight} = getComputedStyle(e);
                        return [e, [behind, backgroundColor, color, fontSize, fontWeight].join()];
                    });
                });
                const seen = {};
                for (const [e, look] of words) {
                    seen[look] = (seen[look] || 0) + 1;
                    if (seen[look] > 5) e.replaceWith(...e.childNodes);
                }
                blocks.forEach(pre => pre.normalize());
                const options = {preload: false, resultTypes: ["violations"]};
                return (await axe.run(document, options)).violations;
            }"""
        )
        return [f"{found['id']}: {node['html'][:120]}" for found in violations for node in found["nodes"]]


@pytest.fixture
def visit(browser: Any) -> Iterator[Callable[..., Visit]]:
    """Open an address: visit(address, theme, width)."""
    visits: list[Visit] = []

    def open_page(address: str, theme: str = "light", width: int = 1360) -> Visit:
        visits.append(Visit(browser, address, theme, width))
        return visits[-1]

    yield open_page
    for one in visits:
        one.context.close()
