"""Papers: e-certificates, signed and checkable, and the slips that a window prints."""
