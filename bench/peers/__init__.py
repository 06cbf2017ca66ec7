"""The same workload in other engines, each embedded the way its own documentation shows."""
