"""Lets others be faster than the user of a demo, so that pictures show what happens then."""

import threading
from dataclasses import replace
from datetime import timedelta

from agent_desktop.context import Desk
from agent_desktop.domain.operations.knowledge import SaveArticle
from agent_desktop.domain.operations.message import ReceiveMessage, Reply
from agent_desktop.services.sync_status import SyncStatus
from sync.server.embedded import EmbeddedServer

ABOUT = "replacement kettle"
ARTICLE = "parcel"
ANSWER = "Hi Amelia,\nthe carrier has lost your parcel, I am sorry. A new kettle leaves today."
NEWS = "It has just arrived, the neighbour had it all along! Please do not send another one."
_PATIENCE = 20.0
"""Seconds for the exchange that tells what became of it."""


def meddle(desk: Desk) -> None:
    """The user saves an article and answers offline; a colleague saves the article and the customer writes meanwhile.

    When this returns the article is refused and the reply is held.
    """
    server = EmbeddedServer(desk.profile.server_db, desk.clock, desk.ids)
    told = threading.Event()

    def listen(status: SyncStatus) -> None:
        if desk.sync.online and not status.waiting:
            told.set()

    desk.sync.set_online(False)
    try:
        save, reply, news = _save(desk), *_reply(desk)
        desk.apply(replace(save, body=f"**Only for parcels inside the EU.**\n\n{save.body}"))
        desk.apply(reply)
        server.backend.store.commit(
            [replace(save, body=f"**Ask a team lead above 120 euros.**\n\n{save.body}"), news]
        )
    finally:
        server.stop()
        desk.sync.subscribe(listen)
        desk.sync.set_online(True)
    told.wait(_PATIENCE)


def _save(desk: Desk) -> SaveArticle:
    article = desk.knowledge.find_articles(ARTICLE, 1)[0].article
    return SaveArticle(
        article_id=article.id,
        base_revision=article.revision,
        title=article.title,
        body=article.body,
        state=article.state,
        locale=article.locale,
        category=article.category,
        url=article.url,
        external_id=article.external_id,
    )


def _reply(desk: Desk) -> tuple[Reply, ReceiveMessage]:
    conversation_id = desk.search.search(ABOUT).hits[0].conversation_id
    card = desk.conversations.card(conversation_id)
    assert card is not None
    choice = desk.composer.channels(conversation_id)[0]
    reply = Reply(
        conversation_id=conversation_id,
        message_id=desk.ids.new(),
        channel_id=choice.channel.id,
        text=ANSWER,
        to=choice.to[:1],
        seen_in=card.conversation.last_in_id,
        seen_out=card.conversation.last_out_id,
    )
    news = ReceiveMessage(
        conversation_id=conversation_id,
        message_id=desk.ids.new(),
        customer_id=card.customer.id,
        channel_id=choice.channel.id,
        text=NEWS,
        sent_at=desk.clock.now() + timedelta(seconds=1),
    )
    return reply, news
