"""What everybody may read: the start page, the guide, and the four questions."""

from __future__ import annotations

from flask import abort, render_template, request, url_for
from werkzeug.wrappers import Response

from engine.loaded import LoadedRelease
from web.access.policy import allow, public
from web.access.turning import see_other
from web.portal import packs
from web.portal.blueprint import blueprint
from web.portal.suggesting import Answers, advise, questions
from web.services import services


@blueprint.get("/")
@allow(public)
def home() -> Response | str:
    """What this does, what to have at hand, one button; a choice where several packs are offered."""
    guides = [packs.guide_for(release) for release in packs.offered()]
    chosen = request.args.get("pack", "")
    guide = next((one for one in guides if one.pack == chosen), guides[0] if len(guides) == 1 else None)
    if chosen and (guide is None or guide.pack != chosen):
        return see_other(url_for("portal.home"))  # the pages that such an address would lead on to are not there
    return render_template("portal/home.html", guides=guides, guide=guide)


@blueprint.get("/guide")
@allow(public)
def guide() -> Response | str:
    """On to the guide of the only pack, or a choice of packs."""
    guides = [packs.guide_for(release) for release in packs.offered()]
    if len(guides) == 1:
        return see_other(url_for("portal.guide_of", pack=guides[0].pack))
    return render_template("portal/guides.html", guides=guides)


@blueprint.get("/guide/<pack>")
@allow(public)
def guide_of(pack: str) -> str:
    """The guide of the running release."""
    return render_template("portal/guide.html", guide=packs.guide_for(offered_or_404(pack)))


@blueprint.get("/suggest/<pack>")
@allow(public)
def suggest(pack: str) -> str:
    """The four questions, and below them what they come to. ``task`` is an application to put the answer into."""
    release, own = offered_or_404(pack), services()
    asked = questions(release)
    known = {question.name: question.choices for question in asked}
    single = {name: request.args.get(name, "") for name in ("where", "how", "who")}
    answers = Answers(
        **{name: value if value in known[name] else "" for name, value in single.items()},
        insured=frozenset(request.args.getlist("insured")) & known["insured"].keys(),
    )
    was_asked = bool(request.args.keys() & known.keys())
    advice = advise(release, own.runtime.feel, own.clock.now(), answers) if answers.are_complete else None
    return render_template(
        "portal/suggest.html",
        guide=packs.guide_for(release),
        questions=asked,
        answers=answers,
        advice=advice,
        is_short=was_asked and advice is None,
        task=request.args.get("task", ""),
    )


def offered_or_404(pack: str) -> LoadedRelease:
    """The running release of a pack that is offered to families."""
    found = next((release for release in packs.offered() if release.pack == pack), None)
    if found is None:
        abort(404)
    return found
