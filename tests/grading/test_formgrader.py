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

import pytest

from tools.notebooks import ROOT, release

TOKEN = secrets.token_hex(16)


@pytest.fixture
def server(make_course, nbgrader, tmp_path):
    """URL of a JupyterLab server of a course with one submission, on the loopback interface."""
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
        yield url
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
