"""The wire format that client and server share."""
