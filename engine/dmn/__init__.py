"""DMN 1.3 as far as packs may use it: reading, checking and evaluating. ``engine.decisions`` is the way in."""
