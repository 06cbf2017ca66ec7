"""Random processes, random order of actions, a restart from storage after every step: kernel and oracle must agree.

``SHENHOU_SOAK=1`` plays 2,000 processes instead of 300, ``SHENHOU_SEED=n`` that one alone.
"""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

import pytest

from engine.bpmn.dialect import check_dialect
from engine.bpmn.xml import parse_xml
from tests.oracle.blocks import Recipe, draw
from tests.oracle.generate import generate
from tests.oracle.model import Kind, Node
from tests.oracle.play import Difference, Match
from tests.oracle.shrink import shrink
from tests.oracle.simulate import Oracle
from tests.oracle.state import Scope, Token
from tests.oracle.subject_kernel import KernelSubject
from tests.oracle.subject_stock import FRAGMENTS, StockSubject
from tests.oracle.write_bpmn import write_files

PARTS = 10
SOAK = bool(os.environ.get("SHENHOU_SOAK"))
KERNEL_SEEDS, STOCK_SEEDS = (2_400, 1_000) if SOAK else (300, 60)
ONE_SEED = os.environ.get("SHENHOU_SEED", "")

KERNEL = Match(KernelSubject.prepare, orders=2)
STOCK = Match(StockSubject.prepare, job_errors=False, orders=1)


def _seeds(part: int, total: int) -> list[int]:
    """The seeds of one part; the seed that was asked for instead, in the part that it falls into."""
    if ONE_SEED:
        return [int(ONE_SEED)] if int(ONE_SEED) % PARTS == part else []
    return list(range(part, total, PARTS))


def _stock_recipe(seed: int) -> Recipe:
    return generate(seed, replace(FRAGMENTS[seed % len(FRAGMENTS)], blocks=14))


def _must_agree(found: Difference | None, match: Match) -> None:
    if found is not None:
        pytest.fail(shrink(found, match).report(), pytrace=False)


@pytest.mark.soak
@pytest.mark.parametrize("part", range(PARTS))
def test_kernel_agrees_with_the_oracle(part: int) -> None:
    for seed in _seeds(part, KERNEL_SEEDS):
        _must_agree(KERNEL.play(seed, generate(seed)), KERNEL)


@pytest.mark.soak
@pytest.mark.parametrize("part", range(PARTS))
def test_stock_spiffworkflow_agrees_with_the_oracle_where_it_is_right(part: int) -> None:
    for seed in _seeds(part, STOCK_SEEDS):
        _must_agree(STOCK.play(seed, _stock_recipe(seed)), STOCK)


class _HastyInclusive(Oracle):
    def inclusive_may_fire(self, scope: Scope, node: Node) -> bool:
        return True


class _PatientInclusive(Oracle):
    """Waits also for tokens that can come to a filled flow."""

    def inclusive_may_fire(self, scope: Scope, node: Node) -> bool:
        filled = {token.flow for token in scope.tokens if token.node is node}
        empty = {flow.id for flow in scope.graph.incoming(node.id)} - filled
        return not any(self.reach(scope, token, node) & empty for token in scope.tokens if token.node is not node)


class _BlindToBoundaries(Oracle):
    """Forgets that a token in an activity can leave by a boundary event."""

    def reach(self, scope: Scope, token: Token, join: Node) -> frozenset[str]:
        on_the_way = [flow.target for flow in scope.graph.outgoing(token.node.id) if flow.target != join.id]
        found = {flow.id for flow in scope.graph.outgoing(token.node.id) if flow.target == join.id}
        return frozenset(found).union(*(scope.graph.reach(node_id, join.id) for node_id in on_the_way))


class _CountingParallel(Oracle):
    """Counts tokens instead of filled flows."""

    def parallel_may_fire(self, scope: Scope, node: Node) -> bool:
        waiting = [token for token in scope.tokens if token.node is node]
        return len(waiting) >= len(scope.graph.incoming(node.id))


class _CatchesAnyError(Oracle):
    def catches(self, boundary: Node, code: str) -> bool:
        return True


@pytest.mark.parametrize(
    "wrong", [_HastyInclusive, _PatientInclusive, _BlindToBoundaries, _CountingParallel, _CatchesAnyError]
)
def test_wrong_rule_in_the_oracle_is_detected(wrong: type[Oracle]) -> None:
    match = Match(KernelSubject.prepare, oracle=wrong, orders=2)
    assert any(match.play(seed, generate(seed)) for seed in range(300))


def test_difference_is_shrunk_and_says_how_to_see_it_again(tmp_path: Path) -> None:
    match = Match(KernelSubject.prepare, oracle=_HastyInclusive, orders=1)
    found = next(found for seed in range(100) if (found := match.play(seed, generate(seed))))
    small = shrink(found, match)
    assert small.model.size < found.model.size
    assert match.play_model(small.seed, small.model, small.acts) is not None
    assert f"SHENHOU_SEED={found.seed}" in small.report(tmp_path)
    assert (tmp_path / "main.bpmn").read_bytes() == write_files(small.model)["main.bpmn"]


def test_seed_gives_the_same_files_every_time() -> None:
    assert write_files(draw(generate(7))) == write_files(draw(generate(7)))
    assert write_files(draw(generate(7))) != write_files(draw(generate(8)))


def test_every_kind_of_element_occurs_soon() -> None:
    kinds = {node.kind for seed in range(60) for node in draw(generate(seed)).walk()}
    assert kinds == set(Kind)


def test_what_is_drawn_is_in_the_dialect() -> None:
    for seed in range(20):
        for name, data in write_files(draw(generate(seed))).items():
            errors = [p for p in check_dialect(parse_xml(data, name), name) if p.severity == "error"]
            assert errors == []
