"""The kernel on small diagrams, reloaded from storage before every act."""

from __future__ import annotations

from engine.bpmn import JobRequest
from engine.errors import RuleViolation
from tests.diagrams import diagram
from tests.kernel import FakeHost, Play


def play(text: str, **options: object) -> Play:
    return Play(diagram("main", text), **options)  # type: ignore[arg-type]


def test_a_parallel_join_waits_for_every_branch() -> None:
    p = play(
        "start s\nparallel p\nuser a\nuser b\nparallel j\nuser c\nend e\ns -> p\np -> a -> j\np -> b -> j\nj -> c -> e"
    )
    assert p.open() == ["a", "b"]
    assert p.complete("b").open() == ["a"]
    assert p.complete("a").open() == ["c"]
    assert p.complete("c").finished


def test_exclusive_takes_the_first_true_flow_then_the_default() -> None:
    text = """
    start s
    user a out:x="=x"
    exclusive g default=rest
    end e1
    user u2
    user u3
    end e2
    s -> a -> g
    g -> u2 : x > 5
    g -> u3 : x > 3
    rest: g -> e1
    u2 -> e2
    u3 -> e2
    """
    assert play(text).complete("a", x=6).open() == ["u2"]
    assert play(text).complete("a", x=4).open() == ["u3"]
    assert play(text).complete("a", x=1).finished
    assert play(text).complete("a").finished


def test_inclusive_waits_only_for_what_can_still_come() -> None:
    text = """
    start s
    user a out:x="=x"
    inclusive split default=none
    user b
    user c
    user d
    inclusive join
    user after
    end e
    s -> a -> split
    split -> b : x > 0
    split -> c : x > 1
    none: split -> d
    b -> join
    c -> join
    d -> join
    join -> after -> e
    """
    assert play(text).complete("a", x=1).complete("b").open() == ["after"]
    both = play(text).complete("a", x=2).complete("b")
    assert both.open() == ["c"]
    assert both.complete("c").open() == ["after"]
    assert play(text).complete("a").open() == ["d"]


def test_variables_are_shared_by_branches_and_local_inputs_are_not() -> None:
    p = play(
        """
        start s
        parallel p
        user a in:seen="=v" out:v="=seen + 1"
        user b in:seen="=v" out:v="=v + 10"
        parallel j
        end e
        s -> p
        p -> a -> j
        p -> b -> j
        j -> e
        """,
        variables={"v": 1},
    )
    p.complete("a").complete("b")
    assert p.workflow.data == {"v": 12}


def test_a_called_process_sees_and_gives_only_what_is_drawn() -> None:
    child = diagram("child", 'start s\nuser u in:w="=given" out:result="=w + secret" out:own="=1"\nend e\ns -> u -> e')
    parent = """
        start s
        call c process=child in:given="=x" in:secret="=1" out:y="=result"
        user z in:own="=own"
        end e
        s -> c -> z -> e
    """
    p = Play(diagram("main", parent), child, variables={"x": 41})
    assert [(o.element, o.path) for o in p.workflow.open()] == [("u", ("c",))]
    p.complete("u")
    assert p.workflow.data == {"x": 41, "y": 42}
    assert p.workflow.find(p.token("z")).data == {"own": None}  # type: ignore[union-attr]


def test_propagate_all_is_honoured_both_ways() -> None:
    child = diagram("child", 'start s\nuser u out:made="=x"\nend e\ns -> u -> e')
    text = "start s\ncall c process=child parent={0} child={1}\nuser z\nend e\ns -> c -> z -> e"
    for parent, expected in (("true", {"x": 7, "made": 7}), ("false", {"x": 7, "made": None})):
        p = Play(diagram("main", text.format(parent, "true")), child, variables={"x": 7})
        p.complete("u")
        assert p.workflow.data == expected
    p = Play(diagram("main", text.format("true", "false")), child, variables={"x": 7})
    p.complete("u")
    assert p.workflow.data == {"x": 7}


def test_an_embedded_scope_writes_outwards() -> None:
    p = play(
        'start s\nsub box\nstart s2\nuser u out:x="=1"\nend e2\ns2 -> u -> e2\ndone\nuser z\nend e\ns -> box -> z -> e'
    )
    assert p.complete("u").open() == ["z"]
    assert p.workflow.data == {"x": 1}


def test_multi_instance_collects_in_order_whatever_ends_first() -> None:
    text = """
    start s
    user each each="=list" element=entry collect=all result="=answer" out:answer="=entry + reply" {0}
    user z
    end e
    s -> each -> z -> e
    """
    p = play(text.format(""), variables={"list": [10, 20, 30]})
    tokens = {t.data["entry"]: t.id for t in p.workflow.tasks.values() if "entry" in t.data}
    for entry in (20, 30, 10):
        p.workflow.complete(tokens[entry], {"reply": 1})
    assert p.workflow.data == {"list": [10, 20, 30], "all": [11, 21, 31]}
    one = play(text.format("sequential=true"), variables={"list": [1, 2]})
    assert one.open() == ["each"]
    one.complete("each", reply=5)
    assert one.open() == ["each"]
    one.complete("each", reply=6)
    assert one.workflow.data["all"] == [6, 8]


def test_multi_instance_stops_when_it_has_enough_and_passes_when_empty() -> None:
    text = """
        start s
        user each each="=list" element=x until="= numberOfCompletedInstances >= 2"
        user z
        end e
        s -> each -> z -> e
    """
    p = play(text, variables={"list": [1, 2, 3]})
    p.complete("each").complete("each")
    assert p.open() == ["z"]
    assert play(text, variables={"list": []}).open() == ["z"]


def test_an_event_gateway_takes_the_first_event_only() -> None:
    text = """
    start s
    events g
    catch paper message=paper out:n="=number"
    catch late timeDuration=P3D
    receive ask message=ask
    user a
    user b
    user c
    end e
    s -> g
    g -> paper -> a -> e
    g -> late -> b -> e
    g -> ask -> c -> e
    """
    p = play(text)
    assert p.open() == ["ask", "late", "paper"]
    assert p.deliver("paper", number=3, approved=True).open() == ["a"]
    assert p.workflow.data == {"n": 3}  # finding 15: the payload enters through mappings alone
    assert play(text).fire("late").open() == ["b"]
    assert play(text).deliver("ask").open() == ["c"]


def test_boundary_timers_interrupt_or_repeat() -> None:
    text = """
    start s
    user a
    boundary remind on=a interrupting=false timeCycle=R2/PT1H
    boundary late on=a timeDuration=P1D
    user r
    user l
    end e
    s -> a -> e
    remind -> r -> e
    late -> l -> e
    """
    p = play(text)
    p.fire("remind")
    assert p.open("user", "timer") == ["a", "late", "r", "remind"]
    p.fire("remind")
    assert p.open("user", "timer") == ["a", "late", "r", "r"]
    assert p.fire("late").open() == ["l", "r", "r"]
    assert play(text).complete("a").finished


def test_missed_repetitions_are_not_made_up_for() -> None:
    host = FakeHost()
    p = play(
        "start s\nuser a\nboundary r on=a interrupting=false timeCycle=R/PT1H\nend e\nend f\ns -> a -> e\nr -> f",
        host=host,
    )
    host.clock.move_to("2026-11-22T15:30:00+08:00")
    p.fire("r")
    assert p.workflow.changes.opened[p.token("r")].due_at.isoformat() == "2026-11-22T08:00:00+00:00"  # type: ignore[union-attr]


def test_boundary_messages_may_repeat_and_are_disarmed_with_their_host() -> None:
    text = """
        start s
        user a
        boundary m on=a interrupting=false message=note
        user n
        end e
        end f
        s -> a -> e
        m -> n -> f
    """
    p = play(text).deliver("m").deliver("m")
    assert p.open() == ["a", "m", "n", "n"]
    assert p.complete("a").open() == ["n", "n"]


def test_terminate_ends_its_own_scope_only() -> None:
    text = """
    start s
    sub box
    start s2
    parallel p
    user a
    user b
    terminate t
    end e2
    s2 -> p
    p -> a -> t
    p -> b -> e2
    done
    user z
    end e
    s -> box -> z -> e
    """
    assert play(text).complete("a").open() == ["z"]


def test_a_job_waits_runs_in_the_transaction_or_throws() -> None:
    text = """
        start s
        job j type=pay in:sum="=200" out:receipt="=number"
        boundary bad on=j error=closed
        user fix
        end e
        end f
        s -> j -> e
        bad -> fix -> f
    """
    p = play(text)
    [request] = p.workflow.changes.opened.values()
    assert isinstance(request, JobRequest) and (request.type, request.inputs, request.retries) == (
        "pay",
        {"sum": 200},
        3,
    )
    assert p.complete("j", number="A1", stray=1).finished and p.workflow.data == {"receipt": "A1"}
    assert play(text).throw("j", "closed").open() == ["fix"]
    host = FakeHost()
    host.workers["pay"] = lambda job: {"number": "B2"}
    assert play(text, host=host).finished

    def refuse(job: JobRequest) -> dict[str, object]:
        raise RuleViolation("closed", "账户已销户")

    host.workers["pay"] = refuse
    assert play(text, host=host).open() == ["fix"]
