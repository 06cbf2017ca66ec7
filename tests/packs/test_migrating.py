"""Swapping a pack's release under open cases: what moves, what needs somebody, what never moves; P-5."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from engine import audit, cases
from engine import tables as t
from engine.actors import SYSTEM
from engine.clock import FixedClock
from engine.db import reading
from engine.errors import MigrationRefused, NotFound, RuleViolation
from engine.packs import Pack, assemble_pack
from engine.releases import publish
from engine.runtime import Runtime
from tasks import migrating
from tasks.migrating import FROZEN, count, move, survey
from tests.packs.conftest import checkout
from tests.packs.test_random_walks import open_stage
from tests.web.counter_scenes import Scene, awaits, is_held, play


def changed(*changes: tuple[str, str, str]) -> Pack:
    pack = checkout("hunan")
    files = dict(pack.files)
    for name, old, new in changes:
        text = files[name].decode()
        assert old in text, old
        files[name] = text.replace(old, new).encode()
    return assemble_pack("hunan", files, pack.origins)


def release(runtime: Runtime, pack: Pack) -> str:
    with runtime.database.begin() as connection:
        return publish(connection, pack, "tests", runtime.clock.now(), check=lambda _: []).id


@pytest.fixture
def working(own_runtime: Runtime) -> Scene:
    """A case whose items are being decided, on the checkout's release."""
    open_stage(own_runtime, checkout("hunan"))
    assert isinstance(own_runtime.clock, FixedClock)
    return play(own_runtime, own_runtime.clock, "01-home-all-items.yaml", awaits("decide_item"))


@pytest.fixture
def frozen(own_runtime: Runtime, working: Scene) -> Scene:
    assert isinstance(own_runtime.clock, FixedClock)
    return play(own_runtime, own_runtime.clock, "03-hospital-referred-natural.yaml", is_held)


def on(runtime: Runtime, scene: Scene) -> str:
    with reading(runtime.database) as connection:
        return str(connection.execute(sa.select(t.cases.c.release_id).where(t.cases.c.id == scene.id)).scalar_one())


def outlook(runtime: Runtime, scene: Scene, release_id: str, **options: object) -> migrating.Outlook:
    [found] = [one for one in survey(runtime, "hunan", release_id, **options) if one.code == scene.code]  # type: ignore[arg-type]
    return found


def test_what_stands_on_nothing_that_changed_moves_with_a_line_in_its_audit(
    own_runtime: Runtime, working: Scene
) -> None:
    new = release(own_runtime, changed(("pack.yaml", "limit_working_days: 25", "limit_working_days: 20")))
    assert on(own_runtime, working) != new  # publishing moves nobody
    assert outlook(own_runtime, working, new).words == "可平移"
    move(own_runtime, SYSTEM, working.id, new)
    assert on(own_runtime, working) == new
    with reading(own_runtime.database) as connection:
        assert audit.history(connection, working.id)[-1].verb == "migrate"
    assert survey(own_runtime, "hunan", new) == []


def test_a_frozen_case_never_moves(own_runtime: Runtime, working: Scene, frozen: Scene) -> None:
    new = release(own_runtime, changed(("pack.yaml", "limit_working_days: 25", "limit_working_days: 20")))
    found = survey(own_runtime, "hunan", new)
    assert count(found) == {"movable": 1, "manual": 0, "never": 1}
    [held] = [one for one in found if one.verdict == "never"]
    assert (held.code, held.reasons) == (frozen.code, (FROZEN,))
    before = on(own_runtime, frozen)
    with pytest.raises(RuleViolation) as refusal:
        move(own_runtime, SYSTEM, frozen.id, new)
    assert refusal.value.rule == "migration_frozen"
    assert on(own_runtime, frozen) == before


def test_a_renamed_element_needs_a_map(own_runtime: Runtime, working: Scene) -> None:
    text = checkout("hunan").files["handle_item.bpmn"].decode()
    assert '"decide_item"' in text
    new = release(
        own_runtime,
        changed(
            ("handle_item.bpmn", '"decide_item"', '"judge_item"'),
            ("handle_item.bpmn", 'formId="judge_item"', 'formId="decide_item"'),
        ),
    )
    found = outlook(own_runtime, working, new)
    assert found.words == "需人工"
    assert all("work_on_item/decide_item" in reason and "对应表" in reason for reason in found.reasons), found.reasons
    with pytest.raises(MigrationRefused):
        move(own_runtime, SYSTEM, working.id, new)
    names = {"handle_item.work_on_item": {"decide_item": "judge_item"}}
    assert outlook(own_runtime, working, new, rename=names).words == "可平移"
    move(own_runtime, SYSTEM, working.id, new, names)
    with reading(own_runtime.database) as connection:
        c = t.user_tasks.c
        open_ones = sa.select(c.element_id).where(c.case_id == working.id, c.status == "open")
        assert "judge_item" in set(connection.execute(open_ones).scalars())


def test_another_kind_of_thing_needs_a_map(own_runtime: Runtime, working: Scene) -> None:
    text = checkout("hunan").files["handle_item.bpmn"].decode()
    task = text[text.index('<bpmn:userTask id="decide_item"') :]
    task = task[: task.index("</bpmn:userTask>") + len("</bpmn:userTask>")]
    other = task.replace("userTask", "manualTask")
    start, end = other.index("<bpmn:extensionElements>"), other.index("</bpmn:extensionElements>")
    other = other[:start] + other[end + len("</bpmn:extensionElements>") :]
    found = outlook(own_runtime, working, release(own_runtime, changed(("handle_item.bpmn", task, other))))
    assert found.words == "需人工" and any("不是同一类环节" in reason for reason in found.reasons)


def test_an_item_that_is_no_longer_offered_keeps_its_case(own_runtime: Runtime, working: Scene) -> None:
    pack = checkout("hunan")
    text = pack.files["pack.yaml"].decode()
    item = text[text.index("  hpf_withdraw:\n") : text.index("  will_check:\n")]
    new = release(own_runtime, changed(("pack.yaml", item, "")))
    found = outlook(own_runtime, working, new)
    assert found.words == "不可" and "在办事项 hpf_withdraw 新版本没有" in found.reasons
    with pytest.raises(RuleViolation) as refusal:
        move(own_runtime, SYSTEM, working.id, new)
    assert refusal.value.rule == "migration_item_missing"


def test_a_process_that_is_gone_keeps_its_case(own_runtime: Runtime, working: Scene) -> None:
    pack = checkout("hunan")
    files = {name: data for name, data in pack.files.items() if name != "handle_item.bpmn"}
    found = outlook(own_runtime, working, release(own_runtime, assemble_pack("hunan", files, pack.origins)))
    assert found.words == "不可" and "新版本没有流程 handle_item" in found.reasons


def test_a_form_that_is_gone_waits_for_its_task(own_runtime: Runtime, working: Scene) -> None:
    pack = checkout("hunan")
    files = {name: data for name, data in pack.files.items() if name != "forms/decide_item.form"}
    found = outlook(own_runtime, working, release(own_runtime, assemble_pack("hunan", files, pack.origins)))
    assert found.words == "需人工" and found.reasons == ("新版本没有表单 decide_item，请先办完用它的环节",)


def test_interrupted_it_goes_on_with_the_rest(
    own_runtime: Runtime, working: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert isinstance(own_runtime.clock, FixedClock)
    other = play(own_runtime, own_runtime.clock, "02-hospital-window.yaml", awaits("decide_item"))
    new = release(own_runtime, changed(("pack.yaml", "limit_working_days: 25", "limit_working_days: 20")))
    first, second = survey(own_runtime, "hunan", new)
    assert {first.code, second.code} == {working.code, other.code}
    move(own_runtime, SYSTEM, first.case_id, new)

    def stop(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(cases, "find_gaps", stop)
        move(own_runtime, SYSTEM, second.case_id, new)
    assert [one.code for one in survey(own_runtime, "hunan", new)] == [second.code]
    move(own_runtime, SYSTEM, second.case_id, new)
    assert survey(own_runtime, "hunan", new) == []


def test_only_a_release_of_the_same_pack_that_is_live_in_production(own_runtime: Runtime, working: Scene) -> None:
    other = release(own_runtime, checkout("selftest"))
    with pytest.raises(NotFound):
        survey(own_runtime, "hunan", other)
    with pytest.raises(NotFound):
        move(own_runtime, SYSTEM, working.id, other)
    new = release(own_runtime, changed(("pack.yaml", "limit_working_days: 25", "limit_working_days: 20")))
    own_runtime.trial = False
    with pytest.raises(RuleViolation) as refusal:
        move(own_runtime, SYSTEM, working.id, new)
    assert refusal.value.rule == "pack_not_live"
