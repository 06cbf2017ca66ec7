"""What people write in their own words is nowhere in clear: in no fact, row, process or audit line (C-28)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import sqlalchemy as sa

from engine import tables as t
from engine.pack_yaml import read_yaml
from engine.runtime import Runtime
from forms import read_form
from tasks.scenarios.player import play
from tasks.scenarios.preparing import prepare
from tasks.scenarios.reading import read_script
from tests.packs.conftest import PACKS, SCENARIOS, checkout
from tests.packs.test_scenarios import tell

OWN_WORDS = {"opinion", "reason", "comment", "evidence", "measures", "explanation", "conclusion", "contents"}
STORIES = (
    "02-hospital-window",
    "04-hospital-crime",
    "07-withdrawal-needs-termination",
    "18-payment-returned",
    "20-death-revoked",
    "27-objection-rejected",
    "28-burial",
    "32-supplement",
    "33-refused-at-window",
    "52-two-people",
    "73b-handlers-are-rated",
)


def written(value: Any, key: str = "") -> Iterator[str]:
    """The texts under the keys that forms and departments give to somebody's own words."""
    if isinstance(value, dict):
        for name, inner in value.items():
            yield from written(inner, name)
    elif isinstance(value, list):
        for inner in value:
            yield from written(inner, key)
    elif isinstance(value, str) and key in OWN_WORDS and not value.isascii():
        yield value


@pytest.mark.parametrize("code", PACKS)
def test_every_field_for_ones_own_words_is_sealed(code: str) -> None:
    pack = checkout(code)
    forms = [read_form(data, name) for name, data in pack.files.items() if name.endswith(".form")]
    asked = [field for form in forms for field in form.fields.values() if field.kind == "textarea"]
    assert [field.label for field in asked if not field.sensitive and not field.component.readonly] == []


@pytest.mark.parametrize("code", PACKS)
def test_what_a_department_answers_in_words_is_sealed(code: str) -> None:
    jobs = checkout(code).manifest.jobs
    assert [name for name, job in jobs.items() if "reason" in job.outputs and not job.outputs["reason"].sensitive] == []


def test_nothing_that_was_written_stands_in_clear(own_runtime: Runtime) -> None:
    told = set()
    for name in STORIES:
        [path] = SCENARIOS.glob(f"hunan/{name}.yaml")
        script = read_script(path.read_bytes(), path.name)
        played = play(prepare(own_runtime, checkout("hunan"), script), script)
        assert played.difference is None, tell(played)
        told |= set(written(read_yaml(path.read_bytes(), path.name).value))
    assert len(told) >= 12
    with own_runtime.database.connect() as connection:
        for table in t.metadata.sorted_tables:
            if table is t.contents:
                continue
            stored = "\n".join(str(tuple(row)) for row in connection.execute(sa.select(table)))
            stored += "\n".join(
                bytes(value).decode("utf-8", "replace")
                for column in table.columns
                if isinstance(column.type, sa.LargeBinary)
                for value in connection.execute(sa.select(column).where(column.is_not(None))).scalars()
            )
            assert [text for text in told if text in stored] == [], table.name
