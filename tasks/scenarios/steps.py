"""What each kind of step does: one verb of the engine's, and what must come of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from engine import cases, jobs, messages
from engine.actors import SYSTEM
from engine.clock import parse_moment
from engine.durations import parse_duration
from engine.errors import RuleViolation, ShenhouError
from tasks.guards import ACTS
from tasks.reports import report_death
from tasks.scenarios.filling import Unfillable
from tasks.scenarios.observing import find_jobs, find_tasks
from tasks.scenarios.refusals import describe
from tasks.scenarios.schema import Answer, Do, Fill, Pass, ReportAgain, Retry, Step, Tell, Try

if TYPE_CHECKING:
    from tasks.scenarios.player import Player


def do(player: Player, step: Do) -> None:
    player.complete(step, player.find_task(step.do), step.with_)


def fill(player: Player, step: Fill) -> None:
    user_task = player.find_task(step.fill)
    try:
        values = player.stage.fill(player.filler(), user_task, step.with_)
    except Unfillable as refusal:
        raise player.differ(f"a form that {step.fill} can be filled in with", str(refusal)) from None
    player.complete(step, user_task, values)


def try_(player: Player, step: Try) -> None:
    """What has no open task is asked of the second lock, which refuses whatever a diagram says."""
    found = find_tasks(player.state, step.try_)
    if found:
        player.complete(step, found[0], step.with_)
        return
    code, told = _ask_guard(player, step.try_)
    player.judge(step, code, told)
    player.note(step.as_ or "guard", f"tries {step.try_}", step.note, refused=f"{code}: {told}")


def _ask_guard(player: Player, element: str) -> tuple[str, str]:
    """Code and words with which an act is refused whose task is not open."""
    guard = ACTS.get(element)
    if guard is None:
        return "not_open", "no such task is open"
    try:
        with player.stage.runtime.database.connect() as connection, connection.begin():
            guard(connection, player.case_id)
    except RuleViolation as refusal:
        return refusal.rule, refusal.message
    return "", ""


def tell(player: Player, step: Tell) -> None:
    actor = player.actor(step.as_, step.by) if step.as_ else SYSTEM
    runtime, payload = player.stage.runtime, _payload(player, step)
    sent: list[messages.Outcome] = []

    def publish() -> None:
        outcome = messages.publish_message(
            runtime, actor, player.case_id, step.message, payload, correlation_key=step.key
        )
        sent.append(outcome)

    player.act(step, actor, f"sends {step.message}{f' ({step.key})' if step.key else ''}", publish)
    if sent and step.outcome and step.outcome != _outcome_word(sent[0]):
        raise player.differ(f"the message to be {step.outcome}", _outcome_word(sent[0]))


def _payload(player: Player, step: Tell) -> dict[str, Any]:
    if not step.fill_rest:
        return dict(step.with_)
    try:
        return player.stage.fill_message(player.filler(), player.case_id, step.message, step.with_)
    except Unfillable as refusal:
        raise player.differ(f"a form that {step.message} can be filled in with", str(refusal)) from None


def _outcome_word(outcome: messages.Outcome) -> str:
    return "delivered" if outcome.delivered else "started" if outcome.started else "kept" if outcome.kept else "dropped"


def report(player: Player, step: ReportAgain) -> None:
    actor = player.actor(step.as_ or player.script.scenario.reporter, step.by)
    runtime, pack, region = player.stage.runtime, player.script.scenario.pack, player.stage.region
    player.act(step, actor, "reports again", lambda: report_death(runtime, actor, pack, step.report, region=region))


def _words_of(player: Player, type_: str, code: str) -> str:
    """What the system says to the error that it ends in: what the pack says of it, as people read it."""
    runtime = player.stage.runtime
    release = runtime.releases.open(runtime.database, player.state.case.release_id)
    declared = release.manifest.jobs.get(type_)
    return declared.errors.get(code, "") if declared else ""


def answer(player: Player, step: Answer) -> None:
    held = (player.stage.desk.hold(row.id) for row in find_jobs(player.state, step.job))
    lease = next((one for one in held if one is not None), None)
    if lease is None:
        waiting = ", ".join(sorted(f"{row.type} at {row.element_id}" for row in player.state.waiting_jobs)) or "none"
        raise player.differ(f"the job {step.job} to wait for an answer", f"waiting jobs: {waiting}")
    if step.take:
        player.note("system", f"{step.job} is taken", step.note)
        return
    runtime, job_id, token = player.stage.runtime, lease.job.id, lease.token
    try:
        if step.complete is not None:
            jobs.complete(runtime, job_id, token, step.complete)
        elif step.error is not None:
            jobs.throw_error(runtime, job_id, token, step.error, _words_of(player, lease.job.type, step.error))
        else:
            jobs.fail(runtime, job_id, token, step.fail or "", final=step.final)
    except ShenhouError as error:
        raise player.differ(f"the answer of {step.job} to be taken", describe(error)) from None
    player.stage.desk.forget(job_id)
    how = "is done" if step.complete is not None else f"ends in {step.error}" if step.error else "failed"
    player.note("system", f"{step.job} {how}", step.note)


def wait(player: Player, step: Pass) -> None:
    clock = player.stage.clock
    now = clock.now()
    target = parse_duration(step.wait).after(now) if step.wait.startswith("P") else parse_moment(step.wait)
    if target < now:
        raise player.differ(f"a moment after {now.isoformat()}", step.wait)
    for _ in player.stage.pass_time(player.case_id, target):
        player.note("clock", "time passes")
    player.note("clock", f"waits {step.wait}" if step.wait.startswith("P") else f"it is {step.wait}", step.note)


def retry(player: Player, step: Retry) -> None:
    found = [row for row in player.state.open_incidents if row.element_id == step.retry]
    if not found:
        raise player.differ(f"an open incident at {step.retry}", "there is none")
    cases.retry_incident(player.stage.runtime, SYSTEM, found[0].id)
    player.note("operator", f"lets {step.retry} be tried again", step.note)


TAKE: Mapping[type[Step], Callable[[Player, Any], None]] = {
    Do: do,
    Fill: fill,
    Try: try_,
    Tell: tell,
    ReportAgain: report,
    Answer: answer,
    Pass: wait,
    Retry: retry,
}
"""What to do for a step that is more than an expectation."""
