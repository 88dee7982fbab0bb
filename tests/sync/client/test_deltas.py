"""Pages of a pull become one delta: what came first and what came last agree."""

from sync.client.deltas import delta_of_pages
from sync.protocol.messages import PullAnswer, TableRows

COLUMNS = ["id", "ver", "scope"]


def page(since: int, rows: list[list[object]], **more: object) -> PullAnswer:
    tables = {"message": TableRows(columns=COLUMNS, rows=rows)} if rows else {}
    values = {"client_id": "c", "epoch": "e", "since": since, "upto": since + 1, "ack": 0, "tables": tables}
    return PullAnswer(**{**values, **more})  # type: ignore[arg-type]  # as a test spells it


def test_a_scope_that_is_lost_behind_a_page_takes_the_rows_of_that_page_along() -> None:
    delta = delta_of_pages(
        [
            page(1, [["moved", 2, "t:team"], ["stays", 2, "w"]]),
            page(2, [["new", 3, "w"]], lost=["t:team"]),
        ]
    )
    assert delta.rows["message"][1] == [["stays", 2, "w"], ["new", 3, "w"]]
    # It may be here in the scope where it was before, which is not lost.
    assert delta.removed == {"message": ["moved"]}
    assert delta.lost == ("t:team",)


def test_a_row_that_comes_back_later_is_there() -> None:
    delta = delta_of_pages(
        [
            page(1, [["moved", 2, "t:team"]]),
            page(2, [], lost=["t:team"]),
            page(3, [["moved", 4, "w"]]),
        ]
    )
    assert delta.rows["message"][1] == [["moved", 4, "w"]]
    assert delta.removed == {}


def test_a_scope_that_was_lost_on_an_earlier_page_is_lost() -> None:
    delta = delta_of_pages([page(1, [], lost=["t:team"]), page(2, [["new", 3, "w"]])])
    assert delta.lost == ("t:team",)
