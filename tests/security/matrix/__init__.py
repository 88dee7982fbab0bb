"""Who may do and see what: tables written by hand, and tests that are made from them."""
