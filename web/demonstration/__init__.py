"""The demonstration: invented cases in every state, and departments' systems that answer. Never in production.

``demonstration.yaml`` beside a pack's scenarios says which scenarios are played, how far, for whom and how long ago;
everything then happens through the commands that clerks, families and systems use.
"""
