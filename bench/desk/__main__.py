"""``python -m bench.desk``: the section on the desk of ``bench.run`` alone. 1 when a target is missed."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

from bench.desk.measuring import FEW, MANY, measure_desk
from bench.desk.report import as_data, lines, section
from bench.full_cases import own_directory
from bench.processes import ROOT


def main() -> int:
    """Run the section from the command line; returns the exit code."""
    parser = argparse.ArgumentParser(prog="python -m bench.desk", description=(__doc__ or "").split(": ", 1)[1])
    parser.add_argument("--sizes", type=int, nargs=2, default=(FEW, MANY), metavar="CASES", help="few and many cases")
    parser.add_argument("--directory", default=str(ROOT / "var" / "bench"), help="where the databases go: a real disk")
    parser.add_argument("--json", metavar="FILE", help="write every number as JSON too")
    options = parser.parse_args()
    with own_directory(Path(options.directory)) as directory:
        desk = measure_desk(directory, lambda said: print(said, file=sys.stderr, flush=True), sizes=options.sizes)
    print(section(desk))
    if options.json:
        Path(options.json).write_text(json.dumps(as_data(desk), indent=2), "utf-8")
    return 0 if all(line.holds for line in lines(desk) if line.is_target) else 1


if __name__ == "__main__":
    sys.exit(main())
