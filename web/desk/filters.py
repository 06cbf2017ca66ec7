"""What a list is asked to show: read from the URL, and written back into it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from urllib.parse import urlencode

from flask import url_for

from engine.incoming import is_storable

PAGE = 25
SORTS = ("due", "new", "old")
_LENGTH = 128


@dataclass(frozen=True, slots=True)
class Filter:
    """An empty text does not restrict. ``text`` is a name, a case code or a whole number."""

    queue: str = ""
    step: str = ""
    department: str = ""
    region: str = ""
    text: str = ""
    sort: str = SORTS[0]
    page: int = 1

    def with_(self, **changes: str | int) -> Filter:
        """Changed, and on its first page unless the page is what changed."""
        return replace(self, **({"page": 1} | changes))  # type: ignore[arg-type] # names are checked at the call

    @property
    def query(self) -> dict[str, str]:
        """The URL's parameters, without what is as usual."""
        named = {"queue": self.queue, "step": self.step, "department": self.department, "region": self.region}
        named |= {"q": self.text, "sort": "" if self.sort == SORTS[0] else self.sort}
        named["page"] = str(self.page) if self.page > 1 else ""
        return {name: value for name, value in named.items() if value}

    @property
    def search(self) -> str:
        """The same as one text, for links and for what is kept under a name."""
        return urlencode(self.query)

    def url(self, endpoint: str) -> str:
        """The address of this list."""
        return f"{url_for(endpoint)}?{self.search}"

    @property
    def is_narrowed(self) -> bool:
        return bool(self.step or self.department or self.region or self.text)


def read_filter(sent: Mapping[str, str], queues: Mapping[str, object]) -> Filter:
    """The filter that ``sent`` (``request.args``) means; what makes no sense counts as not said."""

    def text(name: str) -> str:
        value = sent.get(name, "").strip()
        return value if is_storable(value, _LENGTH) else ""

    queue, sort, page = text("queue"), text("sort"), text("page")
    return Filter(
        queue=queue if queue in queues else next(iter(queues)),
        step=text("step"),
        department=text("department"),
        region=text("region"),
        text=text("q"),
        sort=sort if sort in SORTS else SORTS[0],
        page=int(page) if page.isdecimal() and 0 < int(page[:6]) < 100_000 else 1,
    )
