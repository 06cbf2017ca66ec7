"""12345: cases to read, knowledge from the running release, and tickets to the departments."""
