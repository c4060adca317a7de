"""The gradebook on a PostgreSQL server: the same rows as in SQLite, and two runs at once.

`OPT4ML_TEST_POSTGRES` names the server: a URL whose user may make databases. `.ci/run` starts one.
"""

import concurrent.futures
import csv
import os
import shutil
import uuid

import nbformat
import pytest
from nbgrader.api import Base
from sqlalchemy import create_engine, inspect, make_url, text

from opt4ml_grading import sandbox

WEEK, NAME = "week90", "tiny"
HERE = os.path.dirname(__file__)
FIXTURE = os.path.join(HERE, os.pardir, "exercises", "good", "source")

ANSWERS = {
    "anna": None,
    "bert": "def total(x):\n    return 0",
    "carl": "def total(x):\n    raise ValueError('caf\\u00e9 \\u2264 \\U0001d54f \\x00 end')",
    "dora": "import os\nos._exit(0)",
    "emil": "raise type('N\\x00ame', (Exception,), {})('percent % and {brace} and \\'quote\\'')",
    "fred": None,
}
"""Student -> what stands in place of the answer to `total`; that of dora ends the kernel."""

pytestmark = [
    pytest.mark.slow,
    pytest.mark.timeout(1800),
    pytest.mark.skipif(
        bool(sandbox.why_not()) and "CI" not in os.environ, reason="no namespaces on this machine"
    ),
]


@pytest.fixture
def database():
    """The URL of a new database, dropped at the end."""
    server = os.environ.get("OPT4ML_TEST_POSTGRES", "")
    if not server:
        message = "OPT4ML_TEST_POSTGRES names no PostgreSQL server; .ci/run starts one"
        if os.environ.get("CI"):
            pytest.fail(message)
        pytest.skip(message)
    name = f"gradebook_{uuid.uuid4().hex[:12]}"
    engine = create_engine(server, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name}"))
    url = make_url(server).set(database=name).render_as_string(hide_password=False)
    yield url.replace("%2F", "/")  # `nbgrader db upgrade` of 0.9.6 fails at a % in the URL
    with engine.connect() as connection:
        connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))
    engine.dispose()


def hand_in(course, students):
    """Submissions, made from the source and the released notebook."""
    solved = nbformat.read(course / "source" / WEEK / f"{NAME}.ipynb", as_version=4)
    for student in students:
        folder = course / "submitted" / student / WEEK
        folder.mkdir(parents=True)
        (folder / "timestamp.txt").write_text("2030-01-30 15:00:00 UTC")
        nb = nbformat.read(course / "exercises" / WEEK / f"{NAME}.ipynb", as_version=4)
        for cell, right in zip(nb.cells, solved.cells, strict=True):
            if cell.metadata.get("nbgrader", {}).get("solution"):
                cell.source = right.source
            if cell.id == "total" and ANSWERS[student]:
                cell.source = ANSWERS[student]
        nbformat.write(nb, folder / f"{NAME}.ipynb")
    if "fred" in students:
        (course / "submitted" / "fred" / WEEK / f"{NAME}.ipynb").write_text("<html>\x00 not a notebook")


def gradebook(url):
    """Every row of every table, with what it refers to in place of random ids."""
    engine = create_engine(url)
    natural, found = {}, {}
    with engine.connect() as connection:
        for table in Base.metadata.sorted_tables:
            found[table.name] = rows = []
            for row in connection.execute(table.select()).mappings():
                values = {}
                for column in table.columns:
                    value = row[column.name]
                    if column.foreign_keys:
                        [key] = column.foreign_keys
                        value = natural[key.column.table.name, value]
                    elif column.primary_key and table.name not in ("student", "course"):
                        continue
                    values[column.name] = value
                natural[table.name, row["id"]] = name = (table.name, *values.items())
                rows.append(name)
            rows.sort(key=repr)
        version = connection.execute(text("SELECT version_num FROM alembic_version")).scalars().all()
    engine.dispose()
    return {**found, "alembic_version": version}


def compare(one, other):
    assert one.keys() == other.keys()
    for table, rows in one.items():
        assert rows == other[table], table
    assert len(one["submitted_assignment"]) == len(ANSWERS)
    assert len(one["grade"]) == 3 * len(ANSWERS)


def exported(course):
    with (course / "grades.csv").open() as file:
        return sorted(csv.reader(file))


def test_the_whole_way_gives_the_rows_that_sqlite_gives(make_course, nbgrader, database, tmp_path):
    lite = make_course(FIXTURE)
    nbgrader(lite, "generate_assignment", WEEK)
    server = tmp_path / "server"
    shutil.copytree(lite, server, ignore=shutil.ignore_patterns("gradebook.db"))
    (server / "roster.csv").write_text("id,first_name,last_name\nanna,Anna,Å\n")
    shutil.copy(server / "roster.csv", lite)
    option = f"--db={database}"
    nbgrader(server, "generate_assignment", WEEK, option, "--force")

    results = {}
    for course, options in ((lite, ()), (server, (option,))):
        hand_in(course, ANSWERS)
        nbgrader(course, "db", "student", "import", "roster.csv", *options)
        nbgrader(course, "autograde", WEEK, *options)
        assert "0 graded, of these 0 for review; 6 skipped" in nbgrader(course, "autograde", WEEK, *options)
        nbgrader(course, "generate_feedback", WEEK, *options)
        nbgrader(course, "export", "--to", "grades.csv", *options)
        results[course] = gradebook(options[0][5:] if options else f"sqlite:///{course}/gradebook.db")
    assert not (server / "gradebook.db").exists(), "nothing went to SQLite"

    compare(results[server], results[lite])
    assert exported(server) == exported(lite)
    pages = {path.parent.parent.name for path in (server / "feedback").rglob("*.html")}
    assert pages >= set(ANSWERS) - {"fred"}

    scores = {}
    for row in map(dict, (row[1:] for row in results[server]["grade"])):
        student = dict(dict(row["notebook_id"][1:])["assignment_id"][1:])["student_id"]
        cell = dict(row["cell_id"][1:])["name"]
        scores[dict(student[1:])["id"], cell] = row["auto_score"], row["needs_manual_grade"]
    assert scores["anna", "test-double"] == (2.0, False)
    assert scores["anna", "test-total"] == (3.0, False)
    assert scores["bert", "test-total"] == scores["carl", "test-total"] == (0.0, False)
    assert scores["dora", "test-double"] == (2.0, False)
    assert scores["dora", "test-total"] == (None, True), "what could not be run is no zero"
    assert scores["fred", "test-double"] == scores["fred", "test-total"] == (None, True)

    # Once more by force: the same rows, none doubled.
    nbgrader(server, "autograde", WEEK, "--force", option)
    compare(gradebook(database), results[lite])
    nbgrader(server, "db", "upgrade", option)
    compare(gradebook(database), results[lite])


def test_two_runs_at_once_into_one_gradebook(make_course, nbgrader, database, tmp_path):
    """Two people grade one half each, in a copy of the course of their own."""
    first = make_course(FIXTURE)
    nbgrader(first, "generate_assignment", WEEK, f"--db={database}")
    second, alone = tmp_path / "second", tmp_path / "alone"
    shutil.copytree(first, second)
    shutil.copytree(first, alone)
    nbgrader(alone, "generate_assignment", WEEK, "--force")
    names = sorted(ANSWERS)
    hand_in(first, names[:3])
    hand_in(second, names[3:])
    hand_in(alone, names)
    nbgrader(alone, "autograde", WEEK)
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        runs = [
            pool.submit(nbgrader, course, "autograde", WEEK, f"--db={database}") for course in (first, second)
        ]
        for run in runs:
            run.result()
    compare(gradebook(database), gradebook(f"sqlite:///{alone}/gradebook.db"))


def test_a_new_database_gets_the_tables_of_nbgrader(make_course, nbgrader, database):
    course = make_course(FIXTURE)
    nbgrader(course, "db", "student", "add", "anna", f"--db={database}")
    engine = create_engine(database)
    assert set(Base.metadata.tables) < set(inspect(engine).get_table_names())
    engine.dispose()
    assert not (course / "gradebook.db").exists()
