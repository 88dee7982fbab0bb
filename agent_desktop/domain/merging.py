"""What everybody who follows merged customers and conversations agrees on."""

MERGE_HOPS = 8
"""How many merges are followed to the survivor."""
