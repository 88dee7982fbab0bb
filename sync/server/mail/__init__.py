"""Mail on the server: accounts, what arrives, which conversation it belongs to, what is held back."""
