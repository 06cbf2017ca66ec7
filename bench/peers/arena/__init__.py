"""SpiffArena's approach, as its source is published (github.com/sartography/spiff-arena), on this benchmark's workload.

Its backend is no package that installs, so the way it takes is built anew here, with its tables, its order of reads
and writes and its commits: behind HTTP, a token and a permission; the instance locked by a row of a queue; the
specification and every task of the instance read back from rows of their own, completed tasks' data left out; the whole
copied and restored; the step saved, then what follows run and saved again, every open and predicted task as a row and
its data as a row found by its digest; the lock given back.

Left out is what would only slow it: its metadata, messages, timers, data stores, notices and logs, the schema of the
form, and what its HTTP framework checks. So the original takes longer than this.
"""
