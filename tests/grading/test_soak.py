"""A large class, a fifth of it hostile, in any order, with the plug pulled in the middle."""

import os
import random
import shutil
import signal
import tempfile
import time
from dataclasses import replace
from pathlib import Path

import pytest

from tests.grading.zoo.animals import everything
from tests.grading.zoo.exercise import NAME, WEEK
from tests.grading.zoo.keeper import Keeper, adopting, hashes, loot, outside, students, wrong_rows

SEED = 20_300_130
COUNT, HOSTILE = 300, 60


def a_class(rng):
    """Seeded: 240 honest students and 60 animals, the slow and large ones at most once."""
    animals = list(everything().values())
    chosen = rng.sample(animals, HOSTILE)
    honest = [rng.choice(students()) for _ in range(COUNT - HOSTILE)]
    everyone = chosen + honest
    rng.shuffle(everyone)
    return [replace(one, name=f"s{number:03d}-{one.name}") for number, one in enumerate(everyone)]


@pytest.fixture
def folder():
    """A short one: names of sockets have at most 107 characters."""
    made = Path(tempfile.mkdtemp(prefix="soak-"))
    made.chmod(0o755)
    yield made
    shutil.rmtree(made, ignore_errors=True)


@pytest.mark.slow
@pytest.mark.skipif("OPT4ML_LONG_TESTS" not in os.environ, reason="takes minutes: set OPT4ML_LONG_TESTS=1")
@pytest.mark.timeout(3600)
def test_soak(folder):
    keeper = Keeper(folder)
    everyone = a_class(random.Random(SEED))
    with outside(keeper) as (world, came), adopting() as left:
        keeper.enrol(everyone, world)
        source = hashes(keeper.course / "source")

        # Killed, with no chance to tidy up, when a third of the class is graded.
        process = keeper.start("autograde", WEEK)
        done = keeper.course / "autograded"
        deadline = time.monotonic() + 1200
        while len(list(done.glob(f"*/{WEEK}/{NAME}.ipynb"))) < COUNT // 3:
            assert process.poll() is None, process.communicate()[0][-5000:]
            assert time.monotonic() < deadline, "a third of the class takes longer than 20 minutes"
            time.sleep(0.2)
        os.killpg(process.pid, signal.SIGKILL)
        first, _ = process.communicate()
        deadline = time.monotonic() + 10
        while left() and time.monotonic() < deadline:
            time.sleep(0.2)
        assert not left(), "the death of the command ends all that it started"
        graded = {
            path.parent.parent.name: path.stat().st_mtime_ns for path in done.glob(f"*/{WEEK}/{NAME}.ipynb")
        }
        rows = keeper.rows()
        assert not wrong_rows(
            [replace(one, says="") for one in everyone if one.name in graded], rows, first
        ), "what lies in autograded/ is complete and in the gradebook"

        # The same command goes on: what was graded is left alone, the rest is graded.
        second = keeper.nbgrader("autograde", WEEK)
        assert not left()
    assert f"{COUNT - len(graded)} graded" in second
    assert f"{len(graded)} skipped, 0 failed" in second
    for name, when in graded.items():
        assert (done / name / WEEK / f"{NAME}.ipynb").stat().st_mtime_ns == when, f"{name} was graded twice"

    rows = keeper.rows()
    assert set(rows) == {one.name for one in everyone}
    said_before = {one.name for one in everyone if one.name in graded}
    expected = [replace(one, says="") if one.name in said_before else one for one in everyone]
    problems = wrong_rows(expected, rows, second)
    assert not problems, "\n" + "\n".join(problems)
    assert not loot(keeper, everyone)
    assert not came
    assert hashes(keeper.course / "source") == source

    # And once more: there is nothing to do.
    assert f"0 graded, of these 0 for review; {COUNT} skipped, 0 failed" in keeper.nbgrader("autograde", WEEK)
