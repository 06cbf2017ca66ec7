"""What a SQLite template holds, poured into PostgreSQL: scenes are played once, whatever database the pages run on."""

from __future__ import annotations

from pathlib import Path
from uuid import uuid4

import sqlalchemy as sa

from engine import db
from engine.tables import metadata
from tests.conftest import run_as_admin, url_of


class Poured:
    """Databases on one server to be copied, each made from a SQLite file when it is first asked for."""

    def __init__(self, server: str, schema: str) -> None:
        self._server, self._schema = server, schema
        self._made: dict[Path, str] = {}

    def template_of(self, path: Path) -> str:
        """The name of the database that holds every row of the file at ``path``."""
        if path not in self._made:
            name = f"poured_{uuid4().hex}"
            run_as_admin(self._server, f"CREATE DATABASE {name} TEMPLATE {self._schema}")
            pour(path, url_of(self._server, name))
            self._made[path] = name
        return self._made[path]

    def drop(self) -> None:
        for name in self._made.values():
            run_as_admin(self._server, f"DROP DATABASE {name} WITH (FORCE)")


def pour(path: Path, url: str) -> None:
    """Write every row of the SQLite file into the empty tables at ``url``, as they are."""
    source, target = db.connect(f"sqlite:///{path}"), db.connect(url, pool_size=1)
    with db.reading(source) as reader, target.begin() as writer:
        writer.exec_driver_sql("SET LOCAL session_replication_role = replica")  # neither triggers nor keys fire
        for table in metadata.sorted_tables:
            rows = [row._asdict() for row in reader.execute(sa.select(table))]
            if rows:
                writer.execute(table.insert(), rows)
    source.dispose()
    target.dispose()
