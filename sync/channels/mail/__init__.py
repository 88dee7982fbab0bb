"""E-mail: receiving by IMAP, sending by SMTP, and what both need."""
