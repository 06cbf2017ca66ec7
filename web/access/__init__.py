"""Who may come in: sign-in, sessions, the second factor, and the one place that says who may see and do what."""
