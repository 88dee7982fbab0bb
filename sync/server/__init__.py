"""The backend: commits operations, serves changes, sends to customers."""
