"""The gradebook and nbgrader's checks of metadata, as they are but without preparing them each time.

nbgrader 0.9.6 opens its gradebook eleven times for one submission, each time with a new database engine
that asks whether all tables exist, and compiles a JSON schema for each cell it checks. Inside
`one_engine` and `compiled_schemas` this happens once. Queries, transactions and verdicts are the same.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from types import SimpleNamespace
from typing import Any

import jsonschema  # type: ignore[import-untyped]
from nbgrader.api import Gradebook
from nbgrader.nbgraderformat import common
from sqlalchemy import event
from sqlalchemy.engine import Engine
from sqlalchemy.orm import scoped_session, sessionmaker

BUSY_SECONDS = 60
"""How long a statement waits while another process, formgrader say, writes to an SQLite gradebook (s)."""

LONGEST_REMEMBERED = 1000
"""Longest metadata that are remembered as valid (characters): those of a class are mostly the same."""


@contextmanager
def one_engine() -> Iterator[None]:
    """Every `nbgrader.api.Gradebook` of one URL shares an engine until the end; then it is disposed of."""
    engines: dict[str, Engine] = {}
    courses: set[tuple[str, str]] = set()
    make, close = Gradebook.__init__, Gradebook.close

    def shared(self: Any, db_url: str, course_id: str = "default_course", authenticator: Any = None) -> None:
        if db_url not in engines:
            make(self, db_url, course_id, authenticator)
            engines[db_url] = self.engine
            courses.add((db_url, course_id))
            return
        self.engine = engines[db_url]
        session = sessionmaker(autoflush=True, bind=self.engine, future=True, expire_on_commit=False)
        self.db = scoped_session(session)
        if (db_url, course_id) not in courses:
            self.check_course(course_id=course_id)
            courses.add((db_url, course_id))
        self.course_id, self.authenticator = course_id, authenticator

    def leave_open(self: Any) -> None:
        self.db.remove()

    Gradebook.__init__, Gradebook.close = shared, leave_open
    event.listen(Engine, "connect", _be_patient)
    try:
        yield
    finally:
        Gradebook.__init__, Gradebook.close = make, close
        event.remove(Engine, "connect", _be_patient)
        for engine in engines.values():
            engine.dispose()


def _be_patient(connection: Any, record: Any) -> None:
    """SQLite waits for another writer instead of saying `database is locked`; servers wait by themselves."""
    if isinstance(connection, sqlite3.Connection):
        connection.execute(f"PRAGMA busy_timeout = {BUSY_SECONDS * 1000}")


@contextmanager
def compiled_schemas() -> Iterator[None]:
    """Metadata are validated against schemas that are compiled once."""
    original = common.jsonschema
    common.jsonschema = SimpleNamespace(validate=_validate)
    try:
        yield
    finally:
        common.jsonschema = original


def _validate(instance: Any, schema: Any) -> None:
    """As `jsonschema.validate`: the best match of all errors is raised. What was valid once is so again."""
    text = json.dumps(instance, sort_keys=True)
    check = _check if len(text) < LONGEST_REMEMBERED else _check.__wrapped__
    check(text, json.dumps(schema))


@lru_cache(maxsize=1000)
def _check(instance: str, schema: str) -> None:
    error = jsonschema.exceptions.best_match(_validator(schema).iter_errors(json.loads(instance)))
    if error is not None:
        raise error  # and an exception is not remembered


@lru_cache(maxsize=8)
def _validator(schema: str) -> Any:
    parsed = json.loads(schema)
    kind = jsonschema.validators.validator_for(parsed)
    kind.check_schema(parsed)
    return kind(parsed)
