"""Key rotation reaches every sealed column there is, whoever its row belongs to."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import sqlalchemy as sa

import web.tables as w
from engine import audit, inbox
from engine import tables as t
from engine.actors import SYSTEM
from engine.keyring import DataKey, Keyring
from engine.resealing import count_stale, reseal
from engine.sealing import Sealer
from tasks import tables as d
from tests.integration.conftest import CLERK, KEYS, World

AT = "2026-11-22T02:00:00.000000Z"
RING = Keyring((DataKey("k2", b"9" * 32), *KEYS.data), KEYS.audit, KEYS.secret)
SEALED = [column for table in t.metadata.sorted_tables for column in table.columns if "sealed_for" in column.info]
BY_COMMANDS = {"message_inbox.payload", "user_tasks.draft", "audit_notes.sealed"}


def rows_of(case: str) -> Iterator[tuple[sa.Table, dict[str, Any]]]:
    """A row of every table that seals, in an order that the database allows, with those that they stand on."""
    case_id = {"case_id": case}
    death = {"id": "c" * 32, "kind": "medical", "number": "1", "issuer": "医院", "issued_by": "wang", "issued_at": AT}
    yield d.certificates, {**case_id, **death, "status": "valid"}
    yield d.filings, {**case_id, "id": "f" * 32, "name": "f1", "channel": "window", "status": "accepted"}
    signed = {"version": "1", "text_sha256": "0" * 64, "signed_by": "wang", "signed_at": AT}
    yield d.commitments, {**case_id, "id": "s" * 32, "filing_id": "f" * 32, **signed}
    item = {"code": "hpf_withdraw", "department": "housing_fund", "filing_id": "f" * 32, "selected_at": AT}
    yield d.items, {**case_id, **item, "status": "paying", "pays": True}
    payee = {"payee_kind": "deceased", "payee_digest": "b" * 64, "account_tail": "1234", "amount_cents": 1}
    by = {"decided_by": "wang", "approved_by": "li", "ordered_at": AT, "status": "ordered"}
    yield d.payments, {**case_id, "id": "p" * 32, "item": "hpf_withdraw", "filing_id": "f" * 32, **payee, **by}
    rated = {"department": "housing_fund", "score": 5, "evaluated_at": AT}
    yield d.evaluations, {**case_id, "item": "hpf_withdraw", "filing_id": "f" * 32, **rated}
    slip = {"number": "ZX-1", "window": "窗口", "materials": "[]", "issued_at": AT, "issued_by": "wang"}
    yield d.referrals, {**case_id, "id": "r" * 32, **slip}
    hold = {"name": "r1", "source": "clinic", "set_at": AT, "set_by": "wang"}
    released = {"released_at": AT, "released_by": "li", "release_document": "芙公审〔2026〕7 号"}
    yield d.holds, {**case_id, "id": "h" * 32, **hold, **released}
    yield d.objections, {**case_id, "id": "o" * 32, "status": "open", "filed_at": AT, "filed_by": "wang"}
    dispatch = {"kind": "push", "receiver": "platform", "subject": "result", "status": "queued", "queued_at": AT}
    yield d.outbox, {**case_id, "id": "x" * 32, **dispatch}
    yield d.remains, {**case_id, "disposition": "none"}
    yield d.revocations, {**case_id, "document": "更正-1", "revoked_at": AT, "revoked_by": "li"}
    yield d.register_records, {"register": "pension", "identity_digest": "1" * 64}
    yield d.register_records, {"register": "medical", "identity_digest": "1" * 64}
    yield t.users, {"id": "u" * 32, "login": "li", "name": "李", "password_hash": "", "region": "43", "created_at": AT}
    yield w.user_security, {"user_id": "u" * 32}
    yield w.comments, {**case_id, "id": "k" * 32, "user_id": "u" * 32, "at": AT}
    yield w.families, {"id": "a" * 32, "created_at": AT}
    ticket = {"kind": "help", "department": "hrss", "region": "43", "status": "answered", "opened_by": "li"}
    code = {"purpose": "sign_in", "subject": "0" * 64, "code_digest": "0" * 64, "tries_left": 3}
    for mark, whose in (("1", case), ("2", None)):
        yield w.tickets, {"id": mark * 32, "case_id": whose, "number": mark, **ticket, "opened_at": AT}
        yield w.web_codes, {"id": mark * 32, "case_id": whose, **code, "created_at": AT, "expires_at": AT}


def secret(column: sa.Column[Any], row: Mapping[str, Any]) -> str:
    return f"{column} 亓官䶮 {row.get('id')}"


def test_rotation_reaches_every_sealed_column(world: World) -> None:
    world.publish(main="start s\nuser a group=clerks form=plain\nend e\ns -> a -> e")
    case, old = world.start(), world.runtime.sealer
    inbox.save_draft(world.runtime, CLERK, world.task("a"), {"note": "草稿"})
    inbox.reassign(world.runtime, SYSTEM, world.task("a"), "li", "休假")
    laid = list(rows_of(case))
    reached = {str(column) for table, _ in laid for column in table.columns if "sealed_for" in column.info}
    assert reached | BY_COMMANDS == {str(column) for column in SEALED}
    with world.runtime.database.begin() as connection:
        early = {"id": "e" * 32, "case_id": case, "name": "paper", "status": "waiting", "received_at": AT}
        early["expires_at"] = AT
        payload = old.seal({"number": "7"}, early["id"])
        connection.execute(t.message_inbox.insert(), {**early, "payload": payload})
        for table, row in laid:
            sealed = {
                column.name: old.seal(secret(column, row), column.info["sealed_for"].format_map(row))
                for column in table.columns
                if "sealed_for" in column.info
            }
            connection.execute(table.insert(), {**row, **sealed})

    world.runtime.keys, world.runtime.sealer = RING, Sealer(RING)
    loose = [row for table, row in laid if row.get("case_id") is None and table is not t.users]
    assert count_stale(world.runtime) == 1 + sum(len(sealed_in(table, row)) for table, row in laid if row in loose)
    reseal(world.runtime, SYSTEM)
    assert count_stale(world.runtime) == 0

    new = Sealer(Keyring(RING.data[:1], KEYS.audit, KEYS.secret))
    for table, row in laid:
        keys = {column.name: row[column.name] for column in table.primary_key.columns}
        [kept] = world.rows(table, **keys)
        for column in sealed_in(table, row):
            opened = new.open(bytes(getattr(kept, column.name)), column.info["sealed_for"].format_map(row))
            assert opened == secret(column, row)
    with world.runtime.database.connect() as connection:
        assert audit.notes_of(connection, new, case) == {3: "休假"}
    [waiting] = world.rows(t.message_inbox)
    assert new.open(bytes(waiting.payload), waiting.id) == {"number": "7"}


def sealed_in(table: sa.Table, row: Mapping[str, Any]) -> list[sa.Column[Any]]:
    return [column for column in table.columns if "sealed_for" in column.info]
