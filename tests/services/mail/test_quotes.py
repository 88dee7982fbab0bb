"""New text is told from quotes and signatures, and nothing is ever lost."""

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent_desktop.services.mail.quotes import split_quote
from agent_desktop.services.mail.text import html_to_text_and_quotes

HEADS = [
    "On Thu, Mar 31, 2016 at 11:16 AM Ann Example <ann@example.com> wrote:",
    "Am Do., 31. März 2016 um 11:16 Uhr schrieb Ann Example <ann@example.com>:",
    "Le jeu. 31 mars 2016 à 11:16, Ann Example <ann@example.com> a écrit :",
    "El jue, 31 mar 2016 a las 11:16, Ann Example (<ann@example.com>) escribió:",
    "Il giorno gio 31 mar 2016 alle ore 11:16 Ann Example <ann@example.com> ha scritto:",
    "Op do 31 mrt. 2016 om 11:16 schreef Ann Example <ann@example.com>:",
    "Em qui., 31 de mar. de 2016 às 11:16, Ann Example <ann@example.com> escreveu:",
    "From: Ann Example <ann@example.com>\nSent: Thursday, 31 March 2016 11:16\nTo: Us\nSubject: Order",
    "Von: Ann Example\nGesendet: Donnerstag, 31. März 2016 11:16\nAn: Wir\nBetreff: Bestellung",
    "De : Ann Example\nEnvoyé : jeudi 31 mars 2016 11:16\nÀ : Nous\nObjet : Commande",
    "2016年3月31日(木) 11:16 Ann Example <ann@example.com>:",
    "2016年3月31日 11:16 Ann Example <ann@example.com>のメール:",
    "于2016年3月31日周四 上午11:16写道：",
    "2016년 3월 31일 (목) 오전 11:16, Ann Example <ann@example.com>님이 작성:",
    "Ann Example <ann@example.com> ezt írta (időpont: 2016. márc. 31., Cs, 11:16):",
    "Στις Πέμ, 31 Μαρ 2016 στις 11:16 π.μ., ο χρήστης Ann Example <ann@example.com> έγραψε:",
    "Pe joi, 31 mar. 2016 la 11:16, Ann Example <ann@example.com> a scris:",
    "čt 31. 3. 2016 v 11:16 odesílatel Ann Example <ann@example.com> napsal:",
    "tor. 31. mar. 2016 kl. 11.16 skrev Ann Example <ann@example.com>:",
    "to 31. maalisk. 2016 klo 11.16 Ann Example (ann@example.com) kirjoitti:",
    "差出人: Ann Example <ann@example.com>\n送信日時: 2016年3月31日 11:16\n宛先: Us\n件名: 注文",
    "发件人： Ann Example <ann@example.com>\n发送时间： 2016年3月31日 11:16\n收件人： Us\n主题： 订单",
    "-----Messaggio originale-----\nDa: Ann",
    "-----元のメッセージ-----\n差出人: Ann",
    "-----Original Message-----\nFrom: Ann",
    "-----Ursprüngliche Nachricht-----\nVon: Ann",
]


@pytest.mark.parametrize("head", HEADS)
@pytest.mark.parametrize("mark", ["> ", ""], ids=["marked", "unmarked"])
def test_the_quoted_mail_is_folded(head: str, mark: str) -> None:
    old = f"{head}\n\n{mark}Where is my order?\n{mark}Ann"
    split = split_quote(f"It is on its way.\n\n{old}")
    assert split.reply == "It is on its way."
    assert split.quoted == old


@pytest.mark.parametrize(
    "signature", ["-- \nAnn Example\nExample Ltd", "Sent from my iPhone", "Gesendet von Mail für Windows"]
)
def test_the_signature_is_folded(signature: str) -> None:
    split = split_quote(f"Thanks!\n\n{signature}\n")
    assert (split.reply, split.quoted) == ("Thanks!", signature)


@pytest.mark.parametrize(
    "text",
    [
        "I want to travel:\nFrom: Berlin\nTo: Paris\nDate: 5 May 2026\n\nThank you",
        "FYI\n\n---------- Forwarded message ----------\nFrom: Bob <b@x>\nSubject: Order\n\nYour order",
        "> only\n> a quote",
        ">From now on I want a refund",
        "On Monday I wrote: nobody answered.\nNow I ask again.",
        "Look here.\nOn 3 May you wrote:\nwe will pay it back.\nNothing came.",
        "Hello,\nam 3. Mai schrieben Sie:\nes kommt morgen.\nEs kam nicht.",
        "Hello,\nOn 3 May 2026 you wrote:\nwe will pay it back.\nNothing came.",
        "-- \nonly a signature",
        "Sent from my iPhone",
    ],
)
def test_what_is_content_stays(text: str) -> None:
    assert split_quote(text).reply == text
    assert split_quote(text).quoted == ""


def test_answers_between_quoted_lines_keep_them() -> None:
    text = "On 5 May 2026, Ann wrote:\n> First?\nYes.\n> Second?\nNo."
    assert split_quote(text).reply == "> First?\nYes.\n> Second?\nNo."


def test_an_answer_below_the_quote_is_the_answer() -> None:
    assert split_quote("On 5 May 2026, Ann wrote:\n> First?\n\nYes.").reply == "Yes."


LINES = st.sampled_from(
    ["", "Hello", "> quoted", ">> deep", "On 5 May 2026, Ann <a@b> wrote:", "-- ", "--", "Sent from my iPhone",
     "From: a@b", "Subject: x", "Sent: today", "-----Original Message-----", "________________",
     "---- Forwarded message ----",
     "| bar", "wrote:", "Am 5. Mai 2026 schrieb", "<a@b>:"]
)  # fmt: skip


@given(st.lists(LINES, max_size=30))
def test_no_line_is_lost_or_doubled(lines: list[str]) -> None:
    split = split_quote("\n".join(lines))
    shown = Counter(line.strip() for line in f"{split.reply}\n{split.quoted}".split("\n") if line.strip())
    assert shown == Counter(line.strip() for line in lines if line.strip())
    assert split.reply.strip() or not any(line.strip() for line in lines)


HEAD = (
    "2016年3月31日(木) 11:16 Ann Example &lt;ann@x.example&gt;:"  # a language that no pattern of ours knows
)
HTML = {
    "gmail": f'<div>Yes.</div><br><div class="gmail_quote"><div class="gmail_attr">{HEAD}<br></div>'
    '<blockquote class="gmail_quote">Old</blockquote></div>',
    "gmail of old": f'Yes.<div class="gmail_extra"><br><div class="gmail_quote">{HEAD}<br>'
    '<blockquote class="gmail_quote">Old</blockquote></div></div>',
    "thunderbird": f'<p>Yes.</p><div class="moz-cite-prefix">{HEAD}<br></div><blockquote type="cite">Old</blockquote>',
    "apple": f'Yes.<br><div><blockquote type="cite"><div>{HEAD}</div><div>Old</div></blockquote></div>',
    "yahoo": f'<div>Yes.</div><div class="yahoo_quoted"><div>{HEAD}</div><div>Old</div></div>',
    "proton": f'Yes.<div class="protonmail_quote">{HEAD}<blockquote type="cite">Old</blockquote></div>',
    "outlook on the web": '<div>Yes.</div><hr><div id="divRplyFwdMsg"><b>発:</b> Ann</div><div>Old</div>',
    "outlook": '<p>Yes.</p><div style="border-top:solid #E1E1E1 1.0pt"><p>発: Ann</p></div><p>Old</p>',
    "hotmail": '<div>Yes.</div><hr id="stopSpelling"><div>発: Ann</div><div>Old</div>',
}  # fmt: skip


@pytest.mark.parametrize("program", HTML)
def test_the_marks_of_mail_programs_tell_old_mail_in_any_language(program: str) -> None:
    split = split_quote(*html_to_text_and_quotes(HTML[program]))
    assert split.reply == "Yes."
    assert "Old" in split.quoted


def test_answers_below_a_marked_quote_stay() -> None:
    html = f'<div class="gmail_quote">{HEAD}<blockquote>Old</blockquote></div><div>Yes.</div>'
    assert split_quote(*html_to_text_and_quotes(html)).reply == "Yes."


def test_only_marked_old_mail_is_not_folded() -> None:
    split = split_quote(*html_to_text_and_quotes('<div id="divRplyFwdMsg">From: Ann</div><div>Old</div>'))
    assert (split.reply, split.quoted) == ("From: Ann\nOld", "")


def test_a_mail_forwarded_by_outlook_is_content() -> None:
    text = (
        "Please see below.\n\nFrom: Ann <ann@x.example>\nSent: Monday\nTo: Us\nSubject: Order\n\nWhere is it?"
    )
    assert split_quote(text, forwarded=True).reply == text
    assert split_quote(text).reply == "Please see below."


@pytest.mark.parametrize(
    "signature",
    [
        "Ann Example\nExample Ltd\n+49 30 1234567",
        "-----\nAnn Example\nann@x.example",
        "Ann Example\nvia mobile",
    ],
)
def test_a_signature_begins_with_the_name_of_who_wrote(signature: str) -> None:
    split = split_quote(f"Where is my order?\n\n{signature}", sender="Ann Example")
    assert (split.reply, split.quoted) == ("Where is my order?", signature)


@pytest.mark.parametrize(
    "end",
    [
        "Ann Example",
        "Regards,\nAnn Example",
        "Ann Example\nPlease call me: +49 30 1234567",
        "I am Ann Example, what now?\n+49 30 1234567",
        "Bob Other\n+49 30 1234567",
        "----\nMy order is 12, can you look?\n\nAnn Example",
    ],
)
def test_what_may_be_said_to_us_is_no_signature(end: str) -> None:
    text = f"Where is my order?\n\n{end}"
    assert split_quote(text, sender="Ann Example").reply == text
