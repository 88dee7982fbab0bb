"""Articles are found by what people ask, not by exact words: measured on public questions with known answers."""

import gzip
import json
from pathlib import Path

from agent_desktop.context import Desk
from agent_desktop.domain.ids import Id
from agent_desktop.domain.knowledge import ArticleState
from agent_desktop.domain.operations.knowledge import SaveArticle

MEAN_RECIPROCAL_RANK, AMONG_FIVE = 0.83, 0.93


def _lines(path: Path) -> list[dict[str, object]]:
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        return [json.loads(line) for line in lines]


def test_questions_find_their_articles(desk: Desk, shared_data: Path) -> None:
    ids: dict[object, Id] = {}
    articles = []
    for line in _lines(shared_data / "kb" / "stackfaq_articles.jsonl.gz"):
        ids[line["id"]] = desk.ids.new()
        articles.append(
            SaveArticle(
                article_id=ids[line["id"]],
                base_revision=0,
                title=str(line["title"]).strip(),
                body=str(line["body"]),
                state=ArticleState.PUBLIC,
            )
        )
    assert desk.apply.many(articles) == []
    ranks = []
    for line in _lines(shared_data / "kb" / "stackfaq_queries.jsonl.gz"):
        found = [hit.article.id for hit in desk.knowledge.find_articles(str(line["query"]), 10)]
        relevant = line["relevant"]
        assert isinstance(relevant, list)
        wanted = {ids[name] for name in relevant}
        ranks.append(next((rank for rank, row_id in enumerate(found, 1) if row_id in wanted), 0))
    assert sum(1 / rank for rank in ranks if rank) / len(ranks) >= MEAN_RECIPROCAL_RANK
    assert sum(0 < rank <= 5 for rank in ranks) / len(ranks) >= AMONG_FIVE


def test_an_archived_article_is_not_offered(desk: Desk) -> None:
    for title, state in (("Lost parcels", ArticleState.ARCHIVED), ("Parcels abroad", ArticleState.PUBLIC)):
        desk.apply(
            SaveArticle(
                article_id=desk.ids.new(), base_revision=0, title=title, body="About parcels.", state=state
            )
        )
    assert [hit.article.title for hit in desk.knowledge.find_articles("parc")] == ["Parcels abroad"]
