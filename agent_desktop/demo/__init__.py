"""A believable company to try the program with: invented people, real-looking work, any number of conversations."""
