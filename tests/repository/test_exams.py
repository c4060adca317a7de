"""The practice exams: points that add up, a solution for each question, and every number computed anew."""

import re
from itertools import islice

import numpy as np
import pytest

from opt4ml import Quadratic, fista, gd
from opt4ml.prox import L1, Simplex
from opt4ml.rates.week10 import best_forward, forward_error
from tools.track import ROOT

EXAMS = ROOT / "course" / "exams"
COMMAND = re.compile(r"\\[A-Za-z]+")


def sections(name):
    """Questions of an exam or of its solutions: heading -> numbers of the list below it."""
    parts = re.split(r"^## ", (EXAMS / name).read_text(encoding="utf-8"), flags=re.MULTILINE)[1:]
    return {
        re.match(r"[A-Za-z ]+", part)[0].strip(): re.findall(r"^(\d+)\. ", part, re.MULTILINE)
        for part in parts
    }


@pytest.mark.parametrize("part", ["part1", "part2"])
def test_each_question_has_a_solution(part):
    asked, solved = sections(f"{part}.md"), sections(f"{part}-solutions.md")
    assert asked == solved
    assert [len(numbers) for numbers in asked.values()] == [8, 5, 3]


@pytest.mark.parametrize("part", ["part1", "part2"])
def test_the_points_add_up(part):
    text = (EXAMS / f"{part}.md").read_text(encoding="utf-8")
    groups = [int(a) * int(b) for a, b in re.findall(r"\((\d+) × (\d+) points\)", text)]
    (whole,) = re.findall(r"^## Prove \((\d+) points\)", text, re.MULTILINE)
    steps = [int(points) for points in re.findall(r"^\d\. .*\((\d+) points\)$", text, re.MULTILINE)]
    assert sum(steps) == int(whole)
    assert sum(groups) + int(whole) == 60
    solved = (EXAMS / f"{part}-solutions.md").read_text(encoding="utf-8").split("## Prove")[1]
    given = [
        sum(map(int, re.findall(r"\((\d+)(?: points)?\)", line))) for line in solved.splitlines() if line
    ]
    assert given == steps


@pytest.mark.parametrize("part", ["part1", "part2"])
def test_the_sheet_that_an_exam_allows_is_made(part):
    assert (ROOT / "course" / "cheatsheets" / f"{part}.yml").is_file()
    number = {"part1": "I", "part2": "II"}[part]
    allowed = f"Allowed: the sheet of Part {number}, which is handed out with the exam, and nothing else."
    assert allowed in (EXAMS / f"{part}.md").read_text(encoding="utf-8")
    assert f"`cheatsheets/{part}.pdf`" in (EXAMS / "README.md").read_text(encoding="utf-8")


def test_formulas_use_the_commands_of_the_lectures():
    """A command that is misspelt, or runs into the next letter, is none of theirs."""

    def commands(pages):
        return {one for page in pages for one in COMMAND.findall(page.read_text(encoding="utf-8"))}

    assert commands(EXAMS.glob("*.md")) - commands((ROOT / "lectures").glob("*.md")) == set()


def test_part_1():
    f = Quadratic(np.diag([1.0, 9.0]))
    factors = [max(abs(1 - eta * 1), abs(1 - eta * 9)) for eta in np.linspace(0.01, 0.3, 2901)]
    assert min(factors) == pytest.approx(0.8, abs=1e-4)
    assert 0.8**31 <= 1e-3 < 0.8**30
    run = gd(f, np.array([1.0, 1.0]), 1 / 5)
    first, second = next(run), next(run)
    assert np.allclose(abs(second), 0.8 * abs(first))
    x = np.array([3.0, -1, 0.5])
    u = L1(1.0).prox(x, 2.0)
    assert np.allclose(u, [1, 0, 0])
    assert abs(u).sum() + (u - x) @ (u - x) / 4 == pytest.approx(37 / 16)
    assert np.allclose(Simplex().prox(np.array([0.9, 0.6, -0.2]), 1.0), [0.65, 0.35, 0])
    grid = np.linspace(-10, 10, 200_001)
    for s in (-3.0, -1.0, 0.4, 2.5):
        conjugate = (s * grid - grid**2 / 2 - abs(grid)).max()
        assert conjugate == pytest.approx(max(abs(s) - 1, 0) ** 2 / 2, abs=1e-6)
    s, y = np.array([1.0, 0]), np.array([2.0, 1])
    V = np.eye(2) - np.outer(s, y) / (s @ y)
    H = V @ V.T + np.outer(s, s) / (s @ y)
    assert np.allclose(H, [[0.75, -0.5], [-0.5, 1]])
    assert np.allclose(H @ y, s)


def test_the_claims_of_part_1():
    t = 0.3
    assert abs(1 - t) + 2 * abs(-2 * t) > 1, "3: a step along a subgradient"
    x = np.linspace(-10, 10, 100_001)
    curvature = (2 - 6 * x**2) / (1 + x**2) ** 3
    assert abs(curvature).max() <= 2 + 1e-9 and curvature.min() < 0, "2: 2-smooth, not convex"  # noqa: PT018
    w = 0.3
    for _ in range(200):
        w = w - 0.5 * 2 * w / (1 + w**2) ** 2
    assert abs(w) < 1e-8
    points = fista(Quadratic(np.eye(1)), L1(0.0), np.ones(1), 1 / 2)
    fourth, fifth = (float(point[0]) for point in islice(points, 4, 6))
    assert (fourth, fifth) == pytest.approx((0.010, -0.016), abs=5e-4), "7: FISTA"
    assert fifth**2 > fourth**2
    x, y = np.random.default_rng(0).uniform(-5, 5, (2, 1000))
    r = y - np.sin(x)
    assert np.all(r**2 * (1 + np.cos(x) ** 2) / 2 >= r**2 / 2)


def test_part_2():
    h, eta, noise = 2.0, 0.5, 3.0
    assert eta * noise / (h * (2 - eta * h)) == pytest.approx(0.75)
    v = np.array([1.0, 2, 6])
    assert v.var() == pytest.approx(14 / 3)
    assert np.var([(1 + 2) / 2, (1 + 6) / 2, (2 + 6) / 2]) == pytest.approx(7 / 6)
    p = v / v.sum()
    assert np.allclose(v / (3 * p), 3)
    losses = np.array([[1.0, 0], [1, 0], [0, 1]])
    past = np.vstack([np.zeros(2), np.cumsum(losses, axis=0)[:-1]])
    P = 0.5**past / (0.5**past).sum(axis=1, keepdims=True)
    assert np.allclose(P, [[1 / 2, 1 / 2], [1 / 3, 2 / 3], [1 / 5, 4 / 5]])
    paid = (P * losses).sum()
    assert paid == pytest.approx(49 / 30)
    assert paid - losses.sum(axis=0).min() == pytest.approx(19 / 30)
    assert 1 + 3 * np.log(2) / 8 == pytest.approx(1.26, abs=0.005)
    x = m = s = 0.0
    seen = []
    for t, g in enumerate((1.0, -1.0), start=1):
        m, s = 0.9 * m + 0.1 * g, 0.999 * s + 0.001 * g**2
        x -= 0.1 * (m / (1 - 0.9**t)) / (s / (1 - 0.999**t)) ** 0.5
        seen.append(x)
    assert seen == pytest.approx([-0.1, -0.1 + 0.1 / 19])
    t = best_forward(4, 1e-8)
    assert (t, forward_error(t, 9, 4, 1e-8)) == pytest.approx((1e-4, 1.2e-3))


def test_the_claims_of_part_2():
    slopes, L = np.array([-10.0, 10.0]), np.array([1.0, 100.0])
    p = L / L.sum()
    assert (slopes**2).mean() == 100
    assert (slopes**2 / p).sum() / 4 == pytest.approx(2550.25)
