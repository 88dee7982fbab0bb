"""What is known about a customer is said in few and true words."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from agent_desktop.domain.customer import Detail
from agent_desktop.domain.workspace import ChannelKind
from agent_desktop.services.customers import CustomerProfile, CustomerRow, HistoryItem
from tests.factories import make_customer, make_identity, make_organization
from ui.models.customer_text import (
    Figure,
    customer_look,
    detail_lines,
    differences,
    figures,
    history_look,
    since_text,
)

NOW = datetime(2026, 3, 5, 12, 0, tzinfo=UTC)
ITEM = HistoryItem("c", 7, "Kettle\n stopped", ChannelKind.PHONE, "pending", NOW - timedelta(days=3))


def profile(**changes: object) -> CustomerProfile:
    base = CustomerProfile(make_customer(), None, (make_identity(),), 1, 0, (ITEM,), ())
    return replace(base, **changes)  # type: ignore[arg-type]  # any field of the profile


def test_since_when_where_and_the_time_there() -> None:
    customer = make_customer(location="Ljubljana", time_zone="Europe/Ljubljana")
    assert since_text(customer, NOW) == f"Customer since {customer.created_at.year} · Ljubljana 13:00"
    assert since_text(make_customer(), NOW) == f"Customer since {customer.created_at.year}"


def test_figures_count_and_tell_the_last_contact() -> None:
    assert figures(profile(conversation_count=1_204, open_count=2), NOW) == (
        Figure("1,204", "conversations"),
        Figure("2", "open"),
        Figure("3 d", "last contact"),
    )
    assert figures(profile(history=()), NOW)[2] == Figure("–", "last contact")


def test_details_leave_out_what_is_unknown() -> None:
    customer = make_customer(details=(Detail(label="Last order", value="10-55821"),), note="Call first")
    lines = detail_lines(profile(customer=customer, organization=make_organization(name="Acme")))
    assert lines == (
        ("Email", "karl@example.com"),
        ("Organisation", "Acme"),
        ("Last order", "10-55821"),
        ("Note", "Call first"),
    )


def test_history_is_one_line_with_day_and_status() -> None:
    look = history_look(ITEM, NOW, UTC)
    assert look.title[0].text == "Kettle stopped"
    assert look.trailing[0].text == "Mar 2 · waiting"
    assert look.sentence == "Phone, Kettle stopped, Mar 2, waiting on customer"


def test_a_row_says_who_where_and_tier() -> None:
    look = customer_look(CustomerRow("c", "Amelia Novak", "amelia@novak.example", "Gold", "Ljubljana"))
    assert look.sentence == "Amelia Novak, amelia@novak.example · Ljubljana, Gold"
    assert customer_look(CustomerRow("c", "", "", "", "")).avatar_name == "Unknown customer"


def test_differences_hold_both_sides_of_everything_known() -> None:
    left = profile(customer=make_customer(name="Karl", tier="Gold"))
    right = profile(customer=make_customer(name="Karl", language="German"), identities=())
    found = {item.label: (item.left, item.right, item.differs) for item in differences(left, right)}
    assert found["Name"] == ("Karl", "Karl", False)
    assert found["Tier"] == ("Gold", "", True)
    assert found["Language"] == ("", "German", True)
    assert found["Email"] == ("karl@example.com", "", True)
