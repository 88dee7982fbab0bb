"""The screen of administration: one page for each kind of thing that is set up or looked after."""
