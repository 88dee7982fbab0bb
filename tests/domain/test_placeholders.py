"""Placeholders: filled from the values given and from nothing else, whatever a template or a customer tries."""

import random
import re
import time
from collections.abc import Sequence

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from agent_desktop.domain.placeholders import (
    FILTERS,
    MAXIMUM_SIGNATURE,
    MAXIMUM_VALUE,
    PATHS,
    SENTENCES,
    Problem,
    find_placeholders,
    render,
)

VALUES = {
    "customer.name": "Karl Lund",
    "customer.first_name": "Karl",
    "customer.email": "karl@example.com",
    "agent.name": "anna berg",
    "agent.signature": "Kind regards\nAnna – https://example.org",
    "conversation.number": "1043",
    "conversation.subject": "Refund",
    "today": "2 March 2026",
}


@pytest.mark.parametrize(
    ("body", "text"),
    [
        ("", ""),
        ("no placeholder { } }} {", "no placeholder { } }} {"),
        ("Hello {{ customer.first_name }},", "Hello Karl,"),
        ("{{customer.first_name}}{{customer.first_name}}", "KarlKarl"),
        ("{{\tcustomer.name\n}}", "Karl Lund"),
        ('{{ customer.name | default: "there" }}', "Karl Lund"),
        ('{{ channel.name | default: "there" }}', "there"),
        ('{{ channel.name|default:"a | b: “c” "|upper }}', "A | B: “C” "),
        ("{{ channel.name | default: “there” }}", "there"),
        ('{{ channel.name | default: "there" | upper }}', "THERE"),
        ('{{ channel.name | upper | default: "there" }}', "there"),
        ("{{ agent.name | upper }} {{ agent.name | capitalize }}", "ANNA BERG Anna berg"),
        ("{{ customer.name | upper | lower }}", "karl lund"),
        ("{{{ customer.first_name }}}", "{Karl}"),
        ("{{ {{ customer.first_name }} }}", "{{ Karl }}"),
        ("{{ agent.signature }}", "Kind regards\nAnna – https://example.org"),
        ("{{ customer.email }}", "karl@example.com"),
    ],
)
def test_what_can_be_filled_is_filled(body: str, text: str) -> None:
    rendered = render(body, VALUES)
    assert rendered.text == text
    assert rendered.unresolved == ()


@pytest.mark.parametrize(
    ("source", "reason"),
    [
        ("{{ channel.name }}", Problem.EMPTY),
        ('{{ channel.name | default: "" }}', Problem.EMPTY),
        ("{{ workspace.name | upper }}", Problem.EMPTY),
        ("{{ customer.password }}", Problem.UNKNOWN),
        ("{{ customer }}", Problem.UNKNOWN),
        ("{{ Customer.Name }}", Problem.UNKNOWN),
        ("{{ customer.name.__class__ }}", Problem.UNKNOWN),
        ("{{ __import__ }}", Problem.UNKNOWN),
        ('{{ customer.password | default: "x" }}', Problem.UNKNOWN),
        ("{{7*7}}", Problem.NOT_UNDERSTOOD),
        ("{{}}", Problem.NOT_UNDERSTOOD),
        ("{{ }}", Problem.NOT_UNDERSTOOD),
        ("{{ customer.name | shout }}", Problem.NOT_UNDERSTOOD),
        ("{{ customer.name | default }}", Problem.NOT_UNDERSTOOD),
        ("{{ customer.name | default: there }}", Problem.NOT_UNDERSTOOD),
        ('{{ customer.name | default: "there }}', Problem.NOT_UNDERSTOOD),
        ('{{ customer.name | default "there" }}', Problem.NOT_UNDERSTOOD),
        ('{{ customer.name | upper: "x" }}', Problem.NOT_UNDERSTOOD),
        ("{{ customer.name | }}", Problem.NOT_UNDERSTOOD),
        ("{{ | upper }}", Problem.NOT_UNDERSTOOD),
        ("{{ customer.name customer.name }}", Problem.NOT_UNDERSTOOD),
        ("{{ customer's name }}", Problem.NOT_UNDERSTOOD),
        ("{{ ''.__class__.__mro__ }}", Problem.NOT_UNDERSTOOD),
        ("{{ request|attr('x') }}", Problem.NOT_UNDERSTOOD),
        ('{{ "customer.name" }}', Problem.NOT_UNDERSTOOD),
    ],
)
def test_what_cannot_be_filled_stays_as_written_and_is_reported(source: str, reason: Problem) -> None:
    rendered = render(f"{{{{ customer.name }}}}, {source}!", VALUES)
    assert rendered.text == f"Karl Lund, {source}!"
    (unresolved,) = rendered.unresolved
    assert (unresolved.source, unresolved.reason) == (source, reason)
    assert rendered.text[unresolved.start : unresolved.end] == source


def test_every_problem_has_a_sentence() -> None:
    assert set(SENTENCES) == set(Problem)


def test_positions_for_highlighting() -> None:
    text = 'Hi {{ customer.name | default: "there" }} {{ oops }}'
    first, second = find_placeholders(text)
    assert text[first.start : first.end] == first.source == '{{ customer.name | default: "there" }}'
    assert (first.path, [step.name for step in first.filters], first.problem) == (
        "customer.name",
        ["default"],
        None,
    )
    assert (second.source, second.problem) == ("{{ oops }}", Problem.UNKNOWN)


@pytest.mark.parametrize("path", PATHS)
def test_every_path_can_be_filled(path: str) -> None:
    value = "a@example.com" if path == "customer.email" else "Value"
    assert render(f"{{{{ {path} }}}}", {path: value}).text == value


def test_values_that_are_not_listed_are_out_of_reach() -> None:
    rendered = render("{{ secret }} {{ customer.secret }}", {"secret": "s3", "customer.secret": "s3"})
    assert "s3" not in rendered.text


HOSTILE_NAMES = (
    "https://evil.example/login",
    "Karl http://evil.example",
    "www.evil.example",
    "evil.com",
    "Karl evil.com/login",
    "Your account: evil-bank.com, hurry",
    "karl@evil.example",
    "EVIL.COM",
    "[click](//evil.com)",
    "<https://evil.example>",
)


@pytest.mark.parametrize("path", ["customer.name", "customer.first_name"])
@pytest.mark.parametrize("name", HOSTILE_NAMES)
def test_a_name_brings_no_link_and_no_address(path: str, name: str) -> None:
    source = f"{{{{ {path} }}}}"
    rendered = render(source, {path: name})
    assert rendered.text == source
    assert rendered.unresolved[0].reason is Problem.UNSAFE
    assert render(f'Hello {{{{ {path} | default: "there" }}}}', {path: name}).text == "Hello there"


@pytest.mark.parametrize(
    ("name", "written"),
    [
        ("J.R. Smith", "J.R. Smith"),
        ("Anne-Marie O'Neil (Sales)", "Anne-Marie O'Neil (Sales)"),
        ("<b>Karl</b>", "bKarl/b"),
        ("Karl\r\nBcc: all", "Karl Bcc: all"),
        ("K\x00a\x1brl\u202e", "Karl"),
        ("\u2066Karl\u2069", "Karl"),
        ("{{ today }}", "(( today ))"),
        ("{today}", "(today)"),
        ("  Karl   Lund ", "Karl Lund"),
        ("مریم‌سادات", "مریم‌سادات"),
        ("x" * 5_000, "x" * MAXIMUM_VALUE),
    ],
)
def test_names_are_written_as_plain_text(name: str, written: str) -> None:
    assert render("{{ customer.name }}", {"customer.name": name}).text == written


def test_a_value_never_becomes_a_placeholder() -> None:
    """Not even together with braces around it, when the text is rendered once more."""
    once = render("{{{ customer.name }}}", {"customer.name": "{today}"}).text
    assert once == "{(today)}"
    assert find_placeholders(once) == ()


@pytest.mark.parametrize(
    "address", ["not an address", "a@b@c", "<a@b.c>", "a@b.c, d@e.f", "a@b.c\nBcc: d@e.f"]
)
def test_an_e_mail_address_is_one_address(address: str) -> None:
    assert render("{{ customer.email }}", {"customer.email": address}).unresolved[0].reason is Problem.UNSAFE


def test_a_subject_brings_no_link() -> None:
    rendered = render("{{ conversation.subject }}", {"conversation.subject": "Win at https://evil.example"})
    assert rendered.unresolved[0].reason is Problem.UNSAFE
    assert (
        render("{{ conversation.subject }}", {"conversation.subject": "shop.example is down"}).unresolved
        == ()
    )


def test_a_signature_keeps_its_lines_and_has_an_end() -> None:
    signature = "Anna\r\n\tSupport \x07\n" + "x" * 10_000
    text = render("{{ agent.signature }}", {"agent.signature": signature}).text
    assert text.startswith("Anna\nSupport\nxxx")
    assert len(text) <= MAXIMUM_SIGNATURE


ATTACKS = (
    "{0.__class__}",
    "{customer.name.__init__.__globals__}",
    "{{7*7}}",
    "{%raw%}",
    "{% for x in y %}",
    "${7*7}",
    "#{7*7}",
    "%n%s%x",
    "<%= 7*7 %>",
    "{{''.__class__.__mro__[1].__subclasses__()}}",
    "{{ customer.name|attr('__class__') }}",
    "{{{{{{",
    "}}}}}}",
    '{{ customer.name | default: "{{ agent.name }}" }}',
    "{{ customer.name | default: “",
    "{{customer.__class__}}",
)
PIECES = (
    *(*ATTACKS, *PATHS, *FILTERS, *'{}|:"“” \n.x', "{{ ", " }}", "{{", "}}"),
    *("| default: ", '"there"', "customer.", "{{ customer.name }}", '{{ today | default: "now" | upper }}'),
)
MARKED = {path: f"⟦{place}⟧" for place, path in enumerate(PATHS) if path != "customer.email"}


def check_nothing_else_comes_out(template: str) -> None:
    """What comes out is the template with some of its placeholders replaced by what they may stand for."""
    rendered = render(template, MARKED)
    for unresolved in rendered.unresolved:
        assert rendered.text[unresolved.start : unresolved.end] == unresolved.source
    left, position = rendered.text, 0
    for match in re.finditer(r"\{\{([^{}]*)\}\}", template):
        literal = template[position : match.start()]
        assert left.startswith(literal)
        left, position = left[len(literal) :], match.end()
        left = left[len(_longest(left, _may_stand_for(match[0]))) :]
    assert left == template[position:]


def _may_stand_for(source: str) -> list[str]:
    texts = [source, *(marked for path, marked in MARKED.items() if path in source)]
    for text in re.findall(r"\"([^\"]*)\"|“([^”]*)”", source):
        written = "".join(text)
        texts += [written, written.upper(), written.lower(), written[:1].upper() + written[1:]]
    return texts


def _longest(text: str, options: Sequence[str]) -> str:
    fitting = [option for option in options if text.startswith(option)]
    assert fitting, (text, options)
    return max(fitting, key=len)


@settings(max_examples=150)
@given(st.text(max_size=60))
@example("{0.__class__} {{7*7}} %n {{ customer.name }}")
def test_nothing_comes_out_but_what_was_written_and_what_is_listed(template: str) -> None:
    check_nothing_else_comes_out(template)


def test_nothing_else_comes_out_of_many_attacks() -> None:
    chance = random.Random(20_260_302)
    for _ in range(20_000):
        check_nothing_else_comes_out("".join(chance.choices(PIECES, k=chance.randint(1, 9))))


templates = st.lists(st.sampled_from(PIECES), max_size=14).map("".join)


@settings(max_examples=80)
@given(templates, st.dictionaries(st.sampled_from(sorted(PATHS)), st.text(max_size=20)))
def test_rendering_twice_reads_no_value_as_a_template(template: str, values: dict[str, str]) -> None:
    first = render(template, values)
    left = {unresolved.source for unresolved in first.unresolved}
    braces = [match for match in find_placeholders(first.text) if match.source not in left]
    assert all(match.source in template or "{" in template for match in braces)
    for value in values.values():
        for line in value.splitlines():
            if "{{" in line and line not in template:
                assert line not in first.text


@pytest.mark.parametrize(
    "unit",
    [
        "{{",
        "{{ ",
        "}}",
        '{{"',
        "{{ customer.name",
        "{{ customer.name | ",
        "{{ a }} ",
        "{{“",
        '{{ a | default: "',
    ],
)
def test_time_grows_with_length(unit: str) -> None:
    """A text of 400,000 characters, which nobody can write, is read at once; anything quadratic takes minutes."""
    started = time.process_time()
    render(unit * (400_000 // len(unit)), VALUES)
    assert time.process_time() - started < 5
