"""JupyterLab from a clone, in a browser: a lecture is read and run, an exercise validated and submitted."""

import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SAMPLE = ROOT / "tests" / "book" / "sample" / "lectures" / "week02-sample.md"
SCRIPTS = Path(sys.executable).parent
pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]


@pytest.fixture(scope="module")
def clone(tmp_path_factory) -> Path:
    """A clone with one lecture more, the one that holds everything a lecture may use."""
    folder = tmp_path_factory.mktemp("lab") / "clone"
    subprocess.run(["git", "clone", "--quiet", str(ROOT), str(folder)], check=True)
    shutil.copytree(ROOT / "tools" / "jupyter", folder / "tools" / "jupyter", dirs_exist_ok=True)
    shutil.copyfile(SAMPLE, folder / "lectures" / SAMPLE.name)
    return folder


@pytest.fixture(scope="module")
def environment(clone) -> dict[str, str]:
    """That of a person who has configured nothing, on a machine with an exchange."""
    exchange, home = clone.parent / "exchange", clone.parent / "home"
    exchange.mkdir()
    exchange.chmod(0o777)
    home.mkdir()
    own = {name: value for name, value in os.environ.items() if not name.startswith(("JUPYTER", "IPYTHON"))}
    return {
        **own,
        "HOME": str(home),
        "NBGRADER_EXCHANGE": str(exchange),
        "OMP_NUM_THREADS": "1",
        "JUPYTER_CONFIG_PATH": str(clone / "tools" / "jupyter"),
    }


@pytest.fixture(scope="module")
def lab(clone, environment):
    """Address of a running JupyterLab, as `make lab` starts it."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    options = [f"--port={port}", "--ServerApp.port_retries=0", "--no-browser", "--allow-root"]
    with (clone.parent / "lab.log").open("wb") as log:
        server = subprocess.Popen(
            [str(SCRIPTS / "jupyter"), "lab", *options, "--IdentityProvider.token=", "--ServerApp.password="],
            cwd=clone,
            env=environment,
            stdout=log,
            stderr=subprocess.STDOUT,
        )
    address = f"http://127.0.0.1:{port}"
    for _ in range(120):
        try:
            urllib.request.urlopen(f"{address}/api", timeout=5)
            break
        except OSError:
            assert server.poll() is None, (clone.parent / "lab.log").read_text()
            time.sleep(0.5)
    yield address
    server.terminate()
    server.wait(60)


@pytest.fixture
def shown(lab, browser):
    """Function that opens a file in JupyterLab: the page."""
    context = browser.new_context(viewport={"width": 1360, "height": 900})
    page = context.new_page()
    page.set_default_timeout(120_000)

    def show(file: str):
        page.goto(f"{lab}/lab/tree/{file}?reset")
        page.locator(".jp-Notebook").wait_for()
        return page

    yield show
    context.close()


def test_a_lecture_opens_as_a_notebook_with_its_theorems(shown):
    page = shown(f"lectures/{SAMPLE.name}")
    notebook = page.locator(".jp-Notebook")
    theorem = notebook.locator("aside", has_text="Theorem").first
    theorem.wait_for()
    assert theorem.locator(".katex").count() > 0
    assert notebook.locator(".katex-error").count() == 0
    text = notebook.inner_text()
    assert ":::" not in text
    assert "{prf:" not in text


def test_a_slider_is_moved_by_keyboard(shown):
    """Its arrow keys are the slider's: JupyterLab would walk through the cells with them."""
    page = shown(f"lectures/{SAMPLE.name}")
    idle = page.locator("#jp-main-statusbar", has_text="| Idle")
    idle.wait_for()
    page.get_by_role("menuitem", name="Run", exact=True).click()
    page.get_by_role("menuitem", name="Run All Cells", exact=True).click()
    slider = page.locator(".opt4ml-slider input")
    slider.wait_for()
    idle.wait_for()
    shown_text = page.locator(".opt4ml-slider output")
    assert shown_text.inner_text() == "0.5"
    slider.focus()
    page.keyboard.press("ArrowRight")
    page.wait_for_function("document.querySelector('.opt4ml-slider output').textContent == '0.7'")
    assert slider.get_attribute("aria-valuetext") == "0.7"

    slider.evaluate("element => element.removeAttribute('data-lm-suppress-shortcuts')")
    slider.focus()
    page.keyboard.press("ArrowRight")
    page.wait_for_timeout(500)
    assert shown_text.inner_text() == "0.7", "JupyterLab takes the key where the slider does not ask for it"


def validate(page) -> str:
    """What the button says."""
    page.get_by_role("button", name="Validate").click()
    dialog = page.locator(".jp-Dialog", has_text="Validation Results")
    dialog.wait_for()
    text = dialog.inner_text()
    dialog.get_by_role("button", name="Ok").click()
    return text


def test_an_exercise_is_fetched_validated_and_submitted(shown, lab, clone, environment):
    release = [str(SCRIPTS / "nbgrader"), "release_assignment", "week02"]
    generate = [str(SCRIPTS / "nbgrader"), "generate_assignment", "week02", "--force"]
    for command in (generate, release):
        subprocess.run(command, cwd=clone, env=environment, check=True, capture_output=True)

    page = shown("exercises/week02/gradient_descent.ipynb")
    page.get_by_role("menuitem", name="Nbgrader").click()
    page.get_by_role("menuitem", name="Assignment List").click()
    page.get_by_role("button", name="Fetch").click()
    page.get_by_role("button", name="Submit").wait_for()
    fetched = clone / "week02" / "gradient_descent.ipynb"
    assert fetched.read_bytes() == (clone / "exercises" / "week02" / fetched.name).read_bytes()

    page = shown("week02/gradient_descent.ipynb")
    page.locator(".jp-Notebook .jp-CodeCell").first.wait_for()
    unsolved = validate(page)
    assert "cell failed" in unsolved or "cells failed" in unsolved
    assert "NotImplementedError" in unsolved

    shutil.copyfile(ROOT / "solutions" / "week02" / fetched.name, fetched)
    page = shown("week02/gradient_descent.ipynb")
    page.locator(".jp-Notebook .jp-CodeCell").first.wait_for()
    assert "Success" in validate(page)

    page.get_by_role("menuitem", name="Nbgrader").click()
    page.get_by_role("menuitem", name="Assignment List").click()
    page.get_by_role("button", name="Submit").click()
    inbound = clone.parent / "exchange" / "opt4ml" / "inbound"
    page.locator("#submitted_assignments_list", has_text="week02").wait_for()
    (submitted,) = inbound.glob("*+week02+*/gradient_descent.ipynb")
    assert submitted.read_bytes() == fetched.read_bytes()
