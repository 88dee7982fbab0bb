"""A private Dovecot and Postfix for tests, on loopback, each worker its own; every test takes addresses of its own.

Dovecot has the mailboxes of every domain (what is sent anywhere arrives there); Postfix takes mail from the world and,
after signing in, from us. Both are ended by pid, and their files go with them.
"""

import os
import shutil
import signal
import smtplib
import socket
import ssl
import subprocess
import tempfile
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from agent_desktop.cli.bench.held_ports import HeldPorts
from tests.certificates import Certificates

OURS = "example.test"
"""The domain of the addresses that tests are given."""
UNKNOWN, FULL, BOUNCING = "nobody@customer.test", "full@customer.test", "bounce.test"
"""Refused for good when it is named, refused for now, and a domain whose mail is taken and comes back."""
PIPED = "piped.test"
"""The domain whose mail goes to the command of `MailServers(pipe=...)`."""
LARGEST = 50_000_000
"""Bytes: Postfix takes no larger mail, and says so."""
_READY_SECONDS = 60
_POSTFIX_PROGRAMS = "/usr/lib/postfix/sbin"


class NotInstalled(Exception):
    """These servers cannot run here; the text says why."""


@dataclass(frozen=True, slots=True)
class Mailbox:
    """Somebody who may sign in."""

    address: str
    password: str = "secret"


class _Server:
    """A program in the foreground that writes its words into a file."""

    def __init__(self, command: Sequence[str], log: Path, port: int) -> None:
        self._log = log
        self._process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            cwd="/",
            start_new_session=True,
        )
        if not self._answers(port):
            self.stop()
            raise RuntimeError(f"{command[0]} did not start:\n{self.log}")

    @property
    def log(self) -> str:
        """What it said, for a test that fails."""
        return self._log.read_text(errors="replace") if self._log.exists() else ""

    def stop(self) -> None:
        """End it; its children go with it."""
        if self._process.poll() is None:
            self._process.send_signal(signal.SIGTERM)
            try:
                self._process.wait(10)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()

    def kill_children(self, name: str) -> int:
        """Kill the processes of this name that it started (Linux); how many."""
        family, count = {self._process.pid}, 0
        for _ in range(
            2
        ):  # the program that is started in the foreground starts the one that starts the others
            for folder in Path("/proc").iterdir():
                with suppress(OSError, IndexError):
                    known, _, rest = (folder / "stat").read_text().rpartition(")")
                    if folder.name.isdecimal() and int(rest.split()[1]) in family:
                        family.add(int(folder.name))
                        if known.partition("(")[2] == name:
                            os.kill(int(folder.name), signal.SIGKILL)
                            count += 1
        return count

    def _answers(self, port: int) -> bool:
        until, pause = time.monotonic() + _READY_SECONDS, threading.Event()
        while time.monotonic() < until and self._process.poll() is None:
            with suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=5) as greeted:
                if greeted.recv(1):
                    return True
            pause.wait(0.02)
        return False


class MailServers:
    """Both servers. `pipe`: a command that gets the mail of PIPED on its standard input, run as the user `mail`."""

    host = "localhost"

    def __init__(self, pipe: Sequence[str] = ()) -> None:
        if not (hasattr(os, "geteuid") and os.geteuid() == 0):
            raise NotInstalled("Dovecot and Postfix are started by root alone")
        for program in ("dovecot", "postfix"):
            if shutil.which(program) is None:
                raise NotInstalled(f"{program} is not installed; on Debian: apt-get install {program}")
        self._folder = Path(tempfile.mkdtemp(prefix="ad-mail-"))
        self._folder.chmod(0o755)
        self._pipe = tuple(pipe)
        self.certificates = Certificates(self._folder)
        self.certificate = self.certificates.make("server")
        self._ports = HeldPorts(7)
        self.imap, self.imaps, self.lmtp, self.smtp, self.submission, self.submissions, self.introspection = (
            self._ports.numbers
        )
        self._numbers = 0
        self._dovecot: _Server | None = None
        self._postfix: _Server | None = None
        self._write_postfix()
        try:
            self.start_dovecot()
            self.start_postfix()
        except BaseException:
            self.remove()
            raise

    # ----- people

    def new_mailbox(self, name: str = "support", domain: str = OURS) -> Mailbox:
        """An address that nobody else uses, with a password."""
        self._numbers += 1
        box = Mailbox(f"{name}{self._numbers}@{domain}")
        self.set_password(box)
        return box

    def set_password(self, box: Mailbox) -> None:
        """Let somebody sign in with this password; a changed one is good within a second."""
        # A file for each: Dovecot looks only once a second whether one was changed.
        users = self._folder / "users"
        users.mkdir(exist_ok=True)
        (users / box.address).write_text(f"{box.address}:{{PLAIN}}{box.password}::::::\n")

    def deliver(self, address: str, *mails: bytes) -> None:
        """Put mails into an inbox, as a server does that took them."""
        with smtplib.LMTP(self.host, self.lmtp) as lmtp:
            for mail in mails:
                lmtp.sendmail("sender@customer.test", [address], mail)

    def mails(self, address: str, folder: str = "") -> list[bytes]:
        """The mails in a folder (empty: the inbox) as they lie on the disk, the oldest first."""
        maildir = self.maildir(address) / (f".{folder}" if folder else "")
        found = [path for part in ("new", "cur") for path in maildir.glob(f"{part}/*")]
        return [path.read_bytes() for path in sorted(found, key=lambda path: path.name)]

    def arrived(
        self,
        address: str,
        count: int = 1,
        folder: str = "",
        enough: Callable[[list[bytes]], bool] = lambda found: True,
    ) -> list[bytes]:
        """The mails in a folder, once so many are there, and `enough` of them. Raises TimeoutError with what the
        servers said.
        """
        until, pause = time.monotonic() + _READY_SECONDS, threading.Event()
        while len(found := self.mails(address, folder)) < count or not enough(found):
            if time.monotonic() > until:
                raise TimeoutError(f"{len(found)} mails, not {count}\n{self.log}")
            pause.wait(0.02)
        return found

    def maildir(self, address: str) -> Path:
        """Where the mails of somebody lie."""
        name, _, domain = address.rpartition("@")
        return self._folder / "mail" / domain / name / "Maildir"

    @property
    def ca_file(self) -> Path:
        """Who trusts this, trusts these servers."""
        return self.certificates.authority

    def trusting(self) -> ssl.SSLContext:
        """A context that trusts these servers alone."""
        return ssl.create_default_context(cafile=str(self.ca_file))

    def cut_postfix(self) -> int:
        """Kill the processes of Postfix that talk with somebody, as a network does that ends; how many there were."""
        return 0 if self._postfix is None else self._postfix.kill_children("smtpd")

    @property
    def log(self) -> str:
        """What both said."""
        return "\n".join(server.log for server in (self._dovecot, self._postfix) if server is not None)

    # ----- start and stop

    def start_dovecot(self) -> None:
        """Answer again, with the certificate that `certificate` names."""
        self._write_dovecot()
        command = ["dovecot", "-F", "-c", str(self._folder / "dovecot.conf")]
        self._dovecot = _Server(command, self._folder / "dovecot.log", self.imap)

    def stop_dovecot(self) -> None:
        """Nobody answers any more; mails stay where they are."""
        if self._dovecot is not None:
            self._dovecot.stop()
            self._dovecot = None

    def start_postfix(self) -> None:
        """Take mail again."""
        command = ["postfix", "-c", str(self._folder / "postfix"), "start-fg"]
        self._postfix = _Server(command, self._folder / "postfix.log", self.smtp)

    def stop_postfix(self) -> None:
        """Take no mail; what is queued stays."""
        if self._postfix is not None:
            self._postfix.stop()
            self._postfix = None

    def remove(self) -> None:
        """End both and delete their files."""
        self.stop_postfix()
        self.stop_dovecot()
        self._ports.close()
        shutil.rmtree(self._folder, ignore_errors=True)

    # ----- their configuration

    def _write_dovecot(self) -> None:
        folder = self._folder
        for name in ("mail", "run", "state"):
            (folder / name).mkdir(exist_ok=True)
        shutil.chown(folder / "mail", "mail", "mail")
        (folder / "oauth2.conf").write_text(
            f"introspection_mode = post\nintrospection_url = http://127.0.0.1:{self.introspection}/introspect\n"
            "username_attribute = username\nactive_attribute = active\nactive_value = true\n"
        )
        certificate = self.certificate
        (folder / "dovecot.conf").write_text(
            f"""base_dir = {folder}/run
state_dir = {folder}/state
log_path = {folder}/dovecot.log
protocols = imap lmtp
listen = 127.0.0.1
ssl = yes
ssl_cert = <{certificate.chain}
ssl_key = <{certificate.key}
disable_plaintext_auth = no
auth_mechanisms = plain login xoauth2 oauthbearer
auth_failure_delay = 0
mail_location = maildir:~/Maildir
mail_fsync = never
mail_max_userip_connections = 100
first_valid_uid = 1
first_valid_gid = 1
passdb {{
  driver = oauth2
  mechanisms = xoauth2 oauthbearer
  args = {folder}/oauth2.conf
}}
passdb {{
  driver = passwd-file
  mechanisms = plain login
  args = username_format=%u {folder}/users/%u
}}
userdb {{
  driver = static
  args = uid=mail gid=mail home={folder}/mail/%d/%n allow_all_users=yes
}}
namespace inbox {{
  inbox = yes
  mailbox Sent {{
    special_use = \\Sent
    auto = subscribe
  }}
  mailbox Junk {{
    special_use = \\Junk
    auto = subscribe
  }}
  mailbox Archive {{
    special_use = \\Archive
    auto = subscribe
  }}
}}
service imap-login {{
  inet_listener imap {{
    port = {self.imap}
  }}
  inet_listener imaps {{
    port = {self.imaps}
  }}
}}
service lmtp {{
  inet_listener lmtp {{
    port = {self.lmtp}
  }}
}}
service auth {{
  unix_listener auth-postfix {{
    mode = 0666
  }}
}}
service anvil {{
  unix_listener anvil-auth-penalty {{
    mode = 0
  }}
}}
"""
        )

    def _write_postfix(self) -> None:
        folder = self._folder / "postfix"
        for name in ("queue", "data"):
            (folder / name).mkdir(parents=True, exist_ok=True)
        shutil.chown(folder / "data", "postfix")
        certificate = self.certificate
        (folder / "main.cf").write_text(
            f"""compatibility_level = 3.6
queue_directory = {folder}/queue
data_directory = {folder}/data
command_directory = /usr/sbin
daemon_directory = {_POSTFIX_PROGRAMS}
mail_owner = postfix
maillog_file_prefixes = {self._folder}
maillog_file = {self._folder}/postfix.log
myhostname = mx.{OURS}
mydestination =
mynetworks = 127.0.0.0/8
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
alias_maps =
local_recipient_maps =
default_transport = lmtp:inet:127.0.0.1:{self.lmtp}
transport_maps = inline:{{ {BOUNCING}=smtp:[127.0.0.1]:{self.smtp}, {PIPED}=desk: }}
smtp_host_lookup = native
disable_dns_lookups = yes
message_size_limit = {LARGEST}
smtpd_tls_chain_files = {certificate.key}, {certificate.chain}
smtpd_sasl_type = dovecot
smtpd_sasl_path = {self._folder}/run/auth-postfix
smtpd_relay_restrictions =
refused_at_once = check_recipient_access inline:{{
    {{{UNKNOWN} = 550 5.1.1 There is nobody of this name}},
    {{{FULL} = 452 4.2.2 This mailbox is full}} }}
smtpd_recipient_restrictions = $refused_at_once, permit_mynetworks, reject
elsewhere_restrictions =
    check_recipient_access inline:{{ {{{BOUNCING} = 550 5.1.1 There is nobody of this name}} }},
    $refused_at_once, permit_mynetworks, reject
smtpd_error_sleep_time = 0
queue_run_delay = 1s
minimal_backoff_time = 1s
maximal_backoff_time = 2s
desk_destination_recipient_limit = 1
"""
        )
        signed_in = (
            "-o smtpd_sasl_auth_enable=yes -o smtpd_client_restrictions=permit_sasl_authenticated,reject"
        )
        # Under another name, or Postfix would not send to itself what is to come back.
        elsewhere = "-o myhostname=mx.elsewhere.test -o smtpd_recipient_restrictions=$elsewhere_restrictions"
        services = [
            f"127.0.0.1:{self.smtp} inet n - n - - smtpd {elsewhere}",
            f"127.0.0.1:{self.submission} inet n - n - - smtpd -o smtpd_tls_security_level=encrypt {signed_in}",
            f"127.0.0.1:{self.submissions} inet n - n - - smtpd -o smtpd_tls_wrappermode=yes {signed_in}",
            "pickup unix n - n 60 1 pickup",
            "cleanup unix n - n - 0 cleanup",
            "qmgr unix n - n 2 1 qmgr",
            "tlsmgr unix - - n 1000? 1 tlsmgr",
            "rewrite unix - - n - - trivial-rewrite",
            *(f"{name} unix - - n - 0 bounce" for name in ("bounce", "defer", "trace")),
            "verify unix - - n - 1 verify",
            "error unix - - n - - error",
            "retry unix - - n - - error",
            "lmtp unix - - n - - lmtp",
            "smtp unix - - n - - smtp",
            "anvil unix - - n - 1 anvil",
            "scache unix - - n - 1 scache",
            "proxymap unix - - n - - proxymap",
            "postlog unix-dgram n - n - 1 postlogd",
        ]
        if self._pipe:
            services.append(f"desk unix - n n - - pipe flags=DRhu user=mail argv={' '.join(self._pipe)}")
        (folder / "master.cf").write_text("\n".join(services) + "\n")
