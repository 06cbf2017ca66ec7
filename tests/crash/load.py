"""The load that is killed: a procedure that uses all that is durable, and the client that works its cases to the end.

Every case passes each element a fixed number of times (``PASSES``), whatever is killed when.
"""

from __future__ import annotations

from collections import Counter
from typing import Any

import sqlalchemy as sa

from engine import cases, inbox, messages
from engine import tables as t
from engine.actors import SYSTEM
from engine.db import reading
from engine.errors import Conflict
from engine.runtime import Runtime
from tests.crash.diary import Diary
from tests.crash.points import Fuse

REMINDERS = 3
DIAGRAMS = {
    "main": f"""
start s
user report group=clerks form=report out:kind="=x"
job stamp type=stamp
parallel split
job push_notice type=push retries=99 out:notice="=receipt"
call handle process=inner in:kind="=kind" out:result="=receipt"
user heirs group=clerks
boundary remind on=heirs interrupting=false timeCycle=R{REMINDERS}/PT20M
user note group=clerks
end noted
user heir group=clerks each="=[\\"张䶮\\",\\"欧阳翀\\"]" element=name
catch pause timeDuration=PT30M
catch permitted message=permit out:officer="=officer"
events which
catch answered message=answer
catch unanswered timeDuration=PT2H
manual settled
parallel join
user close group=clerks
end done
s -> report -> stamp -> split
split -> push_notice -> join
split -> handle -> join
split -> heirs -> join
remind -> note -> noted
split -> heir -> pause -> permitted -> join
split -> which -> answered -> settled -> join
which -> unanswered -> settled
join -> close -> done
""",
    "inner": """
start s
user check group=clerks
job push_result type=push retries=99
end e
s -> check -> push_result -> e
""",
    "review": """
start referred message=referred out:hospital="=hospital"
job push_review type=push retries=99
user confirm group=police
end reviewed
referred -> push_review -> confirm -> reviewed
""",
}
_WAY = """
main/s main/report main/stamp main/split main/push_notice main/handle main/heirs main/pause main/permitted
main/settled main/join main/close main/done
main/heir main/heir main/heir
main/remind main/note main/noted main/remind main/note main/noted main/remind main/note main/noted
inner/s inner/check inner/push_result inner/e
review/referred review/push_review review/confirm review/reviewed
"""
PASSES = Counter(_WAY.split())
"""How often a case passes each element, besides one of ``EITHER``: two heirs and their loop make three."""
EITHER = ("main/answered", "main/unanswered")
PUSHES = ("push_notice", "push_result", "push_review")


class Client:
    """Works the cases with these ``numbers`` through the verbs, as pages and departments' systems would.

    Whatever it is about to ask for is in its diary before, and what it was told after. What has no answer there it asks
    for once more, in the same words: that is all a client can do whose connection broke.
    """

    def __init__(self, runtime: Runtime, diary: Diary, past: list[dict[str, Any]], fuse: Fuse) -> None:
        self._runtime, self._diary, self._fuse = runtime, diary, fuse
        self._told = {line["told"]: line["answer"] for line in past if "told" in line}
        self._asked = {line["ask"]: line for line in past if "ask" in line}

    def ask_again(self) -> None:
        """Repeat every request that got no answer."""
        for request, line in list(self._asked.items()):
            if request not in self._told:
                self._send(request, line["verb"], line["args"])

    def is_done(self, number: int) -> bool:
        case_id = self._told.get(f"start/{number}")
        return case_id is not None and self._read(sa.select(t.cases.c.status).where(t.cases.c.id == case_id)) == [
            "completed"
        ]

    def work(self, number: int) -> None:
        """Do what can be done for a case now."""
        self._ask(f"start/{number}", "start", {"facts": {"number": number}})
        case_id = self._told[f"start/{number}"]
        self._ask(f"refer/{number}", "publish", {"case": case_id, "name": "referred", "payload": {"hospital": "湘雅"}})
        early = {"case": case_id, "name": "permit", "payload": {"officer": "陈警官"}}
        self._ask(f"permit/{number}", "publish", early)
        if number % 2 == 0 and self._waits(case_id, "answered"):
            self._ask(f"answer/{number}", "publish", {"case": case_id, "name": "answer", "payload": {}})
        for user_task in inbox.list_open(self._runtime, SYSTEM, inbox.Query(case_id=case_id)):
            if user_task.element_id != "heirs" or self._count_notes(case_id) == REMINDERS:
                arguments = {"user_task": user_task.id, "values": {"x": user_task.element_id}}
                self._ask(f"complete/{user_task.id}", "complete", arguments)

    def _ask(self, request: str, verb: str, args: dict[str, Any]) -> None:
        if request in self._told:
            return
        self._diary.write(ask=request, verb=verb, args=args)
        self._send(request, verb, args)

    def _send(self, request: str, verb: str, args: dict[str, Any]) -> None:
        answer = getattr(self, f"_{verb}")(request, **args)
        self._fuse.pass_by("answered")
        self._diary.write(told=request, answer=answer)
        self._told[request] = answer

    def _start(self, key: str, facts: dict[str, Any]) -> str:
        return cases.start(self._runtime, SYSTEM, "pack", facts=facts, key=key)

    def _publish(self, key: str, case: str, name: str, payload: dict[str, Any]) -> str:
        outcome = messages.publish_message(self._runtime, SYSTEM, case, name, payload, key=key)
        return "kept" if outcome.kept else "started" if outcome.started else "delivered"

    def _complete(self, key: str, user_task: str, values: dict[str, Any]) -> str:
        """Every other completion goes without a key: asked again, it is a ``Conflict`` or it was never done."""
        try:
            is_keyed = int(user_task[-1], 16) % 2 == 0
            cases.complete_user_task(self._runtime, SYSTEM, user_task, values, key=key if is_keyed else None)
        except Conflict:
            return "done before"
        return "done"

    def _waits(self, case_id: str, element: str) -> bool:
        columns = t.message_waits.c
        return bool(self._read(sa.select(columns.id).where(columns.case_id == case_id, columns.element_id == element)))

    def _count_notes(self, case_id: str) -> int:
        columns = t.user_tasks.c
        return len(self._read(sa.select(columns.id).where(columns.case_id == case_id, columns.element_id == "note")))

    def _read(self, query: Any) -> list[Any]:
        with reading(self._runtime.database) as connection:
            return list(connection.execute(query).scalars())
