"""The service window: deaths reported and applications taken for families, messages sent to a case, originals seen."""
