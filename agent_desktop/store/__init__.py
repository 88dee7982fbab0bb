"""The local databases: schema, rows, outbox, replica and full-text search."""
