"""formgrader opens in a Jupyter server started from the course folder, and grades."""

import json
import os
import secrets
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

import nbformat
import pytest
from nbgrader.api import Gradebook

from tools.notebooks import ROOT, release

TOKEN = secrets.token_hex(16)


@pytest.fixture
def server(make_course, nbgrader, tmp_path):
    """A JupyterLab server on the loopback interface, of a course with one submission: URL and folder."""
    course = make_course(ROOT / "tests" / "exercises" / "good" / "source")
    release(course, course, course / "gradebook.db")
    submitted = course / "submitted" / "student" / "week90"
    submitted.mkdir(parents=True)
    (submitted / "tiny.ipynb").write_bytes((course / "source" / "week90" / "tiny.ipynb").read_bytes())
    nbgrader(course, "autograde", "week90")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    environment = {key: value for key, value in os.environ.items() if not key.startswith("JUPYTER")}
    environment["HOME"] = str(tmp_path / "home")
    log = (tmp_path / "server.log").open("w")
    process = subprocess.Popen(
        [
            *(sys.executable, "-m", "jupyterlab", "--no-browser", "--allow-root", "--ip=127.0.0.1"),
            *(f"--port={port}", "--ServerApp.port_retries=0", f"--IdentityProvider.token={TOKEN}"),
        ],
        cwd=course,
        env=environment,
        stdout=log,
        stderr=subprocess.STDOUT,
        start_new_session=True,
    )
    url = f"http://127.0.0.1:{port}"
    try:
        for _ in range(240):
            assert process.poll() is None, Path(log.name).read_text()
            try:
                get(url + "/api/status")
                break
            except (urllib.error.URLError, ConnectionError):
                time.sleep(0.5)
        yield url, course
    finally:
        os.killpg(process.pid, signal.SIGTERM)
        process.wait(30)
        log.close()


def get(url):
    request = urllib.request.Request(url, headers={"Authorization": f"token {TOKEN}"})
    with urllib.request.urlopen(request, timeout=60) as reply:
        return reply.status, reply.read().decode()


@pytest.mark.slow
def test_formgrader_opens_and_shows_the_submission(server):
    server, _ = server
    status, page = get(server + "/formgrader")
    assert status == 200
    assert "formgrader" in page.lower()
    status, text = get(server + "/formgrader/api/assignments")
    assert status == 200
    [assignment] = json.loads(text)
    assert assignment["name"] == "week90"
    assert assignment["num_submissions"] == 1
    assert assignment["release_path"] is not None
    _, text = get(server + "/formgrader/api/submissions/week90")
    [submission] = json.loads(text)
    assert submission["student"] == "student"
    assert submission["score"] == 5
    assert submission["needs_manual_grade"]
    # the page on which answers are graded by hand, with the hidden tests for the teacher to see
    _, text = get(server + "/formgrader/api/submitted_notebooks/week90/tiny")
    [notebook] = json.loads(text)
    status, page = get(f"{server}/formgrader/submissions/{notebook['id']}/")
    assert status == 200
    assert "hidden_marker_x" in page
    assert "multiplication distributes over addition" in page
    with urllib.request.urlopen(server + "/formgrader/api/assignments", timeout=60) as reply:
        assert "/login" in reply.url, "without the token there is only the login page"


@pytest.mark.slow
def test_its_button_grades_in_the_sandbox(server, browser):
    url, course = server
    folder = course / "submitted" / "hostile" / "week90"
    folder.mkdir(parents=True)
    nb = nbformat.read(course / "exercises" / "week90" / "tiny.ipynb", as_version=4)
    for cell in nb.cells:
        if cell.metadata.get("nbgrader", {}).get("grade_id") == "total":
            cell.source = "import os\nos._exit(0)"
    nbformat.write(nb, folder / "tiny.ipynb")

    page = browser.new_page()
    page.goto(f"{url}/login")
    page.fill("input[name=password]", TOKEN)
    page.click("button[type=submit]")
    page.wait_for_url("**/lab**")
    page.goto(f"{url}/formgrader/manage_submissions/week90", wait_until="load")
    row = page.locator("tr", has_text="hostile")
    row.locator("td.autograde a").click(timeout=60_000)
    page.locator(".modal-body", has_text="Successfully autograded").wait_for(timeout=120_000)
    page.close()

    with Gradebook(f"sqlite:///{course}/gradebook.db", "opt4ml") as gradebook:
        graded = gradebook.find_submission_notebook("tiny", "week90", "hostile")
        scores = {grade.name: (grade.auto_score, grade.needs_manual_grade) for grade in graded.grades}
        comments = "".join(comment.auto_comment or "" for comment in graded.comments)
    assert scores == {"test-double": (0, False), "test-total": (None, True), "explain": (0, False)}
    assert "the kernel ended itself with status 0" in comments
