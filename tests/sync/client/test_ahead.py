"""Pages that are fetched ahead are those that are asked for next, or thrown away."""

from collections.abc import Iterator, Sequence

import pytest

from sync.client.ahead import PagesAhead
from sync.client.calls import PullCall, ScanCall
from sync.protocol.messages import PullAnswer, ScanAnswer
from sync.protocol.transport import Unreachable
from tests.sync.cluster import Client, Cluster
from tests.sync.network import Network


class Noting(Network):
    """Notes where each page was asked for, and loses one of them."""

    def __init__(self, inner: Network) -> None:
        super().__init__(inner.inner)
        self.asked: list[str | None] = []
        self.lost: str | None = None

    def scan(
        self, client_id: str, epoch: str, upto: int, after: str | None, scopes: Sequence[str] = ()
    ) -> ScanAnswer:
        self.asked.append(after)
        if after is not None and after == self.lost:
            self.lost = None
            raise Unreachable("lost")
        return super().scan(client_id, epoch, upto, after, scopes)


@pytest.fixture
def network(anna: Client) -> Noting:
    return Noting(anna.network)


@pytest.fixture
def ahead(network: Noting) -> Iterator[PagesAhead]:
    ahead = PagesAhead(network)
    yield ahead
    ahead.close()


def scan(ahead: PagesAhead, call: ScanCall) -> ScanAnswer:
    answer = ahead.carry(call)
    assert isinstance(answer, ScanAnswer)
    return answer


def pages(ahead: PagesAhead, epoch: str, first: ScanCall) -> list[ScanAnswer]:
    found = [scan(ahead, first)]
    while (after := found[-1].next) is not None:
        found.append(scan(ahead, ScanCall(first.client_id, epoch, found[-1].upto, after)))
    return found


def test_every_page_is_asked_for_once_and_in_order(
    cluster: Cluster, network: Noting, ahead: PagesAhead
) -> None:
    epoch = cluster.backend.hello().epoch
    found = pages(ahead, epoch, ScanCall("client-0", epoch, 0, None))
    assert len(found) > 2
    assert network.asked == [None, *(page.next for page in found[:-1])]


def test_a_page_for_another_question_is_thrown_away(
    cluster: Cluster, network: Noting, ahead: PagesAhead
) -> None:
    epoch = cluster.backend.hello().epoch
    first = scan(ahead, ScanCall("client-0", epoch, 0, None))
    again = scan(ahead, ScanCall("client-0", epoch, 0, None))
    assert again == first
    pulled = ahead.carry(PullCall("client-0", epoch, first.upto))
    assert isinstance(pulled, PullAnswer)


def test_a_page_that_was_lost_ahead_is_lost_when_it_is_asked_for_and_comes_after_that(
    cluster: Cluster, network: Noting, ahead: PagesAhead
) -> None:
    epoch = cluster.backend.hello().epoch
    expected = pages(ahead, epoch, ScanCall("client-0", epoch, 0, None))
    network.lost = expected[0].next
    first = scan(ahead, ScanCall("client-0", epoch, 0, None))
    call = ScanCall("client-0", epoch, first.upto, first.next)
    with pytest.raises(Unreachable):
        ahead.carry(call)
    assert scan(ahead, call) == expected[1]
