"""Tracks: files that are read, the page made from them, and the book of one of them."""

import re

import pytest
import yaml

from tools import track
from tools.track import PAGE, ROOT, TRACKS, Track, TrackError, all_titles, contents, page, written

TITLES = all_titles()
NAMES = sorted(path.stem for path in TRACKS.glob("*.yml"))
TOC = yaml.safe_load((ROOT / "_toc.yml").read_text(encoding="utf-8"))


def files(toc):
    return [chapter["file"] for part in toc["parts"] for chapter in part["chapters"]]


def test_the_page_is_what_the_tracks_say():
    tracks = [Track.read(TRACKS / f"{name}.yml", TITLES) for name in NAMES]
    assert PAGE.read_text(encoding="utf-8") == page(tracks, TITLES, written()), (
        "write it anew: python tools/track.py --page"
    )


def test_there_is_one_for_each_course_and_the_core():
    assert NAMES == ["core", "ensae", "gmu", "penn", "pku", "usc"]
    assert len(Track.read(TRACKS / "core.yml", TITLES).meetings) == 14


def test_the_weeks_are_those_of_the_front_page():
    rows = re.findall(r"^\| (\d+) \| (?:\{doc\}`(.*?) <.*?>`|(.*?)) \| (complete|planned) \|$",
                      (ROOT / "index.md").read_text(encoding="utf-8"), re.MULTILINE)  # fmt: skip
    assert {int(week): linked or plain for week, linked, plain, _ in rows} == TITLES
    assert {int(week) for week, *_, state in rows if state == "complete"} == set(written())


@pytest.mark.parametrize("name", NAMES)
def test_a_tracks_contents(name):
    own = contents(Track.read(TRACKS / f"{name}.yml", TITLES), TOC, written())
    assert sorted(files(own)) == sorted(files(TOC)), "no page is lost, none comes twice"
    assert own["parts"][0] == TOC["parts"][0]
    assert own["parts"][-1] == TOC["parts"][-1]
    course = [chapter["file"] for chapter in own["parts"][1]["chapters"]]
    track_ = Track.read(TRACKS / f"{name}.yml", TITLES)
    order = dict.fromkeys(week for meeting in track_.meetings for week, _ in meeting.lectures)
    assert course == [f"lectures/{written()[week]}" for week in order if week in written()]


GOOD = "name: A\nabout: B\npolicy: gmu\nmeetings: [{lectures: [0]}]\n"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (GOOD.replace("[0]", "[25]"), r"meeting 1: expected lectures \(0 to 24\) or a note, got"),
        (GOOD.replace("{lectures: [0]}", "{}"), "meeting 1: expected lectures"),
        (GOOD.replace("{lectures: [0]}", "{lectures: [0], notes: x}"), "meeting 1: expected lectures"),
        (GOOD.replace("gmu", "mit"), "course/policies has no mit.yml"),
        (GOOD.replace("about: B\n", ""), "expected the keys about, meetings, name, policy"),
        ("- a\n", "expected the keys"),
    ],
)
def test_a_track_that_is_refused(tmp_path, text, message):
    path = tmp_path / "own.yml"
    path.write_text(text)
    with pytest.raises(TrackError, match=message):
        Track.read(path, TITLES)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([], "give either --page, or a track and --to"),
        (["core"], "give either --page, or a track and --to"),
        (["--page", "--to", "x"], "give either --page, or a track and --to"),
    ],
)
def test_arguments_that_make_no_sense(arguments, message, capsys):
    with pytest.raises(SystemExit):
        track.main(arguments)
    assert message in capsys.readouterr().err


def test_errors_of_the_command(tmp_path, capsys):
    assert track.main(["mit", "--to", str(tmp_path / "book")]) == 1
    assert "no track mit; there are: core, ensae, gmu, penn, pku, usc" in capsys.readouterr().err
    assert track.main(["core", "--to", str(tmp_path)]) == 1
    assert "exists; remove it" in capsys.readouterr().err


@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_the_book_of_a_track(tmp_path):
    """After `make course` its lectures come from the cache."""
    if not (ROOT / "_build" / "html" / "index.html").is_file():
        pytest.skip("the book is not built: make course")
    assert track.main(["ensae", "--to", str(tmp_path / "book")]) == 0
    html = tmp_path / "book" / "_build" / "html"
    sidebar = (html / "index.html").read_text(encoding="utf-8")
    places = [sidebar.index(f"lectures/{written()[week]}.html") for week in (0, 1, 2, 3, 4, 6)]
    assert places == sorted(places)
    assert sidebar.index("Eight lectures and four coding sessions") < places[0]
    assert sidebar.index("Also in this book") > places[-1]
    for name in written().values():
        assert (html / "lectures" / f"{name}.html").is_file()
    assert not (tmp_path / "book" / "source").exists()
