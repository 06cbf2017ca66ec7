"""Makes a difference small: leaves out blocks as long as some difference remains, then actions."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from copy import deepcopy
from dataclasses import replace

from tests.oracle.blocks import Activity, Block, Branching, Net, Race, Recipe, nested
from tests.oracle.model import ROOT
from tests.oracle.play import Difference, Match
from tests.oracle.simulate import Endless

ATTEMPTS = 400
ORDERS = 3  # other random orders of actions that are tried on each smaller process


def shrink(difference: Difference, match: Match) -> Difference:
    """The smallest difference found in a bounded number of attempts."""
    best, left, improved = difference, ATTEMPTS, True
    while improved and left > 0:
        improved = False
        for recipe in _smaller(_recipe(best)):
            left -= 1
            found = _still(recipe, best, match)
            if found is not None:
                best, improved = found, True
                break
            if left <= 0:
                break
    return replace(_fewer_actions(best, match), seed=difference.seed)


def _recipe(difference: Difference) -> Recipe:
    assert difference.recipe is not None, "only what was generated can be shrunk"
    return difference.recipe


def _still(recipe: Recipe, best: Difference, match: Match) -> Difference | None:
    for script, seed in [(best.acts, best.seed), *((None, best.seed + 1_000_003 * k) for k in range(ORDERS))]:
        try:
            found = match.play(seed, recipe, script)
        except Endless:
            return None
        if found is not None and bool(found.note) == bool(best.note):
            return found
    return None


def _fewer_actions(best: Difference, match: Match) -> Difference:
    for at in reversed(range(len(best.acts))):
        if at < len(best.acts):
            found = match.play(best.seed, _recipe(best), best.acts[:at] + best.acts[at + 1 :])
            best = found if found is not None and bool(found.note) == bool(best.note) else best
    return best


def _smaller(recipe: Recipe) -> Iterator[Recipe]:
    """Recipes with one thing less, the largest cuts first."""
    places = sum(1 for _ in _sequences(recipe))
    for place in range(places):
        length = len(_nth(recipe, place))
        for at in range(length):
            for edit in _edits(_nth(recipe, place)[at]):
                smaller = deepcopy(recipe)
                sequence = _nth(smaller, place)
                sequence[at : at + 1] = edit(sequence[at])
                yield smaller


def _sequences(recipe: Recipe) -> Iterator[list[Block]]:
    pending = [recipe.processes[name] for name in sorted(recipe.processes, key=lambda name: name != ROOT)]
    while pending:
        blocks = pending.pop(0)
        yield blocks
        pending += [inner for block in blocks for inner in nested(block)]


def _nth(recipe: Recipe, place: int) -> list[Block]:
    return next(blocks for k, blocks in enumerate(_sequences(recipe)) if k == place)


def _edits(block: Block) -> Iterator[Callable[[Block], list[Block]]]:
    """Ways to replace a block by less."""
    yield lambda _: []
    for k in range(len(nested(block))):
        yield lambda block, k=k: nested(block)[k]  # type: ignore[misc]
    match block:
        case Activity():
            for k in range(len(block.boundaries)):
                yield _without("boundaries", k)
            if block.multi is not None:
                yield lambda block: [_changed(block, multi=None)]
            if block.inputs or block.outputs:
                yield lambda block: [_changed(block, inputs=(), outputs=())]
        case Branching():
            if len(block.branches) > 2:
                for k in range(len(block.branches)):
                    yield _without("branches", k)
            if block.loose or block.fused:
                yield lambda block: [_changed(block, loose=False, fused=False)]
        case Race():
            for k in range(len(block.arms) if len(block.arms) > 1 else 0):
                yield _without("arms", k)
        case Net():
            for k in range(1, len(block.nodes) - 1):
                yield _without_net_node(k)


def _changed(block: Block, **changes: object) -> Block:
    for name, value in changes.items():
        setattr(block, name, value)
    return block


def _without(name: str, k: int) -> Callable[[Block], list[Block]]:
    def edit(block: Block) -> list[Block]:
        getattr(block, name).pop(k)
        return [block]

    return edit


def _without_net_node(k: int) -> Callable[[Block], list[Block]]:
    """Edges into the node lead to where its first edge led."""

    def edit(block: Block) -> list[Block]:
        assert isinstance(block, Net)
        onward = block.nodes[k].edges[0][0]
        block.nodes.pop(k)
        for node in block.nodes:
            moved = [(onward if target == k else target, condition) for target, condition in node.edges]
            node.edges = [(target - (target > k), condition) for target, condition in moved]
        return [block]

    return edit
