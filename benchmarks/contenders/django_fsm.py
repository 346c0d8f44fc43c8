"""Django with django-fsm-2 and django-fsm-log: a model with a protected state, a log row for each transition."""

from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Any

import django
from django.conf import settings

from benchmarks.contenders.walk import PRAGMAS, STATES, WAYS, Move, Walk, Walker, changed

APPS = ["django.contrib.contenttypes", "django.contrib.auth", "django_fsm_log"]


def opened(folder: Path) -> Walker:
    """A migrated database, a user, and models of the columns that relflow keeps of releases and approvals."""
    options = {"init_command": ";".join(f"PRAGMA {each}" for each in ("journal_mode = WAL", *PRAGMAS))}
    options["transaction_mode"] = "IMMEDIATE"
    database = {"ENGINE": "django.db.backends.sqlite3", "NAME": folder / "django.db", "OPTIONS": options}
    settings.configure(INSTALLED_APPS=APPS, DATABASES={"default": database}, USE_TZ=True)
    django.setup()
    from django.contrib.auth.models import User
    from django.core.management import call_command
    from django.db import connection, transaction

    release, approval = _models()
    call_command("migrate", verbosity=0)
    with connection.schema_editor() as editor:
        editor.create_model(release)
        editor.create_model(approval)
    log: Any = import_module("django_fsm_log.models").StateLog.objects
    user = User.objects.create(username="anna")

    def move(one: Move, told: str, row: dict[str, Any], words: list[dict[str, Any]]) -> None:
        with transaction.atomic():
            if one.before is None:
                found = release.objects.create(**row)
                log.create(content_object=found, state=found.state, transition=one.trigger, by=user, description=told)
                return
            found = release.objects.get(version=one.after.version)
            getattr(found, one.trigger)(by=user, description=told)
            for name, value in row.items():
                setattr(found, name, value)
            found.save()
            for word in words:
                approval.objects.create(**word)

    def ready(walk: Walk) -> Callable[[], None]:
        moves = [(each, each.records, changed(each), each.approvals) for each in walk.moves]

        def make() -> None:
            for each in moves:
                move(*each)

        return make

    return ready


def _models() -> tuple[Any, Any]:
    from django.db import models
    from django_fsm import FSMField

    def texts(*names: str) -> dict[str, Any]:
        return {name: models.CharField(max_length=200, null=True) for name in names}

    def numbers(*names: str) -> dict[str, Any]:
        return {name: models.IntegerField(null=True) for name in names}

    release: dict[str, Any] = {
        "version": models.CharField(max_length=100, unique=True),
        "state": FSMField(default=STATES[0], protected=True),
        "closed": models.BooleanField(default=False),
        "evidence": models.TextField(),
        **texts("ref", "commit_sha", "title", "pipeline_url", "held_from", "created_by", "created_by_auth", "numbers"),
        **texts("created_at", "updated_at"),
        **numbers("revision", "row_version", "pipeline_id", "created_by_user_id"),
        **{trigger: _transition(trigger, *way) for trigger, way in WAYS.items()},
    }
    approval: dict[str, Any] = {
        **texts("environment", "decision", "given_by", "given_by_auth", "given_at", "commit_sha", "comment", "rule"),
        **numbers("place", "given_by_user_id", "revision", "pipeline_id", "tests"),
        "version": models.CharField(max_length=100, db_index=True),
    }
    common = {"__module__": __name__, "Meta": type("Meta", (), {"app_label": "auth"})}
    return (
        type("Release", (models.Model,), {**common, **release}),
        type("Approval", (models.Model,), {**common, **approval}),
    )


def _transition(name: str, source: str, target: str) -> Any:
    from django_fsm import transition
    from django_fsm_log.decorators import fsm_log_by, fsm_log_description

    def move(self: Any, by: Any = None, description: str | None = None) -> None: ...

    move.__name__ = name
    return fsm_log_by(fsm_log_description(transition(field="state", source=source, target=target)(move)))
