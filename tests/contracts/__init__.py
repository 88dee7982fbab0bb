"""What everything of a kind must do, run over all that there is."""
