"""The desk as it is used: its pages over HTTP from a server process, many cases in store, somebody signed in."""
