"""Everything people and other systems meet: pages, commands, later the API. The wiring is in ``web/app.py``."""
