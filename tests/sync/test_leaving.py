"""What somebody no longer sees leaves their computer: rows, words of indexes and files, and no work of their own."""

import pytest

from agent_desktop.domain.ids import Id
from agent_desktop.domain.message import AttachmentFile
from agent_desktop.domain.operations.conversation import CreateConversation, SetTeam
from agent_desktop.domain.operations.message import ReceiveMessage
from agent_desktop.domain.operations.workspace import SaveTeam, SaveUser
from agent_desktop.domain.workspace import Role
from agent_desktop.services.drafts import Draft, DraftKind
from agent_desktop.store.blobs import BlobStore
from agent_desktop.store.drafts import Drafts
from tests.factories import ANNA, make_channel, make_conversation, make_customer, make_team
from tests.sync.cluster import Client, Cluster

HERE, TEAM = make_conversation().id, make_team().id
WORD = "quixotic"


def writes(cluster: Cluster, conversation_id: Id, text: str, *files: AttachmentFile) -> None:
    assert cluster.commit(
        ReceiveMessage(
            conversation_id=conversation_id,
            message_id=cluster.ids.new(),
            customer_id=make_customer().id,
            channel_id=make_channel().id,
            text=text,
            sent_at=cluster.clock.now(),
            files=files,
        )
    )


def member(role: Role, *team_ids: Id) -> SaveUser:
    return SaveUser(user_id=ANNA.id, name=ANNA.name, email=ANNA.email, role=role, team_ids=team_ids)


def bytes_with(client: Client, word: str) -> list[str]:
    return sorted(
        path.name
        for path in client.folder.rglob("*")
        if path.is_file() and word.encode() in path.read_bytes().lower()
    )


@pytest.mark.parametrize(
    "loss", [pytest.param(member(Role.AGENT), id="a team"), pytest.param(member(Role.FIELD), id="everything")]
)
def test_nothing_of_it_is_left_in_any_byte(cluster: Cluster, loss: SaveUser) -> None:
    other = cluster.ids.new()
    assert cluster.commit(
        member(Role.AGENT, TEAM),
        SaveTeam(team_id=TEAM, name="Secret", private=True),
        SetTeam(conversation_id=HERE, team_id=TEAM),
        CreateConversation(
            conversation_id=other,
            customer_id=make_customer().id,
            channel_id=make_channel().id,
            subject="Open to all",
            assignee_id=ANNA.id,
        ),
    )
    client = cluster.add_client(ANNA)
    client.blobs = blobs = BlobStore(client.folder / "blobs")
    sha256, mine = blobs.put(f"a file that is {WORD}".encode()), blobs.put(b"not sent yet")
    file = AttachmentFile(id=cluster.ids.new(), name="a.txt", media_type="text/plain", size=9, sha256=sha256)
    writes(cluster, HERE, f"Very {WORD}", file)
    writes(cluster, other, "Nothing special")
    cluster.settle()
    own = AttachmentFile(id="own", name="b.txt", media_type="text/plain", size=9, sha256=mine)
    draft = Draft(
        conversation_id=HERE,
        kind=DraftKind.REPLY,
        text="My words",
        files=(own,),
        updated_at=cluster.clock.now(),
    )
    Drafts(client.files.work).save(draft)
    assert len(bytes_with(client, WORD)) >= 2, "the control: rows, words and a file are here before"
    cluster.commit(loss)
    cluster.settle()
    cluster.check(client)
    assert Drafts(client.files.work).get(HERE, DraftKind.REPLY) == draft, "what one writes is one's own"
    assert blobs.has(mine)
    client.close()
    assert bytes_with(client, WORD) == []
    client.open()


def test_what_is_being_attached_stays_until_the_next_start(cluster: Cluster) -> None:
    assert cluster.commit(
        member(Role.AGENT, TEAM),
        SaveTeam(team_id=TEAM, name="Secret", private=True),
        SetTeam(conversation_id=HERE, team_id=TEAM),
    )
    client = cluster.add_client(ANNA)
    client.blobs = blobs = BlobStore(client.folder / "blobs")
    cluster.settle()
    attached, before = blobs.take(b"in no draft yet"), blobs.put(b"of long ago")
    cluster.commit(member(Role.AGENT))
    cluster.settle()
    assert (blobs.has(attached), blobs.has(before)) == (True, False)
    client.close()
    client.open()
    client.blobs = BlobStore(client.folder / "blobs")
    cluster.settle()
    assert not blobs.has(attached), "nothing came of it"


def test_what_stands_in_a_draft_goes_with_it(cluster: Cluster) -> None:
    assert cluster.commit(
        member(Role.AGENT, TEAM),
        SaveTeam(team_id=TEAM, name="Secret", private=True),
        SetTeam(conversation_id=HERE, team_id=TEAM),
    )
    client = cluster.add_client(ANNA)
    client.blobs = blobs = BlobStore(client.folder / "blobs")
    file = AttachmentFile(
        id="own", name="b.txt", media_type="text/plain", size=9, sha256=blobs.take(b"attached")
    )
    drafts = Drafts(client.files.work)
    drafts.save(
        Draft(
            conversation_id=HERE,
            kind=DraftKind.REPLY,
            text="My words",
            files=(file,),
            updated_at=cluster.clock.now(),
        )
    )
    cluster.settle()
    drafts.delete(HERE, DraftKind.REPLY)
    cluster.commit(member(Role.AGENT))
    cluster.settle()
    assert not blobs.has(file.sha256)
