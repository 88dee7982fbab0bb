"""Customers who were merged: SQL that leads from any of them to the survivor and to everybody merged into them."""

from agent_desktop.domain.merging import MERGE_HOPS


def family_of(ids: str) -> str:
    """A WITH clause: of the customers that the query `ids` gives, `upward` holds them and all they were merged into,
    `family` also everybody else who was merged into one of these.
    """
    return family_from(f"""found(id) AS ({ids}), start(id, into_id) AS (
        SELECT found.id, customer.merged_into FROM found LEFT JOIN customer ON customer.id = found.id)""")  # noqa: S608 - from code


def family_from(start: str) -> str:
    """The same, where it was read already what the first ones were merged into: `start` has columns id and into_id."""
    return f"""WITH RECURSIVE {start},
    upward(id, into_id) AS (
        SELECT id, into_id FROM start UNION
        SELECT upward.into_id, customer.merged_into FROM upward LEFT JOIN customer ON customer.id = upward.into_id
        WHERE upward.into_id IS NOT NULL),
    family(id) AS (
        SELECT id FROM upward UNION
        SELECT customer.id FROM family CROSS JOIN customer ON customer.merged_into = family.id)"""  # noqa: S608 - from code


SHOWN_NAME = f"""CASE WHEN customer.merged_into IS NULL THEN customer.name ELSE (
    WITH RECURSIVE upward(name, merged_into, hops) AS (
        SELECT name, merged_into, 0 FROM customer AS first WHERE first.id = customer.id UNION ALL
        SELECT next.name, next.merged_into, hops + 1 FROM upward
        CROSS JOIN customer AS next ON next.id = upward.merged_into WHERE hops < {MERGE_HOPS})
    SELECT name FROM upward ORDER BY hops DESC LIMIT 1) END"""  # noqa: S608 - a number
"""The name that a row of `customer` is shown by: of the survivor, where there is one."""
