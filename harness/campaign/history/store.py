"""The file of a history: opening, making, refusing, upgrading, and one writer at a time.

SQLite in WAL mode: many may read while one writes, a second writer waits, and what a killed
writer had begun is not there. A run is written in one transaction.
"""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from harness.campaign.history.tables import KIND, META, METADATA, SCHEMA
from harness.core.errors import ConfigError
from harness.core.i18n import _
from harness.core.plain import dataclass

BUSY_S = 30.0
"""How long a writer waits for another one."""

Upgrade = Callable[[sa.Connection], None]
UPGRADES: dict[int, Upgrade] = {}
"""From the schema with this number to the next one. None was needed yet."""


@dataclass(frozen=True, slots=True)
class History:
    """An open history. ``upgraded_from`` is the schema number that the file had, where opening it
    brought it up to date."""

    path: Path
    engine: sa.Engine
    upgraded_from: int | None = None

    @contextmanager
    def reading(self) -> Iterator[sa.Connection]:
        """A connection that sees one state of the file. Raises ConfigError."""
        try:
            with _said(self.path), self.engine.begin() as connection:
                yield connection
        except ValueError as error:  # a text that is no JSON, a word that is no verdict
            raise _failed(self.path, f"malformed: {error}") from error

    @contextmanager
    def writing(self) -> Iterator[sa.Connection]:
        """A connection that nobody else writes beside; everything is kept, or nothing when an
        exception leaves the block. Raises ConfigError."""
        with _said(self.path), _writer(self.engine).begin() as connection:
            yield connection


def open_history(
    path: Path,
    *,
    create: bool = False,
    schema: int = SCHEMA,
    upgrades: Mapping[int, Upgrade] = UPGRADES,
) -> History:
    """The history in ``path``, made with ``create`` when there is no such file.

    An older layout is brought up to date. Raises ConfigError: no such file, another kind of file,
    a damaged one, one of a newer harness, or one that cannot be written to.
    """
    if not create and not path.is_file():
        raise ConfigError(
            _("there is no history"),
            where=str(path),
            todo=_("record one: emv-harness run --history {path}").format(path=path),
        )
    if create:
        _make_folder(path)
    engine = _engine(path)
    with _said(path):
        # Only a file that will be written needs the lock of a writer to be looked at.
        with engine.begin() as connection:
            found = _schema_of(connection, path)
        if found == schema:
            return History(path, engine)
        if found is None and not create:
            raise _foreign(path)
        if found is None:
            _wal(engine)
        with _writer(engine).begin() as connection:
            # Another process may have made or upgraded it meanwhile.
            found = _schema_of(connection, path)
            if found is None:
                _make(connection, schema)
                return History(path, engine)
            _bring_up(connection, found, schema, upgrades, path)
    return History(path, engine, found if found != schema else None)


def _engine(path: Path) -> sa.Engine:
    engine = sa.create_engine(
        sa.URL.create("sqlite", database=str(path)),
        connect_args={"timeout": BUSY_S},
        poolclass=sa.pool.NullPool,
    )
    sa.event.listen(engine, "connect", _on_connect)
    sa.event.listen(engine, "begin", _on_begin)
    return engine


def _on_connect(connection: Any, _record: object) -> None:  # noqa: ANN401 - sqlite3's own
    # Transactions are begun below: sqlite3 itself would begin them only at the first INSERT.
    connection.isolation_level = None
    connection.execute("PRAGMA foreign_keys = ON")


def _on_begin(connection: sa.Connection) -> None:
    writes = connection.get_execution_options().get("writes", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


def _writer(engine: sa.Engine) -> sa.Engine:
    return engine.execution_options(writes=True)


def _wal(engine: sa.Engine) -> None:
    """Write-ahead log, once and for all. Two that make the same file meet here, and SQLite does
    not wait for this one by itself."""
    end = time.monotonic() + BUSY_S
    while True:
        raw = engine.raw_connection()
        try:
            raw.cursor().execute("PRAGMA journal_mode = WAL")
        except sqlite3.OperationalError as error:
            if "locked" not in str(error) or time.monotonic() > end:
                raise
            time.sleep(0.05)
        else:
            return
        finally:
            raw.close()


def _make(connection: sa.Connection, schema: int) -> None:
    METADATA.create_all(connection)
    rows = [{"key": "kind", "value": KIND}, {"key": "schema", "value": str(schema)}]
    connection.execute(META.insert(), rows)


def _schema_of(connection: sa.Connection, path: Path) -> int | None:
    """Schema number of the file; None where it is still empty. Raises ConfigError."""
    tables = sa.inspect(connection).get_table_names()
    if not tables:
        return None
    if META.name not in tables:
        raise _foreign(path)
    columns = {column["name"] for column in sa.inspect(connection).get_columns(META.name)}
    if not {"key", "value"} <= columns:
        raise _foreign(path)
    meta = {row.key: row.value for row in connection.execute(sa.select(META))}
    number = str(meta.get("schema", ""))
    if meta.get("kind") != KIND or not number.isdecimal():
        raise _foreign(path)
    return int(number)


def _bring_up(
    connection: sa.Connection,
    found: int,
    schema: int,
    upgrades: Mapping[int, Upgrade],
    path: Path,
) -> None:
    """One step after the other, in the transaction of ``connection``. Raises ConfigError."""
    if found > schema:
        raise ConfigError(
            _("the history has schema {found}, this harness knows {known}").format(
                found=found, known=schema
            ),
            where=str(path),
            todo=_("use the newer harness that wrote it, or name another file with --history"),
        )
    for number in range(found, schema):
        if number not in upgrades:
            raise ConfigError(
                _("no way from schema {found} of a history to {known}").format(
                    found=found, known=schema
                ),
                where=str(path),
                todo=_("name another file with --history"),
            )
        upgrades[number](connection)
    connection.execute(META.update().where(META.c.key == "schema").values(value=str(schema)))


def _make_folder(path: Path) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ConfigError(
            _("the folder of the history cannot be made: {why}").format(why=error.strerror),
            where=str(path.parent),
            todo=_("name another file with --history"),
        ) from error


def _foreign(path: Path) -> ConfigError:
    return ConfigError(
        _("this file is no history of the harness"),
        where=str(path),
        todo=_("name another file with --history"),
    )


@contextmanager
def _said(path: Path) -> Iterator[None]:
    """Every way in which SQLite fails, as a ConfigError that says what to do."""
    try:
        yield
    except (sa.exc.SQLAlchemyError, sqlite3.Error) as error:
        reason = str(getattr(error, "orig", None) or error)
        raise _failed(path, reason) from error


def _failed(path: Path, reason: str) -> ConfigError:
    if "not a database" in reason:
        return _foreign(path)
    todo = _("see that it is a file of yours on a local disk, or name another with --history")
    if "malformed" in reason or "corrupt" in reason:
        todo = _(
            "the file is damaged: put it aside and start another; "
            "`sqlite3 FILE .recover` saves what can be read"
        )
    elif "locked" in reason:
        todo = _("another program holds the file: wait until it is done, then try again")
    elif "full" in reason:
        todo = _("make room on that disk")
    what = _("the history cannot be used: {reason}").format(reason=reason)
    return ConfigError(what, where=str(path), todo=todo)
