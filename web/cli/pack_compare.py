"""``shenhou packs compare``: two packs, or two states of one, in the words of the service, then drawing and table."""

from __future__ import annotations

from typing import Annotated

import typer

from engine.clock import SystemClock
from engine.feel import Feel
from engine.loaded import LoadedRelease
from tasks.comparison import Comparison, Side, compare_packs
from tasks.comparison.lines import Section
from tasks.comparison.told import decision_lines, names, process_lines, states, to_json
from web.cli.output import Json, print_heading, print_json, print_line, print_rows
from web.cli.pack_choosing import choose_pack

CHECKOUT = "工作目录"
SAME = "没有差别。"


def compare(
    left: Annotated[str, typer.Argument(metavar="A", help="A pack's code.")],
    right: Annotated[str, typer.Argument(metavar="B", help="Another pack's code, or the same.")],
    release: Annotated[
        list[str] | None,
        typer.Option(help="A release of A: latest, a number, or how its id begins; given twice, the second is B's."),
    ] = None,
    every: Annotated[bool, typer.Option("--all", help="Also what is the same.")] = False,
    as_json: Json = False,
) -> None:
    """Compare two packs: items, materials, limits, payees …, then diagrams element by element, decisions row by row.

    Without --release both are taken from the checkout. One --release and the same code twice shows what the checkout
    changes.
    """
    chosen = list(release or [])
    if len(chosen) > 2:
        raise typer.BadParameter("can be given twice: for A and for B", param_hint="--release")
    feel = Feel()
    found = compare_packs(
        _side(left, chosen[0] if chosen else None, feel), _side(right, chosen[1] if len(chosen) > 1 else None, feel)
    )
    if as_json:
        print_json(to_json(found))
    else:
        _tell(found, every=every)


def _side(code: str, release: str | None, feel: Feel) -> Side:
    pack = choose_pack(code, release)
    state = f"{CHECKOUT} {pack.digest[:8]}" if release is None else f"版本 {pack.digest[:8]}"
    return Side(LoadedRelease(pack), feel, SystemClock().now(), state)


def _tell(found: Comparison, *, every: bool) -> None:
    left, right = names(found)
    print_line(f"A {found.left.release.manifest.names.official}（{found.left.state}）")
    print_line(f"B {found.right.release.manifest.names.official}（{found.right.state}）")
    if found.is_same:
        print_line("两者的文件完全相同。")
    words = states(found)
    for section in found.sections:
        _tell_section(section, (left, right), words, every=every)
    print_heading("流程图")
    if not every and all(process.standing == "same" for process in found.processes):
        print_line(SAME)
    for process in found.processes:
        if every or process.standing != "same":
            print_line(f"{process.name}：{words[process.standing]}")
            for line in process_lines(process):
                print_line(f"  {line}")
    print_heading("决策表")
    for decision in found.decisions:
        if every or decision.standing != "same":
            print_line(f"{decision.title}（{decision.decision}）：{words[decision.standing]}")
            for line in decision_lines(decision, words) if decision.standing == "differs" else ():
                print_line(f"  {line}")
    print_heading("文件")
    kinds = {"added": words["right"], "removed": words["left"], "changed": words["differs"]}
    print_rows(("文件", "差别"), [(file.name, kinds[file.kind]) for file in found.files], none=SAME)


def _tell_section(section: Section, sides: tuple[str, str], words: dict[str, str], *, every: bool) -> None:
    shown = section.lines if every else section.differing
    print_heading(f"{section.title}：共 {len(section.lines)} 条，{len(section.differing)} 条不同")
    rows = [
        (line.label, _whole(line.left, line.left_source), _whole(line.right, line.right_source), words[line.state])
        for line in shown
    ]
    if rows:
        print_rows((section.title, *sides, "差别"), rows, none="")


def _whole(words: str, source: str) -> str:
    return f"{words}（原文 {'；'.join(source.splitlines())}）" if source else words
