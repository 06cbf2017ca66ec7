"""Every form that is shipped, as each pack varies it: no wider than a narrow window or a wide one, clean to axe-core.

The forms stand where people see them, in the families' frame and in the desk's, one put in the place of the other.
``SHENHOU_SOAK=1`` crosses both frames with both widths, and has forms filled at random besides.
"""

from __future__ import annotations

import os
from collections.abc import Callable

from engine.feel import Feel
from tests.browser.conftest import OpenVisitor
from tests.browser.form_drawings import Drawing, draw_forms
from tests.browser.site import Site
from tests.browser.visitor import NARROW, WIDE, Visitor
from tests.packs.conftest import PACKS
from tests.small_forms import form_of
from tests.web.forming_forms import draw

SOAK = os.environ.get("SHENHOU_SOAK") == "1"
_PUT = """([frame, title, html]) => {
  const content = document.querySelector('#content');
  content.innerHTML = frame;
  content.querySelector('h1').textContent = title;
  content.querySelector('section').innerHTML = html;
  document.dispatchEvent(new Event('htmx:afterSwap'));
}"""  # the event upon which the page's own script does its part
FAMILY = "<h1></h1><section></section>"
DESK = "<h1></h1><div class='task-columns'><section class='card-plain task-form'></section></div>"
Frame = Callable[[OpenVisitor, Site, int], "Place"]


class Place:
    """A page with a place for a form."""

    def __init__(self, visitor: Visitor, frame: str) -> None:
        self.visitor, self._frame = visitor, frame

    def look_at(self, drawing: Drawing) -> str:
        """What is wrong with the form here; "" for nothing."""
        self.visitor.page.evaluate(_PUT, [self._frame, drawing.name, drawing.html])
        try:
            self.visitor.look()
        except AssertionError as fault:
            return f"{drawing.name}: {fault}"
        return ""


def family(visitor: OpenVisitor, _site: Site, width: int) -> Place:
    own = visitor(f"family at {width}", (width,))
    own.open("/lookup")
    return Place(own, FAMILY)


def desk(visitor: OpenVisitor, site: Site, width: int) -> Place:
    own = visitor(f"desk at {width}", (width,))
    own.become(site.session_of("window-clerk"))
    own.open("/staff/account")
    return Place(own, DESK)


CROSSING: tuple[tuple[Frame, int], ...] = ((family, NARROW), (desk, WIDE), (family, WIDE), (desk, NARROW))


def test_every_form_is_sound(site: Site, visitor: OpenVisitor) -> None:
    feel, drawings = Feel(), dict[str, Drawing]()
    with site.app.test_request_context():
        for pack in PACKS:
            for drawing in draw_forms(pack, feel, filled=SOAK):
                drawings.setdefault(drawing.html, drawing)  # what several packs share is looked at once
    assert len(drawings) > len(PACKS) * 10
    unsound = []
    for frame, width in CROSSING if SOAK else CROSSING[:2]:
        place = frame(visitor, site, width)
        unsound += [fault for drawing in drawings.values() if (fault := place.look_at(drawing))]
    assert not unsound, "\n".join(unsound)


def test_a_faulty_form_is_found(site: Site, visitor: OpenVisitor) -> None:
    """The control: what is looked for above is there to be found."""
    form = form_of({"type": "textfield", "key": "name", "label": "姓名", "description": "与户口簿一致，" * 8})
    with site.app.test_request_context():
        sound = draw(form, Feel())
    place, hint = family(visitor, site, NARROW), 'class="forming-hint'
    assert place.look_at(Drawing("sound", sound)) == ""
    for right, wrong, told in (
        (' for="field-name"', "", "label（critical）"),
        (hint, f"{hint} text-warning", "color-contrast（serious）"),
        (hint, f"{hint} text-nowrap", f"wider than {NARROW} px"),
    ):
        assert right in sound
        assert told in place.look_at(Drawing("faulty", sound.replace(right, wrong))), told
