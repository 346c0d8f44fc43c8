"""The state machine of lifecycle.py on the store in memory; test_store_agreement.py runs it on SQLite."""

from hypothesis import settings

from tests.properties.lifecycle import Lifecycle


class LifecycleInMemory(Lifecycle):
    """Whole lives on the store in memory."""


TestLifecycle = LifecycleInMemory.TestCase
TestLifecycle.settings = settings(max_examples=settings().max_examples // 2, stateful_step_count=40)
