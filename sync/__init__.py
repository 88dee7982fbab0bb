"""Everything that talks to another machine."""
