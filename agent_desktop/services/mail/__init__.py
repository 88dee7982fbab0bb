"""Reading mail: from the raw bytes of one mail to its text, quotes, HTML and attachments."""
