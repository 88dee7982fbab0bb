"""What the product knows: its rules, its stored state and its use cases."""
