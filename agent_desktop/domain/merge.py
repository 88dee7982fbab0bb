"""Merging two versions of a text that were made from the same one, line by line."""

from difflib import SequenceMatcher


def merged(base: str, ours: str, theirs: str) -> str | None:
    """Both changes to `base` in one text; None when both changed the same lines in different ways.

    The algorithm is that of diff3: what neither changed divides the text, and between two such places one side at
    the most may differ from `base`. Lines that were changed next to each other count as the same place.
    """
    if ours == theirs or theirs == base:
        return ours
    if ours == base:
        return theirs
    lines = [text.split("\n") for text in (base, ours, theirs)]
    result: list[str] = []
    at = (0, 0, 0)
    for start, end in _kept_by_both(*lines):
        between = [side[i:j] for side, i, j in zip(lines, at, start, strict=True)]
        chosen = _choose(*between)
        if chosen is None:
            return None
        result += chosen
        result += lines[0][start[0] : end[0]]
        at = end
    return "\n".join(result)


def _choose(base: list[str], ours: list[str], theirs: list[str]) -> list[str] | None:
    if ours == theirs or theirs == base:
        return ours
    return theirs if ours == base else None


_Place = tuple[int, int, int]


def _kept_by_both(base: list[str], ours: list[str], theirs: list[str]) -> list[tuple[_Place, _Place]]:
    """The stretches that are the same in all three, as begin and end in each; the last is empty, at the ends."""
    with_ours, with_theirs = _where(base, ours), _where(base, theirs)
    stretches: list[tuple[_Place, _Place]] = []
    for line in range(len(base)):
        if line not in with_ours or line not in with_theirs:
            continue
        start = (line, with_ours[line], with_theirs[line])
        end = (start[0] + 1, start[1] + 1, start[2] + 1)
        if stretches and stretches[-1][1] == start:
            stretches[-1] = (stretches[-1][0], end)
        else:
            stretches.append((start, end))
    ends = (len(base), len(ours), len(theirs))
    return [*stretches, (ends, ends)]


def _where(base: list[str], changed: list[str]) -> dict[int, int]:
    """Of each line of `base` that was kept, where it is now."""
    blocks = SequenceMatcher(None, base, changed, autojunk=False).get_matching_blocks()
    return {block.a + step: block.b + step for block in blocks for step in range(block.size)}
