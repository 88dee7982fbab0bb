"""What everybody who follows merged customers agrees on."""

MERGE_HOPS = 8
"""How many merges are followed from a customer to the survivor."""
