"""The verbs: everything that can be done to a case. Each is one transaction.

A verb names its actor; what an actor may not touch looks like what does not exist.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Callable, Mapping
from typing import Any
from uuid import uuid4

import sqlalchemy as sa

import forms
from engine import inbox
from engine import tables as t
from engine.actors import Actor
from engine.audit import FIRST
from engine.bpmn import codec
from engine.bpmn.processes import Processes
from engine.db import reading
from engine.errors import Conflict, InvalidInput, MigrationRefused, NotFound
from engine.execution import execute
from engine.facts import holds
from engine.idempotency import once
from engine.incoming import check_id, check_text, read_context
from engine.launches import check_admits
from engine.loaded import LoadedRelease
from engine.migration import active_instances, find_gaps
from engine.payloads import accept, may_send
from engine.releases import current_release
from engine.runtime import Runtime
from engine.store import read_blobs
from engine.unit import Unit

_REGION = re.compile(r"[0-9]{6}")
CODE_ALPHABET = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"  # nothing that sounds or looks like something else


def start(
    runtime: Runtime,
    actor: Actor,
    pack: str,
    *,
    region: str = "",
    process_id: str = "",
    message: str = "",
    payload: Mapping[str, Any] | None = None,
    facts: Mapping[str, Any] | None = None,
    sealed: Mapping[str, Any] | None = None,
    key: str | None = None,
) -> str:
    """Open a case on the current release of ``pack`` and run its main process until it waits; the case's id.

    ``message`` starts the process that has a start event of that name, with ``payload`` (a submission, where it has
    a form); otherwise ``process_id``, or the pack's main process. ``region`` is the six-digit code of the place that
    handles the case, by default the pack's.
    Raises ``NotFound``, ``InvalidInput`` and ``RuleViolation``: where the pack takes no new cases (``check_admits``),
    or the diagram's first steps refuse.
    """
    payload, facts = read_context("payload", payload), read_context("facts", facts)
    sealed = read_context("sealed", sealed)
    check_text("pack", pack)
    if region and not _REGION.fullmatch(region):
        raise InvalidInput({"region": ["行政区划代码应为六位数字"]})

    def body(unit: Unit) -> str:
        release = runtime.releases.get(unit.connection, current_release(unit.connection, pack).id)
        place = region or release.manifest.region or ""
        if not actor.covers(place):
            raise NotFound("pack", pack)
        check_admits(unit.connection, release.id, release.manifest, unit.now(), trial=runtime.trial)
        first = release.processes.message_starts.get(message, "") if message else process_id or release.manifest.main
        if not first:
            raise NotFound("message start event", message)
        if not message:
            _demand_plain_start(release.processes, first)
        case_id = uuid4().hex
        unit.adopt(_case_row(case_id, pack, release.id, place, unit.now_text))
        unit.record.merge(facts)
        unit.record.merge_sealed(sealed)
        if message:
            may_send(unit, message, undeclared=True)
        brought = accept(unit, message, payload) if message else payload
        instance = unit.begin_instance(first, message=message, payload=brought)
        unit.finish("start", first, {"instance": instance, "release": release.id[:12], **_named(message)})
        return case_id

    request = ["start", pack, region, process_id, message, payload, facts, sealed]
    return execute(runtime, actor, once(body, key, request), refusable=True)


def _demand_plain_start(processes: Processes, process_id: str) -> None:
    starts = [start.message_name for start in processes.executable(process_id).starts]
    if all(starts):
        raise InvalidInput({"message": [f"流程 {process_id} 由消息开始，请指明消息：{'、'.join(starts)}"]})


def complete_user_task(
    runtime: Runtime,
    actor: Actor,
    user_task_id: str,
    values: Mapping[str, Any],
    *,
    uploads: Mapping[str, forms.Upload] | None = None,
    key: str | None = None,
) -> None:
    """Submit a user task's form. Raises ``NotFound``, ``Conflict``, ``InvalidInput``, ``RuleViolation``.

    Values of the form go to the case facts under the task's path, sensitive ones to the sealed part; the diagram's
    output mappings set the variables.
    """

    def body(unit: Unit) -> None:
        row = inbox.lock_open(unit, user_task_id)
        form = unit.release.form(row.form_id)
        context = inbox.form_context(unit, form, row)
        submission = forms.validate(form, values, context, unit.feel, uploads, unit.now())
        if submission.errors:
            raise InvalidInput(submission.errors)
        _forget_hidden(unit, form, submission, row.facts_path)
        unit.record.merge(submission.values, row.facts_path)
        unit.record.merge_sealed(submission.sealed, row.facts_path)
        needed = unit.release.output_reads(row.process_id, row.element_id, runtime.feel)
        routing = {name: value for name, value in submission.values.items() if name in needed}
        unit.act(row.instance_id, lambda workflow: workflow.complete(user_task_id, routing))
        unit.finish("complete", f"{row.process_id}/{row.element_id}", {"user_task": user_task_id})

    execute(runtime, actor, once(body, key, ["complete", user_task_id, values]), refusable=True)


def _forget_hidden(unit: Unit, form: forms.Form, submission: forms.Submission, facts_path: str) -> None:
    """A field that is hidden now has no value, whatever an earlier submission said: form-js removes it too."""
    if not form.has_conditions:
        return
    base = tuple(facts_path.split(".")) if facts_path else ()
    shown = set(submission.visible)
    hidden = {field.path for field in form.fields.values() if not field.lists and field.key not in shown}
    lists = {tuple(field.lists[0].split(".")) for field in form.fields.values() if field.lists}
    hidden |= {path for path in lists if not (holds(submission.values, path) or holds(submission.sealed, path))}
    for path in sorted(hidden):
        unit.record.drop((*base, *path))


def cancel(runtime: Runtime, actor: Actor, case_id: str, reason: str) -> None:
    """End a case with everything that runs in it. Raises ``NotFound``, ``Conflict``, ``InvalidInput``."""
    if not reason.strip():
        raise InvalidInput({"reason": ["请填写撤销原因"]})
    check_text("reason", reason, inbox.REASON_LENGTH)

    def body(unit: Unit) -> None:
        unit.lock(case_id)
        if unit.case.status != "open":
            raise Conflict("case", case_id, unit.case.status)
        for instance_id, _ in active_instances(unit.connection, case_id):
            unit.act(instance_id, lambda workflow: workflow.stop())
        unit.set_case(status="cancelled", closed_at=unit.now_text)
        unit.finish("cancel", "case", {}, note=reason)

    execute(runtime, actor, body)


def retry_incident(runtime: Runtime, actor: Actor, incident_id: str, *, retries: int = 3) -> None:
    """Try again what an incident stopped: the token is stepped anew, or the job gets ``retries`` more attempts.

    Raises ``NotFound``, ``Conflict``.
    """
    check_id("incident", incident_id)

    def body(unit: Unit) -> None:
        place = unit.connection.execute(sa.select(t.incidents).where(t.incidents.c.id == incident_id)).first()
        if place is None:
            raise NotFound("incident", incident_id)
        try:
            unit.lock(place.case_id)
        except NotFound:
            raise NotFound("incident", incident_id) from None
        row = unit.connection.execute(sa.select(t.incidents).where(t.incidents.c.id == incident_id)).one()
        if row.status != "open":
            raise Conflict("incident", incident_id, row.status)
        ended = {"status": "resolved", "ended_at": unit.now_text, "ended_by": actor.id}
        unit.connection.execute(t.incidents.update().where(t.incidents.c.id == incident_id).values(ended))
        if row.job_id is not None:
            again = {"status": "available", "retries_left": retries, "due_at": unit.now_text}
            unit.connection.execute(t.jobs.update().where(t.jobs.c.id == row.job_id).values(again))
        else:
            unit.act(row.instance_id, lambda workflow: workflow.retry(row.token_id))
        unit.finish("retry", f"{row.process_id}/{row.element_id}", {"incident": incident_id})

    execute(runtime, actor, body)


def migrate(
    runtime: Runtime,
    actor: Actor,
    case_id: str,
    release_id: str,
    rename: Mapping[str, Mapping[str, str]] | None = None,
    *,
    check: Callable[[Unit, LoadedRelease], None] | None = None,
) -> None:
    """Go on with an open case under another release of its pack.

    ``rename`` maps, for each process (``process`` or ``process.sub_process``, by their old names), old ids of elements
    and of flows into joins to new ones. ``check`` may refuse under the case's lock. Raises ``MigrationRefused`` with
    every place that a token stands on, form that is open and message that is awaited, and that the release lacks.
    """
    renamed = {(spec, old): new for spec, names in (rename or {}).items() for old, new in names.items()}

    def body(unit: Unit) -> None:
        unit.lock(case_id)
        if unit.case.status != "open":
            raise Conflict("case", case_id, unit.case.status)
        release = runtime.releases.get(unit.connection, release_id)
        if release.pack != unit.case.pack:
            raise NotFound("release", release_id)
        if check is not None:
            check(unit, release)
        instances = [instance_id for instance_id, _ in active_instances(unit.connection, case_id)]
        gaps = find_gaps(unit.connection, case_id, release, renamed)
        if gaps:
            raise MigrationRefused(case_id, sorted({gap.place for gap in gaps}))
        before = unit.case.release_id
        for instance_id in instances:
            tokens = codec.renamed_tokens(codec.read_rows(read_blobs(unit.connection, instance_id)), renamed)
            _rename_rows(unit.connection, tokens)
        unit.move_to(release, renamed, instances)
        unit.finish("migrate", "case", {"from": before[:12], "to": release_id[:12], "rename": rename or {}})

    execute(runtime, actor, body)


def find_by_sealed(runtime: Runtime, actor: Actor, path: str, value: object) -> list[str]:
    """Ids of the cases in the actor's region whose sealed fact at ``path`` is ``value``, the newest first.

    The blind index answers: nothing is opened, and only an equal value (letters' case and outer blanks aside) is found.
    """
    index, digests = t.sealed_index.c, runtime.sealer.look_up(path, value)
    query = (
        sa.select(t.cases.c.id, t.cases.c.region)
        .join(t.sealed_index, index.case_id == t.cases.c.id)
        .where(index.name == path, index.digest.in_(digests))
        .order_by(t.cases.c.opened_at.desc(), t.cases.c.id)
    )
    with reading(runtime.database) as connection:
        return [row.id for row in connection.execute(query) if actor.covers(row.region)]


def _rename_rows(connection: sa.Connection, tokens: Mapping[str, str]) -> None:
    """What is open goes by its element's new name; what is done keeps the name that it was done under."""
    for token_id, element_id in tokens.items():
        for table in (t.user_tasks, t.jobs, t.timers, t.message_waits):
            connection.execute(table.update().where(table.c.id == token_id).values(element_id=element_id))
        raised = (t.incidents.c.token_id == token_id, t.incidents.c.status == "open")
        connection.execute(t.incidents.update().where(*raised).values(element_id=element_id))


def _case_row(case_id: str, pack: str, release_id: str, region: str, now: str) -> dict[str, Any]:
    return {
        "id": case_id,
        "code": new_code(),
        "pack": pack,
        "release_id": release_id,
        "region": region,
        "status": "open",
        "facts": "{}",
        "revision": 0,
        "audit_seq": 0,
        "audit_head": FIRST,
        "opened_at": now,
    }


def new_code() -> str:
    """A case code to read out on the telephone: ``SH-XXXX-XXXX-XXXX``, 59 random bits."""
    letters = [secrets.choice(CODE_ALPHABET) for _ in range(12)]
    return "SH-" + "-".join("".join(letters[i : i + 4]) for i in (0, 4, 8))


def _named(message: str) -> dict[str, str]:
    return {"message": message} if message else {}
