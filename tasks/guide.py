"""The guide (办事指南) of a release: its items, the documents they need, limits, fee, grounds and windows.

Everything comes from the release: the manifest, and the decision ``required_materials``. The portal's guide, the
window's checklist and the hotline's answers are this one reading of it, and so is ``shenhou packs guide``.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from engine.feel import Feel
from engine.loaded import LoadedRelease
from engine.pack_schema import Channel, Clause, Item
from engine.pack_types import Citation
from tasks.guide_materials import Applicants, Material, Row, all_rows, merge
from tasks.legal_clock import limit_of
from tasks.referrals import window_of

STANDINGS = {"stated": "文件写明", "inferred": "由文件推定", "assumed": "暂定，待主管部门确认"}
UNSAID_FEE = "文件没有写明，以办理窗口告知为准"
_SEVERAL = 3


@dataclass(frozen=True, slots=True)
class Ground:
    """Where a rule is written: a document's title and the section, 二(一)4."""

    title: str
    section: str

    def __str__(self) -> str:
        return f"《{self.title}》{self.section}"


@dataclass(frozen=True, slots=True)
class Document:
    """A document that the pack rests on: its title, number, issuer and day, as far as they are known."""

    title: str
    number: str
    issuer: str
    issued_on: str


@dataclass(frozen=True, slots=True)
class Fee:
    """What it costs the family, in words. ``is_stated``: a document says so; only then is it a promise."""

    words: str
    charged: bool
    is_stated: bool
    grounds: tuple[Ground, ...] = ()

    @property
    def is_free(self) -> bool:
        """True only where a document says that nothing is charged."""
        return self.is_stated and not self.charged


@dataclass(frozen=True, slots=True)
class Said:
    """A condition or a step, with where it is written; ``standing`` says so where no document does."""

    words: str
    grounds: tuple[Ground, ...]
    standing: str


@dataclass(frozen=True, slots=True)
class GuideItem:
    """A public service as a family reads of it. ``requires`` are plain names; no limit: the documents give none."""

    code: str
    plain: str
    official: str
    standard_code: str
    aliases: tuple[str, ...]
    department: str
    window: str
    limit: int | None
    requires: tuple[str, ...]
    pays: bool
    tracked: bool
    automatic: bool
    result: str
    note: str
    status: str
    grounds: tuple[Ground, ...]
    materials: tuple[Material, ...]

    @property
    def standing(self) -> str:
        """How well the documents support it, in words."""
        return STANDINGS[self.status]

    def speaks_of(self, words: str) -> bool:
        """Whether ``words`` stand anywhere in it."""
        texts = (self.official, self.plain, self.department, self.note, *self.aliases)
        return any(words in text for text in (*texts, *(material.name for material in self.materials)))


@dataclass(frozen=True, slots=True)
class Guide:
    """The guide of one release. ``materials`` is the whole checklist, each document once; days are YYYY-MM-DD or ""."""

    pack: str
    short: str
    official: str
    version: str
    hotline: str
    limit: int | None
    fee: Fee
    takes_online: bool
    conditions: tuple[Said, ...]
    steps: tuple[Said, ...]
    valid_from: str
    valid_until: str
    items: tuple[GuideItem, ...]
    materials: tuple[Material, ...]
    channels: tuple[Channel, ...]
    documents: tuple[Document, ...]

    def find(self, code: str) -> GuideItem | None:
        return next((item for item in self.items if item.code == code), None)

    @property
    def offered(self) -> tuple[GuideItem, ...]:
        """What a family may choose."""
        return tuple(item for item in self.items if not item.automatic)

    @property
    def by_themselves(self) -> tuple[GuideItem, ...]:
        """What departments stop or seal without being asked."""
        return tuple(item for item in self.items if item.automatic)

    @property
    def common_materials(self) -> tuple[Material, ...]:
        """What nearly every family brings: documents that who applies as most do needs, for several items."""
        brought = tuple(one for one in self.materials if one.is_brought and one.is_usual)
        return tuple(one for one in brought if len(one.items) >= _SEVERAL) or brought

    @property
    def windows(self) -> tuple[Channel, ...]:
        return tuple(channel for channel in self.channels if channel.kind == "window")


def build_guide(release: LoadedRelease, feel: Feel, now: datetime) -> Guide:
    """The guide of ``release`` for every kind of applicant."""
    manifest, applicants = release.manifest, Applicants(release)
    rows, names = all_rows(release, feel, now, applicants), plain_names(release)
    effective = manifest.effective
    return Guide(
        pack=release.pack,
        short=manifest.names.short,
        official=manifest.names.official,
        version=manifest.version or "",
        hotline=manifest.hotline or "",
        limit=manifest.limit_working_days,
        fee=read_fee(release),
        takes_online=manifest.takes_online,
        conditions=tuple(_said(release, clause) for clause in manifest.guide.conditions),
        steps=tuple(_said(release, clause) for clause in manifest.guide.steps),
        valid_from=effective.from_.isoformat() if effective else "",
        valid_until=effective.until.isoformat() if effective and effective.until else "",
        items=tuple(_item(release, code, item, rows, applicants) for code, item in manifest.items.items()),
        materials=merge(rows, names, applicants),
        channels=tuple(channel for channel in manifest.channels.values() if channel.open),
        documents=_documents(release),
    )


def list_materials(
    release: LoadedRelease, feel: Feel, now: datetime, items: Iterable[str], applicant_kind: str = "", payee: str = ""
) -> tuple[Material, ...]:
    """The checklist for ``items``, each document once; ``""`` is any kind of applicant, or any payee."""
    everybody, wanted = Applicants(release), set(items)
    applicants = everybody.narrowed(applicant_kind, payee)
    asked = {None, *applicants.combinations}
    rows = [row for row in all_rows(release, feel, now, everybody) if row[0] in asked and row[1].get("item") in wanted]
    return merge(rows, plain_names(release), applicants)


def plain_names(release: LoadedRelease) -> dict[str, str]:
    """What people call the items, by code."""
    return {code: item.plain for code, item in release.manifest.items.items()}


def read_fee(release: LoadedRelease) -> Fee:
    """What the pack's document says of cost; where it is silent, nothing is promised."""
    fee = release.manifest.fee
    if fee is None:
        return Fee(UNSAID_FEE, charged=False, is_stated=False)
    grounds = tuple(ground_of(release, citation) for citation in fee.basis)
    return Fee(fee.note, fee.charged, fee.status == "stated", grounds)


def _said(release: LoadedRelease, clause: Clause) -> Said:
    standing = "" if clause.status == "stated" else STANDINGS[clause.status]
    return Said(clause.text, tuple(ground_of(release, citation) for citation in clause.basis), standing)


def ground_of(release: LoadedRelease, citation: Citation) -> Ground:
    """A citation with the title of its document."""
    source = release.manifest.sources.get(citation.source)
    return Ground(source.title if source else citation.source, citation.section)


def _item(release: LoadedRelease, code: str, item: Item, rows: Sequence[Row], applicants: Applicants) -> GuideItem:
    manifest, names = release.manifest, plain_names(release)
    group = manifest.groups.get(item.department)
    return GuideItem(
        code=code,
        plain=item.plain,
        official=item.name,
        standard_code=item.standard_code or "",
        aliases=item.aliases,
        department=group.name if group else item.department,
        window=window_of(manifest, code),
        limit=None if item.tracked or item.automatic else limit_of(manifest, code),
        requires=tuple(names.get(required, required) for required in item.requires if required in manifest.offered),
        pays=item.pays,
        tracked=item.tracked,
        automatic=item.automatic,
        result=item.result or "",
        note=item.note or "",
        status=item.status,
        grounds=tuple(ground_of(release, citation) for citation in item.basis),
        materials=merge([row for row in rows if row[1].get("item") == code], names, applicants),
    )


def _documents(release: LoadedRelease) -> tuple[Document, ...]:
    """The documents that something of the pack cites, in the order of the manifest."""
    manifest = release.manifest
    cited = {citation.source for item in manifest.items.values() for citation in item.basis}
    cited |= {citation.source for switch in manifest.switches.values() for citation in switch.source}
    cited |= {citation.source for citation in manifest.fee.basis} if manifest.fee else set()
    clauses = (*manifest.guide.conditions, *manifest.guide.steps)
    cited |= {citation.source for clause in clauses for citation in clause.basis}
    return tuple(
        Document(source.title, source.number or "", source.issuer or "", source.date.isoformat() if source.date else "")
        for key, source in manifest.sources.items()
        if key in cited
    )
