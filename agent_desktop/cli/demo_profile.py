"""Makes the demo workspace: a sample company with customers on every channel."""

from collections.abc import Callable

from agent_desktop.cli.desk import DEMO
from agent_desktop.cli.seeding import seed_profile
from agent_desktop.cli.staging import staged
from agent_desktop.demo.generator import DemoGenerator
from agent_desktop.domain.clock import Clock
from agent_desktop.domain.ids import IdSource
from agent_desktop.profile import Profile
from agent_desktop.store.blobs import BlobStore

CONVERSATIONS, SEED = 2_000, 1


def make_demo(
    profile: Profile,
    conversations: int,
    seed: int,
    clock: Clock,
    ids: IdSource,
    progress: Callable[[str], None] = lambda words: None,
) -> None:
    """Fill a new profile with the demo company as it is now. `progress` gets words to show."""
    generator = DemoGenerator(seed, conversations, clock.now())

    def say(rows: int, seconds: float) -> None:
        progress(f"{rows:,} rows after {seconds:.0f} s")

    blobs = BlobStore(profile.blobs)
    for file in generator.files():
        blobs.put(file.content)
    with staged(profile) as making:
        seed_profile(making, DEMO, generator.user_id, generator.batches(), clock, ids, say)
