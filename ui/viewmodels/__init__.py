"""State and intents of each screen, testable without pixels."""
