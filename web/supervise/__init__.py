"""Supervision: what is late, frozen too long, still owed or not delivered, and who carries how much."""
