"""A form as HTML. All of it is drawn here, on the server; the page works with no script at all."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cache

from flask_babel import ngettext
from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from forms import Component, Evaluator, Form, Shown, Upload, show
from web.forming import names
from web.forming.model import Label, Node
from web.forming.page import Page
from web.forming.steps import ERRORS_FOCUS
from web.forming.tree import build_tree
from web.forming.wording import _


@dataclass(frozen=True)
class Texts:
    """What a route may say in its own words. An empty ``submit`` leaves it to the form's button."""

    submit: str = ""
    draft: str = ""
    sources: Mapping[str, str] = field(default_factory=dict)


def _no_url(_key: str) -> str:
    return ""


def render(
    form: Form,
    context: Mapping[str, object],
    feel: Evaluator,
    values: object = None,
    errors: Mapping[str, Sequence[str]] | None = None,
    *,
    post_to: str,
    draft_to: str | None = None,
    csrf: str = "",
    now: datetime | None = None,
    uploads: Mapping[str, Upload] | None = None,
    file_url: Callable[[str], str] = _no_url,
    focus: str = ERRORS_FOCUS,
    texts: Texts | None = None,
) -> Markup:
    """The whole ``<form>``, posting to ``post_to``; ``draft_to`` (may be the same) adds a button that saves a draft.

    ``values`` is what was typed so far (a draft, a step's values), ``errors`` sentences by field name. ``csrf`` becomes
    the hidden ``csrf_token``. ``uploads`` are the files this person may see in the form, by key, and ``file_url`` gives
    the address of one ("" for none). ``focus`` is a step's: where the cursor goes. Raises what ``feel`` raises.
    """
    page = _page(form, context, feel, values, errors, now, uploads, file_url, focus, texts)
    return _draw("form.html", page, post_to, draft_to, csrf, texts)


def render_fields(
    form: Form,
    context: Mapping[str, object],
    feel: Evaluator,
    values: object = None,
    errors: Mapping[str, Sequence[str]] | None = None,
    *,
    post_to: str,
    draft_to: str | None = None,
    now: datetime | None = None,
    uploads: Mapping[str, Upload] | None = None,
    file_url: Callable[[str], str] = _no_url,
    focus: str = "",
    texts: Texts | None = None,
) -> Markup:
    """What stands inside the form, for ``<post_to>/refresh``: htmx puts it in the place of what stood there."""
    page = _page(form, context, feel, values, errors, now, uploads, file_url, focus, texts)
    return _draw("fields.html", page, post_to, draft_to, "", texts)


def _page(
    form: Form,
    context: Mapping[str, object],
    feel: Evaluator,
    values: object,
    errors: Mapping[str, Sequence[str]] | None,
    now: datetime | None,
    uploads: Mapping[str, Upload] | None,
    file_url: Callable[[str], str],
    focus: str,
    texts: Texts | None,
) -> Page:
    return Page(
        form,
        context,
        feel,
        now or datetime.now(UTC),
        values,
        {name: tuple(found) for name, found in (errors or {}).items() if found},
        uploads or {},
        file_url,
        (texts or Texts()).sources,
        focus,
    )


def _draw(template: str, page: Page, post_to: str, draft_to: str | None, csrf: str, texts: Texts | None) -> Markup:
    shown = show(page.form, page.context, page.feel, page.values, page.now)
    nodes = build_tree(page, shown)
    flat = [node for top in nodes for node in top.walk()]
    said = texts or Texts()
    drawn = (
        _environment()
        .get_template(f"forming/{template}")
        .render(
            nodes=nodes,
            names=names,
            post_to=post_to,
            refresh_at=_refresh_at(post_to),
            draft_to=draft_to,
            csrf=csrf,
            takes_files=any(field.kind == "filepicker" for field in page.form.fields.values()),
            is_alive=not page.form.is_still,
            steers=any(node.steers for node in flat),
            may_submit=bool(shown) and _may_submit(page.form, shown),
            submit=said.submit or _submit_label(page, shown) or _("提交"),
            draft=said.draft or _("保存草稿"),
            errors=_summary(page, flat),
            has_focus=page.focus == ERRORS_FOCUS,
            rows=" ".join(f"{node.name}={node.value}" for node in flat if node.shape == "list"),
            shown=" ".join(_silent(shown)),
            faulty=" ".join(name for name in page.errors if names.read_place(name) is not None),
        )
    )
    return Markup(drawn)  # noqa: S704 - made by templates that escape


def _silent(shown: Sequence[Shown]) -> list[str]:
    return [one.key for one in shown if one.is_editable and one.component.kind in names.SILENT_WHEN_EMPTY]


# -- buttons ---------------------------------------------------------------------------------------------------------


def _is_submit(component: Component) -> bool:
    return component.kind == "button" and component.attributes.get("action", "submit") == "submit"


def _may_submit(form: Form, shown: Sequence[Shown]) -> bool:
    """Whether there is a way to submit: a form may hide or disable its own buttons; one without any gets ours."""
    if not any(_is_submit(component) for component in form.components()):
        return True
    return any(_is_submit(one.component) and not one.component.disabled for one in shown)


def _submit_label(page: Page, shown: Sequence[Shown]) -> str:
    return next((page.say(one, "label") for one in shown if _is_submit(one.component)), "")


# -- errors ----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Fault:
    """A line of the summary; ``href`` leads to the field, "" where it is not on the page."""

    message: str
    href: str


def _summary(page: Page, nodes: Sequence[Node]) -> list[Fault]:
    """Every error, in the order of the fields on the page, with its row; those of no field on it come first."""
    order = {node.name: place for place, node in enumerate(nodes) if node.name and node.shape != "row"}
    rows = {node.name: row.label.text + _("：") for row in nodes if row.shape == "row" for node in row.walk()}
    ordered = sorted(page.errors, key=lambda name: order.get(name, -1))
    return [
        Fault(rows.get(name, "") + message, f"#{names.element_id(name)}" if name in order else "")
        for name in ordered
        for message in page.errors[name]
    ]


# -- templates -------------------------------------------------------------------------------------------------------


@cache
def _environment() -> Environment:
    """An environment of our own: the same everywhere, and nothing in it is ever left unescaped by a file's name."""
    environment = Environment(
        loader=PackageLoader("web.forming"),
        autoescape=True,
        undefined=StrictUndefined,
        extensions=["jinja2.ext.i18n"],
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.install_gettext_callables(_, ngettext, newstyle=True)  # type: ignore[attr-defined] # by the extension
    environment.globals["Label"] = Label
    return environment


def _refresh_at(post_to: str) -> str:
    """Where the fields are asked for anew; a query stays behind the path."""
    path, mark, query = post_to.partition("?")
    return f"{path}/refresh{mark}{query}"
