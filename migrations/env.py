"""Alembic's entry: runs on the connection that ``migrations.upgrade`` hands over, or on the configured database.

The second is for developers: ``alembic revision --autogenerate -m "…"`` compares that database with the tables.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import context

import tasks.tables  # noqa: F401 - lays the tables of the domain out in the metadata
import web.tables  # noqa: F401 - and those of the pages
from engine import db
from engine.config import read_settings
from engine.tables import metadata


def run_on(connection: sa.Connection) -> None:
    context.configure(
        connection=connection,
        target_metadata=metadata,
        render_as_batch=connection.dialect.name == "sqlite",
        transactional_ddl=True,
        compare_type=True,
    )
    with context.begin_transaction():
        context.run_migrations()


if context.is_offline_mode():
    raise SystemExit("Migrations need a database: they run in one transaction, not as a printed script.")

given = context.config.attributes.get("connection")
if given is not None:
    run_on(given)
else:
    with db.connect(read_settings().database_url).begin() as own:
        run_on(own)
