"""What may occur in generated processes: everything by default, less for a subject that is not right everywhere."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Features:
    """How large a process is and what may occur in it; numbers below 1 are probabilities."""

    blocks: int = 24  # budget of a file, called processes get a third
    depth: int = 4
    calls: int = 2  # called processes
    jobs: bool = True
    job_errors: bool = True
    # Splits and joins
    parallel: bool = True
    inclusive: bool = True
    nested_inclusive: bool = True  # the branches of an inclusive split may split again
    loose_joins: bool = True  # unbalanced joins, mixed gateways, parallel splits that an inclusive gateway joins
    joins_in_loops: bool = True
    loops_by_join: bool = True  # a loop's header may be an inclusive gateway or the first task itself
    spill: bool = True  # one path may become several tokens: no join, or an exclusive merge, behind a parallel split
    nets: bool = True  # unstructured parts
    races: bool = True
    # Ends and boundary events
    terminate: bool = True
    boundaries: bool = True
    interrupting: float = 0.5  # else non-interrupting; errors always interrupt
    rejoin: float = 0.5  # a boundary path leads back behind its host; 1 keeps it to a single task
    cycles: bool = True  # non-interrupting timers with a cycle, and messages, which may come again
    error_ends: bool = True
    wide_errors: bool = True  # errors may be caught several levels up, by catch-alls, or by nobody; incidents
    # Multi-instance and data
    multi: bool = True
    multi_boundaries: bool = True  # boundary events on a multi-instance, or a multi-instance behind one
    rich_multi: bool = True  # dynamic lists, result lists, completion conditions, conditions over loopCounter
    far: bool = True  # conditions read variables that other branches may have set
    scopes: bool = True  # input and output mappings, shadowing, propagateAll…
