"""Random processes of the dialect, by seed.

Conditions are *near* (they read a variable that the task just before them has set) or, with ``far``, read any variable
of the process, whoever set it last. A loop's body always holds a task that waits, so nothing runs for ever.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from random import Random

from tests.oracle.blocks import Activity, Arm, Block, Branch, Branching, Loop, Net, NetNode, Race, Recipe, Stop, nested
from tests.oracle.features import Features
from tests.oracle.generate_activities import CODES, LISTS, SHARED, ActivityGenerator, Place
from tests.oracle.model import ROOT, Kind, Mapping

Maker = Callable[[Place], list[Block]]


def generate(seed: int, features: Features | None = None) -> Recipe:
    """The recipe of a seed; the same seed and features give the same recipe."""
    return _Generator(Random(f"processes {seed}"), features or Features()).recipe()


class _Generator(ActivityGenerator):
    def __init__(self, chance: Random, features: Features) -> None:
        super().__init__(chance, features)
        self.left = 0  # budget of blocks
        self.processes: dict[str, list[Block]] = {}
        self.needs: dict[str, list[str]] = {}  # called process → the variables that it must be given
        self.callable: list[str] = []

    def recipe(self) -> Recipe:
        called = [f"office_{k + 1}" for k in range(self.chance.randint(0, self.features.calls))]
        order = [ROOT, *called]
        budget = self.chance.randint(max(3, self.features.blocks // 3), self.features.blocks)
        # Callees first, so that a caller knows what to hand in; processes call only later ones, never in a circle.
        for k, process_id in reversed(list(enumerate(order))):
            root = process_id == ROOT
            self.callable = [other for other in order[k + 1 :] if other in self.processes]
            self.left = budget if root else max(2, budget // 3)
            self.own_variables = [*SHARED, *LISTS] if self.features.far else []
            place = Place(self.features.depth) if root else self.called_place(process_id)
            self.processes[process_id] = self.sequence(place, at_least=4 if root else 2)
            self.needs[process_id] = self.own_variables
        return Recipe(self.processes, {name: [1, 2] if name in LISTS else 0 for name in self.needs[ROOT]})

    def called_place(self, process_id: str) -> Place:
        return Place(self.features.depth - 2, (_code(process_id),), inside=True)

    def sequence(self, place: Place, at_least: int = 0) -> list[Block]:
        blocks: list[Block] = []
        length = max(at_least, self.chance.choice((0, 1, 1, 2, 2, 3)))
        while len(blocks) < length and (self.left > 0 or len(blocks) < at_least):
            self.left -= 1
            blocks += self.block(place)
            blocks += self.weigh_results(blocks[-1], place)
            if isinstance(blocks[-1], Stop):
                break
        return blocks

    def block(self, place: Place) -> list[Block]:
        allowed = self.features
        kinds: list[tuple[float, Maker]] = [(4, self.simple)]
        if place.depth > 0:
            kinds += [(2, self.exclusive), (1, self.loop), (1.5, self.subprocess)]
            kinds += [(1, self.race)] if allowed.races else []
            kinds += [(2.5, self.call)] if self.callable else []
            if allowed.joins_in_loops or not place.looping:
                kinds += [(3, self.parallel)] if allowed.parallel else []
                kinds += [(3, self.inclusive)] if allowed.inclusive else []
                kinds += [(1, self.net)] if allowed.nets else []
        if place.branching or place.inside:
            kinds.append((0.3, self.stop))
        weights = [weight for weight, _ in kinds]
        return self.chance.choices([maker for _, maker in kinds], weights)[0](place)

    def weigh_results(self, block: Block, place: Place) -> list[Block]:
        """Behind a multi-instance that collects, a decision over what it collected."""
        multi = block.multi if isinstance(block, Activity) else None
        if multi is None or not multi.output_collection or place.depth < 1 or self.often(0.3):
            return []
        results = multi.output_collection
        condition = self.chance.choice((f"sum({results}) > 2", f"sum({results}) < 5", f"count({results}) = 2"))
        branches = [
            Branch(self.simple(replace(place, depth=0)), condition),
            Branch(self.simple(replace(place, depth=0))),
        ]
        return [Branching(self.number(), Kind.EXCLUSIVE, branches, Kind.EXCLUSIVE)]

    # Splits, joins and loops

    def asking(self, place: Place) -> tuple[list[Block], str]:
        """What comes before a decision, and the variable that the decision reads."""
        if self.features.far and self.often(0.5):
            if place.counters and self.often(0.4):
                return [], self.chance.choice(place.counters)
            variable = self.chance.choice(SHARED)
            return ([], variable) if self.often(0.5) else ([self.user_task(variable)], variable)
        variable = self.own_variable()
        return [self.user_task(variable)], variable

    def condition(self, variable: str) -> str:
        return f"{variable} {self.chance.choice(('> 1', '> 0', '= 1', '< 2', '!= 2', '>= 3', '= 0'))}"

    def branches(self, place: Place, count: int, variable: str = "") -> list[Branch]:
        """Branches of a split; with a variable, all but the default one get conditions over it."""
        inner = replace(place, depth=place.depth - 1, branching=True)
        branches = [Branch(self.sequence(inner, at_least=self.chance.choice((0, 1, 1, 1, 1)))) for _ in range(count)]
        if not self.features.loose_joins:
            for branch in branches[1:]:  # stock knows a join's inputs by their elements: one empty branch at most
                branch.body = branch.body or [self.user_task()]
        if variable:
            without_default = self.features.wide_errors and self.often(0.08)
            default = -1 if without_default else self.chance.randrange(count)
            for k, branch in enumerate(branches):
                branch.condition = "" if k == default else self.condition(variable)
        return branches

    def exclusive(self, place: Place) -> list[Block]:
        before, variable = self.asking(place)
        branches = self.branches(place, self.chance.choice((2, 2, 3)), variable)
        join = self.chance.choice((Kind.EXCLUSIVE, Kind.EXCLUSIVE, None))
        return [*before, Branching(self.number(), Kind.EXCLUSIVE, branches, join)]

    def parallel(self, place: Place) -> list[Block]:
        return [self.split(Kind.PARALLEL, self.branches(place, self.chance.choice((2, 2, 3))), place)]

    def inclusive(self, place: Place) -> list[Block]:
        before, variable = self.asking(place)
        inner = place if self.features.nested_inclusive else replace(place, depth=1)
        branches = self.branches(inner, self.chance.choice((2, 3, 3)), variable)
        return [*before, self.split(Kind.INCLUSIVE, branches, place)]

    def split(self, kind: Kind, branches: list[Branch], place: Place) -> Branching:
        block = Branching(self.number(), kind, branches, kind)
        if self.features.loose_joins:
            if kind is Kind.PARALLEL and self.often(0.4):
                block.join = Kind.INCLUSIVE
            block.loose = self.often(0.5 if block.join is Kind.INCLUSIVE else 0.15)
            block.fused = self.often(0.3)
        if self.features.spill and not place.looping and self.often(0.12):
            block.join = self.chance.choice((Kind.EXCLUSIVE, None))
        return block

    def loop(self, place: Place) -> list[Block]:
        body = self.sequence(replace(place, depth=place.depth - 1, looping=True))
        if self.features.far and self.often(0.5):
            variable = self.chance.choice(SHARED)
            body.insert(0, self.user_task(variable))
        else:
            variable = self.own_variable()
            body.append(self.user_task(variable))
        if isinstance(body[-2] if len(body) > 1 else None, Stop):
            body.pop()
        headers = (Kind.EXCLUSIVE, Kind.INCLUSIVE, None) if self.features.loops_by_join else (Kind.EXCLUSIVE,)
        again = f"{variable} {self.chance.choice(('> 1', '= 1', '> 2'))}"
        return [Loop(self.number(), body, again, self.chance.choice(headers))]

    def race(self, place: Place) -> list[Block]:
        inner = replace(place, depth=place.depth - 1, branching=True)
        arms: list[Arm] = []
        for kind in (Kind.CATCH_MESSAGE, self.chance.choice((Kind.CATCH_TIMER, Kind.CATCH_MESSAGE))):
            arm = Arm(self.number(), kind, self.sequence(inner), timer="P2D" if kind is Kind.CATCH_TIMER else "")
            if kind is Kind.CATCH_MESSAGE and self.features.far and self.often(0.3):
                arm.outputs = (Mapping("answer", self.chance.choice(SHARED)),)
            arms.append(arm)
        return [Race(self.number(), arms)]

    def stop(self, place: Place) -> list[Block]:
        codes = [*place.catchable, *(CODES if self.features.wide_errors else ())]
        kinds = [Kind.END] + ([Kind.TERMINATE] if self.features.terminate else [])
        if place.inside and codes and self.features.error_ends:
            kinds += [Kind.ERROR_END] * 2
        kind = self.chance.choice(kinds)
        # Stock goes on with tokens that moved in the same step as the one that terminates: wait before it.
        before: list[Block] = [self.user_task()] if kind is Kind.TERMINATE and not self.features.wide_errors else []
        return [*before, Stop(self.number(), kind, self.chance.choice(codes) if kind is Kind.ERROR_END else "")]

    def net(self, place: Place) -> list[Block]:
        """An unstructured part: every node but the first has a way in, every node but the last a way on."""
        count = self.chance.randint(4, 8)
        gateways = [Kind.EXCLUSIVE, Kind.PARALLEL, Kind.INCLUSIVE, Kind.INCLUSIVE]
        kinds = [self.chance.choice([Kind.USER] * 4 + gateways) for _ in range(count)]
        kinds[0] = self.chance.choice((Kind.PARALLEL, Kind.INCLUSIVE))
        kinds[-1] = self.chance.choice((Kind.INCLUSIVE, Kind.INCLUSIVE, Kind.EXCLUSIVE))
        nodes = [NetNode(self.number(), kind, []) for kind in kinds]
        for k, node in enumerate(nodes[:-1]):
            if node.kind is Kind.USER:
                node.outputs = (Mapping("answer", self.chance.choice(SHARED)),)
            ways = 1 if node.kind is Kind.USER else self.chance.randint(2 if k == 0 else 1, 3)
            node.edges = [(self.chance.randint(k + 1, count - 1), "") for _ in range(ways)]
        for k in range(1, count):
            if not any(target == k for node in nodes for target, _ in node.edges):
                self.chance.choice([node for node in nodes[:k] if node.kind is not Kind.USER]).edges.append((k, ""))
        for node in nodes:
            if node.kind in (Kind.EXCLUSIVE, Kind.INCLUSIVE) and len(node.edges) > 1:
                default = -1 if self.often(0.15) else self.chance.randrange(len(node.edges))
                for k, (target, _) in enumerate(node.edges):
                    condition = "" if k == default else self.condition(self.chance.choice(SHARED))
                    node.edges[k] = (target, condition)
        return [Net(self.number(), nodes)]

    # Subprocesses and calls

    def subprocess(self, place: Place) -> list[Block]:
        activity = Activity(self.number(), Kind.SUBPROCESS)
        code, wide = f"E{activity.n}", self.features.wide_errors
        if self.often(0.3) and self.may_be_multi(place):
            activity.multi = self.multi(activity)
        inner = replace(
            place,
            depth=place.depth - 1,
            looping=False,  # each round has a subprocess of its own, which stock gets right
            inside=True,
            branching=False,
            catchable=(*place.catchable, code) if wide else (code,),
        )
        if activity.multi is not None and self.features.rich_multi:
            inner = replace(inner, counters=("loopCounter", activity.multi.element), collects=f"got_{activity.n}")
        if activity.multi is not None and not self.features.multi_boundaries:
            inner = replace(inner, catchable=())
        if self.features.scopes and self.often(0.3):
            shadowed = self.chance.choice(SHARED)
            activity.inputs = (Mapping(self.chance.choice(("0", "2", *SHARED)), shadowed),)
            if self.often(0.6):
                activity.outputs = (Mapping(shadowed, self.chance.choice(SHARED)),)
        activity.body = self.sequence(inner, at_least=1)
        self.attach(activity, place, code, throws=_throws(activity.body))
        return [activity]

    def call(self, place: Place) -> list[Block]:
        called = self.chance.choice(self.callable)
        throws = _throws(self.processes[called])
        if throws and not self.features.wide_errors:
            self.callable.remove(called)  # stock hands an error to every host that waits for its code: let it be one
        activity = Activity(self.number(), Kind.CALL, called=called)
        if self.often(0.3) and self.may_be_multi(place) and (self.features.multi_boundaries or not throws):
            activity.multi = self.multi(activity)
        self.hand_over(activity, place)
        self.attach(activity, place, _code(called), throws)
        return [activity]

    def hand_over(self, activity: Activity, place: Place) -> None:
        """What goes into a called process and what comes out of it."""
        far, scopes, needed = self.features.far, self.features.scopes, self.needs[activity.called]
        activity.all_in = not scopes or self.often(0.3)
        if activity.all_in and far:
            needed = [name for name in needed if name not in SHARED or self.often(0.5)]
        sources = ["0", "1", "2", "3", *((*SHARED, *place.counters) if far else ())]
        activity.inputs = tuple(
            Mapping("[1, 2]" if name in LISTS else self.chance.choice(sources), name) for name in needed
        )
        if scopes and far and self.often(0.4):
            activity.outputs = (Mapping(self.chance.choice(SHARED), self.chance.choice(SHARED)),)
        else:
            activity.all_out = not (scopes and far) or self.often(0.3)

    def attach(self, activity: Activity, place: Place, code: str, throws: bool) -> None:
        """Boundary events on a subprocess or a call, one for its own error among them where that may be."""
        if self.often(0.4):
            activity.boundaries = self.boundaries(activity, place)
        caught = {boundary.code for boundary in activity.boundaries}
        wide = self.features.wide_errors
        if (wide and self.often(0.5) and code not in caught) or (throws and not wide):
            activity.boundaries.append(self.boundary(Kind.ON_ERROR, place, code))


def _code(process_id: str) -> str:
    """The error code of a called process's own."""
    return f"E{process_id.rpartition('_')[2]}"


def _throws(blocks: list[Block]) -> bool:
    """Whether an error end stands among the blocks; a subprocess within has a boundary of its own for its errors."""
    for block in blocks:
        inner = [boundary.body for boundary in block.boundaries] if isinstance(block, Activity) else nested(block)
        if (isinstance(block, Stop) and block.code) or any(_throws(body) for body in inner):
            return True
    return False
