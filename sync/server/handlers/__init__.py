"""What the routes do, an idea per module."""
