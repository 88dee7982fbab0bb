"""Articles and canned responses come in once, and never over what somebody has written since."""

import gzip
import json
from pathlib import Path

from agent_desktop.domain.knowledge import Article, ArticleState, Audience, CannedResponse
from agent_desktop.domain.operations.knowledge import SaveArticle
from agent_desktop.services.importing.report import ItemKind
from agent_desktop.services.importing.texts import DIFFERS
from tests.services.targets import Target


def test_markdown_with_and_without_a_head(target: Target, tmp_path: Path) -> None:
    folder = tmp_path / "in" / "Delivery"
    folder.mkdir(parents=True)
    head = '---\ntitle: "Late: what now?"\nlocale: de\nstate: public\n---\n\n'
    (folder / "late.md").write_text(head + "# Kopf\n\nText", "utf-8")
    (folder / "lost.md").write_text("# Lost parcels\n\nAsk the carrier.", "utf-8")
    (folder / "door-to-door.md").write_text("Just text.", "utf-8")
    (folder / "empty.md").write_text("---\ntitle: Nothing\n---\n", "utf-8")
    report = target.run(tmp_path / "in")
    assert report.added == {ItemKind.ARTICLE: 3}
    assert [item.sentence for item in report.skipped] == ["The article has no text."]
    articles = {row.title: row for row in target.rows(Article)}
    late, lost = articles["Late: what now?"], articles["Lost parcels"]
    assert (late.locale, late.state, late.body) == ("de", ArticleState.PUBLIC, "# Kopf\n\nText")
    assert (lost.body, lost.state) == ("Ask the carrier.", ArticleState.INTERNAL)
    assert articles["Door to door"].category == "Delivery"
    assert target.run(tmp_path / "in").nothing_new


def test_what_was_edited_since_is_left_alone(target: Target, tmp_path: Path) -> None:
    path = tmp_path / "lost.md"
    path.write_text("# Lost\n\nOld text", "utf-8")
    target.run(path)
    (article,) = target.rows(Article)
    target.desk.apply(SaveArticle(article_id=article.id, base_revision=1, title="Lost", body="Better text"))
    report = target.run(path)
    assert report.nothing_new
    assert [item.sentence for item in report.skipped] == [DIFFERS]
    (article,) = target.rows(Article)
    assert article.body == "Better text"


def test_articles_as_records(target: Target, shared_data: Path, tmp_path: Path) -> None:
    source = tmp_path / "kb.jsonl"
    with gzip.open(shared_data / "kb" / "rho_articles.jsonl.gz", "rt", encoding="utf-8") as file:
        source.write_text("".join(line for line, _ in zip(file, range(50), strict=False)), "utf-8")
    assert target.run(source).added == {ItemKind.ARTICLE: 50}
    assert target.run(source).nothing_new


def test_canned_responses(target: Target, tmp_path: Path) -> None:
    path = tmp_path / "canned.json"
    responses = [
        {"shortcut": "/hello you", "title": "Greeting", "body": "Hi {{ customer.first_name }}"},
        {"short_code": "mine", "content": "For me", "audience": "personal"},
        {"shortcut": "team", "body": "For us", "audience": "team"},
    ]
    path.write_text(json.dumps(responses, indent=2), "utf-8")
    assert target.run(path).added == {ItemKind.CANNED_RESPONSE: 3}
    found = {row.shortcut: row for row in target.rows(CannedResponse)}
    assert found["hello-you"].title == "Greeting"
    assert (found["mine"].audience, found["mine"].owner_id) == (Audience.PERSONAL, target.desk.user_id)
    assert found["team"].audience is Audience.WORKSPACE
    assert target.run(path).nothing_new
