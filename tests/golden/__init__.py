"""What earlier versions of the program wrote, and this one must go on to read."""
