"""Scenarios: a procedure told in YAML, played through the engine's public commands, and compared at every step.

``docs/scenarios.md`` is for those who write them; ``shenhou simulate`` plays them.
"""
