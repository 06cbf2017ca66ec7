"""Fields that take files: what may be sent, and what the form holds already."""

from __future__ import annotations

from dataclasses import replace

from forms import Shown
from forms.conditions import Instance
from forms.files import MAX_BYTES, MAX_FILES, accepted_kinds, shown_name, takes_several
from forms.values import get_at
from web.forming.model import Choice, Label, Node
from web.forming.names import read_place
from web.forming.page import Page
from web.forming.values import size_words
from web.forming.wording import _


def file_field(page: Page, shown: Shown, node: Node) -> Node:
    path = read_place(shown.key) or ()
    place = Instance(shown.component, path, shown.scope, is_locked=False)
    kinds = accepted_kinds(page.reading, place)
    images = [kind.media_type for kind in kinds if kind.media_type.startswith("image/")]
    is_several = takes_several(page.reading, place)
    attributes = {"accept": ",".join(ending for kind in kinds for ending in kind.extensions)}
    if is_several:
        attributes["multiple"] = ""
    names = {"kinds": "、".join(kind.name for kind in kinds), "size": MAX_BYTES // 2**20, "count": MAX_FILES}
    limits = _("%(kinds)s，每个不超过 %(size)s MB，最多 %(count)s 个。", **names)
    if not is_several:
        limits = _("一个 %(kinds)s 文件，不超过 %(size)s MB。", **names)
    return replace(
        node,
        shape="files",
        hint=f"{node.hint} {limits}".strip(),
        value=",".join(images),
        attributes=attributes,
        choices=kept_files(page, shown, node.id),
    )


def kept_files(page: Page, shown: Shown, id_: str) -> tuple[Choice, ...]:
    """The files that the form holds already. A key that belongs to nobody here is not shown, and so given up."""
    keys = shown.value if isinstance(shown.value, list) else [shown.value] if isinstance(shown.value, str) else []
    path = read_place(shown.key)
    before = get_at(page.context, path) if path is not None else None
    known = before if isinstance(before, list) else [before]
    found: list[Choice] = []
    for place, key in enumerate(keys):
        upload = page.uploads.get(key)
        if upload is None and key not in known:
            continue
        name = shown_name(upload.name) if upload is not None else _("文件 %(number)s", number=place + 1)
        label = Label(name, size_words(upload.size) if upload is not None else "")
        found.append(Choice(f"{id_}--kept-{place}", key, label, is_chosen=True, url=page.file_url(key)))
    return tuple(found)
