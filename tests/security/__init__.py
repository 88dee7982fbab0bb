"""What hostile surroundings must not bring about."""
