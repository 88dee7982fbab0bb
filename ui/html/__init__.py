"""Shows HTML that was cleaned."""
