"""What families use."""
