"""Reading mail: from the raw bytes of one mail to its text, quotes, HTML and attachments."""

from agent_desktop.services.mail.addresses import Address
from agent_desktop.services.mail.content import ParsedAttachment
from agent_desktop.services.mail.parse import ParsedMail, parse_mail
from agent_desktop.services.mail.worker import MailParser

__all__ = ["Address", "MailParser", "ParsedAttachment", "ParsedMail", "parse_mail"]
