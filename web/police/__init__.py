"""Police: the freeze, set at any time before cremation, and the list of holds with their age."""
