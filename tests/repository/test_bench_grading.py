"""The benchmark of grading runs and notices a difference: how fast, only an idle machine says."""

import re
import shutil

import nbformat
import pytest

from tools import bench_grading as bench


def test_the_samples_are_what_they_claim_to_be():
    for name in bench.NAMES:
        sample = bench.Sample.read(name)
        kinds = [kind for kind, _, _ in sample.cells]
        assert (kinds.count("answer"), kinds.count("test"), kinds.count("question")) == (8, 10, 1)
        answers = {words[0] for kind, words, _ in sample.cells if kind == "answer"}
        assert set(sample.wrong) == answers, "each answer has a wrong one"
        tests = [source for kind, _, source in sample.cells if kind == "test"]
        assert all("### BEGIN HIDDEN TESTS" in source for source in tests)


def test_the_class_is_the_same_each_time():
    sample = bench.Sample.read("light")
    one, again, other = (sample.submission(sample.source(), bench.random.Random(seed)) for seed in (1, 1, 2))
    sources = [[cell.source for cell in nb.cells] for nb in (one, again, other)]
    assert sources[0] == sources[1] != sources[2]


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_four_submissions(capsys, tmp_path):
    arguments = ["--only", "light", "--submissions", "4", "--workers", "2", "--keep", str(tmp_path)]
    status = bench.main(arguments)
    out = capsys.readouterr().out
    assert status == 0, out
    assert "light: 4 submissions" in out
    costs = dict(re.findall(r"^(stock|ours) +([\d.]+ +[\d.]+ +[\d.]+ +[\d.]+ +\d+)$", out, re.MULTILINE))
    seconds = {}
    for label, line in costs.items():
        seconds[label], rate, cpu, own, peak = map(float, line.split())
        assert rate == pytest.approx(240 / seconds[label], rel=0.05)
        assert cpu > own > 0
        assert peak > 50
    ratio = float(re.search(r"^ratio +([\d.]+)", out, re.MULTILINE)[1])
    assert ratio == pytest.approx(seconds["stock"] / seconds["ours"], rel=0.05)
    assert "the same 44 grades, comments and 4 feedback pages" in out

    # Another grade, another comment and another page are differences.
    stock, ours = tmp_path / "light" / "stock", tmp_path / "light" / "ours"
    sample = bench.Sample.read("light")
    students = {path.name for path in (stock / "submitted").iterdir()}
    name = sorted(students)[0]
    with bench.Gradebook(f"sqlite:///{ours / 'gradebook.db'}", "bench") as gradebook:
        gradebook.find_grade("test-loss", "light", "light", name).auto_score = 1.5
        gradebook.find_comment("why", "light", "light", name).auto_comment = "Something else."
        gradebook.db.commit()
    shutil.rmtree(ours / "feedback")
    path = ours / "autograded" / name / "light" / "light.ipynb"
    path.chmod(0o644)
    path.write_text(path.read_text(encoding="utf-8").replace("(60, 8) (60,)", "(60, 8)"), encoding="utf-8")
    # A print that arrived in two messages is none.
    path = ours / "autograded" / sorted(students)[1] / "light" / "light.ipynb"
    path.chmod(0o644)
    nb = nbformat.read(path, as_version=4)
    cell, number = next(
        (cell, number)
        for cell in nb.cells
        for number, output in enumerate(cell.get("outputs", []))
        if output.output_type == "stream"
    )
    first, second = cell.outputs[number], cell.outputs[number].copy()
    first.text, second.text = first.text[:5], first.text[5:]
    cell.outputs.insert(number + 1, second)
    nbformat.write(nb, path)
    found = bench.differences(stock, ours, sample, students)
    assert [line.split(":")[0] for line in found] == [
        f"{name} comment why",
        f"{name} grade test-loss",
        f"feedback of {name}",
    ]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--submissions", "0"], "--submissions: expected at least 1, got 0"),
        (["--stock-sample", "200"], "--stock-sample: expected 1 to 100, got 200"),
        (["--only", "numpy"], "invalid choice"),
    ],
)
def test_arguments_that_make_no_sense_are_refused(arguments, message, capsys):
    with pytest.raises(SystemExit):
        bench.main(arguments)
    assert message in capsys.readouterr().err
