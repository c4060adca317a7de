"""The benchmark of the build runs on the sample; how fast, only `make bench-book` on an idle machine says."""

import importlib.util
import re
from pathlib import Path

import pytest

from tests.book.conftest import HERE, make_book

PATH = Path(__file__).resolve().parents[2] / "tools" / "bench_book.py"
spec = importlib.util.spec_from_file_location("bench_book", PATH)
bench = importlib.util.module_from_spec(spec)
spec.loader.exec_module(bench)


@pytest.mark.slow
def test_every_build_gets_a_line(tmp_path, capsys, monkeypatch):
    book = make_book(HERE / "sample", tmp_path / "book")
    monkeypatch.setattr(bench, "LECTURE", "week02-sample")
    assert bench.main(["--book", str(book), "--jobs", "2"]) == 0
    printed = capsys.readouterr().out
    seconds = [float(number) for number in re.findall(r"^  .*?([\d.]+) s", printed, re.MULTILINE)]
    assert len(seconds) == 5
    assert all(seconds)
    assert "   0.0 s of it running code" in printed, "a sentence runs nothing"
    assert "0.0 s beside" not in printed
    assert not re.search(r"beside the run of 0\.0 s", printed), "a changed cell runs its lecture"


def test_a_failed_build_is_no_time(tmp_path):
    with pytest.raises(RuntimeError, match="failed"):
        bench.timed(["false"], tmp_path)
