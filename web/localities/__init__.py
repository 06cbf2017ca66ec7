"""Localities: what places have said of the service, for the lead units that claim, open and switch it."""
