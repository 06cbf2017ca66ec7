"""An installation at work: cases at every stage, each left where a scenario of the pack had come to."""

from __future__ import annotations

import json
import shutil
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import sqlalchemy as sa

from engine import db, inbox
from engine.actors import Actor
from tasks import tables as d
from tests.browser.filling import sensible
from tests.browser.site import GoingClock, Site
from tests.browser.stories import PHONE
from tests.web.conftest import NOW
from tests.web.desk_cases import code_of, find_task, play_until
from web.papers.certificates import certificate_paper
from web.tables import families, papers

PLAYED = {
    "frozen": ("06-late-referral", "review_death"),  # half a year after the others: of theirs nothing falls due in it
    "deciding": ("01-home-all-items", "decide_item[survivor_benefit]"),
    "evaluating": ("02-hospital-window", "evaluate_service"),
    "signing": ("08-family-payee", "sign_commitment"),
    "providing": ("09-two-heirs", "provide_materials"),
    "failed": ("22-push-fails", "deliver_dispatch"),
    "reviewing": ("24-withdraw-one-item", "review_application"),
    "applying": ("32-supplement", "file_application"),
    "offline": ("61-employed", ""),
}


@dataclass(frozen=True)
class Scenes:
    """The furnished site. ``cases`` are the ids by the names in ``PLAYED``; the family of ``PHONE`` applies in all."""

    site: Site
    cases: dict[str, str]

    def case(self, name: str) -> str:
        return self.cases[name]

    def code(self, name: str) -> str:
        return code_of(self.site.runtime, self.cases[name])

    def task(self, name: str, element: str, path: str = "") -> str:
        return find_task(self.site.runtime, self.cases[name], element, path)

    def certificate(self, name: str) -> str:
        """The id of the death certificate in force."""
        c = d.certificates.c
        valid = (c.case_id == self.cases[name], c.status == "valid", c.kind != "cremation")
        return self._one(sa.select(c.id).where(*valid))

    def paper(self, name: str) -> str:
        """The token under which anybody may check the e-certificate."""
        certificate_id = self.certificate(name)
        with ThreadPoolExecutor() as beside:  # Playwright's loop runs in this thread, and a signature begins one
            beside.submit(certificate_paper, self.site.app.extensions["shenhou"], certificate_id).result()
        return self._one(sa.select(papers.c.token).where(papers.c.certificate_id == certificate_id))

    def _one(self, query: sa.Select[tuple[str]]) -> str:
        with db.reading(self.site.runtime.database) as connection:
            return str(connection.execute(query).scalars().one())


def furnish(template: Path, folder: Path) -> None:
    """Play all of them on a copy of the database ``template`` in ``folder``; their ids are in a file beside it."""
    site = Site.open(template, folder, GoingClock(NOW))
    played = {}
    for name, (scenario, until) in PLAYED.items():
        played[name] = play_until(site.runtime, scenario, until)
        site.adopt(played[name], PHONE)
    site.clock.move_to(NOW)
    _begin_application(site, played["applying"])
    site.stop()
    (folder / "cases.json").write_text(json.dumps(played))


def open_furnished(furnished: Path, folder: Path) -> Scenes:
    """A site of its own on what ``furnish`` has left."""
    if (furnished.parent / "var").is_dir():
        shutil.copytree(furnished.parent / "var", folder / "var")
    site = Site.open(furnished, folder, GoingClock(NOW))
    return Scenes(site, json.loads((furnished.parent / "cases.json").read_text()))


def _begin_application(site: Site, case_id: str) -> None:
    """An application whose pages are all filled in, and that is not handed in yet."""
    task_id = find_task(site.runtime, case_id, "file_application")
    chosen = {"items": ["will_check", "hukou_cancel"], "channel": "online", "household": {"kind": "member"}}
    values = sensible(site, task_id, chosen)
    values.pop("declared", None)
    with db.reading(site.runtime.database) as connection:
        family_id = connection.execute(sa.select(families.c.id)).scalars().one()
    actor = Actor(f"family:{family_id}", frozenset({"applicant"}), "430000")
    inbox.save_draft(site.runtime, actor, task_id, values)
