"""A form as HTML and back: what desk and portal share. No route here and no database.

Routes hold a form as a ``web.placed_forms.PlacedForm``. One that receives a form looks at the ``Step``: ``submit`` and
``draft`` without errors go on to the engine, everything else shows the form again with the step's values, errors and
focus. ``<post_to>/refresh`` answers the same POST with the fields alone (``redraw``), which htmx puts in place.
Files come in three moves: ``sent_files`` says which were sent, the route stores them, and ``handle`` is told their keys
by ``Files``; from then on the form carries the keys.
"""

from web.forming.parse import parse, sent_files
from web.forming.render import Texts, render, render_fields
from web.forming.steps import Files, Step, handle

__all__ = ["Files", "Step", "Texts", "handle", "parse", "render", "render_fields", "sent_files"]
