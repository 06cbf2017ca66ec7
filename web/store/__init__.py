"""Files that people hand in: sealed on their way into a store, opened on their way out."""
