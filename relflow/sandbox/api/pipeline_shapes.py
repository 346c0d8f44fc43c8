"""Pipelines and jobs as GitLab shows them."""

from typing import Final

from relflow.sandbox.api.people_shapes import user_basic, user_public
from relflow.sandbox.api.repository_shapes import commit_basic
from relflow.sandbox.clock import iso, now, seconds_between
from relflow.sandbox.engine.site import Site
from relflow.sandbox.model.records import Job, Pipeline
from relflow.sandbox.model.statuses import Status

# Where GitLab's word for people differs from the status.
_TEXTS: Final = {
    Status.SUCCESS: "passed",
    Status.MANUAL: "blocked",
    Status.WAITING_FOR_RESOURCE: "waiting",
    Status.WAITING_FOR_CALLBACK: "waiting",
}
_RUNNER: Final[dict[str, object]] = {
    "id": 8,
    "description": "sandbox-runner",
    "ip_address": "127.0.0.1",
    "active": True,
    "paused": False,
    "is_shared": True,
    "runner_type": "instance_type",
    "name": "gitlab-runner",
    "online": True,
    "status": "online",
}


def pipeline_basic(site: Site, pipeline: Pipeline) -> dict[str, object]:
    """Show a pipeline as in lists and inside jobs."""
    return {
        "id": pipeline.id,
        "iid": pipeline.iid,
        "project_id": site.project.id,
        "sha": pipeline.sha,
        "ref": pipeline.ref,
        "status": pipeline.status,
        "source": pipeline.source,
        "created_at": iso(pipeline.created_at),
        "updated_at": iso(pipeline.updated_at),
        "web_url": f"{site.web_url}/-/pipelines/{pipeline.id}",
    }


def pipeline_detail(site: Site, pipeline: Pipeline) -> dict[str, object]:
    """Show one pipeline."""
    jobs = site.tables.jobs_of(pipeline.id)
    coverages = [job.coverage for job in jobs if job.coverage is not None]
    ended = pipeline.finished_at or now()
    duration = seconds_between(pipeline.started_at, ended if pipeline.finished_at else None)
    queued = seconds_between(pipeline.created_at, pipeline.started_at)
    return {
        **pipeline_basic(site, pipeline),
        "name": None,
        "before_sha": pipeline.before_sha,
        "tag": pipeline.tag,
        "yaml_errors": pipeline.yaml_errors,
        "user": user_basic(site, pipeline.user_id),
        "started_at": iso(pipeline.started_at),
        "finished_at": iso(pipeline.finished_at),
        "committed_at": None,
        "duration": None if duration is None else round(duration),
        "queued_duration": None if queued is None else round(queued),
        "coverage": f"{sum(coverages) / len(coverages):.2f}" if coverages else None,
        "detailed_status": detailed_status(site, pipeline),
        "archived": False,
    }


def detailed_status(site: Site, pipeline: Pipeline) -> dict[str, object]:
    """Show the status with the words and pictures of the pages."""
    warned = pipeline.status is Status.SUCCESS and any(
        job.allow_failure and job.status in (Status.FAILED, Status.CANCELED) for job in site.tables.jobs_of(pipeline.id)
    )
    text = "passed with warnings" if warned else _TEXTS.get(pipeline.status, pipeline.status.value)
    group = "success-with-warnings" if warned else pipeline.status.value.replace("_", "-")
    icon = "warning" if warned else pipeline.status.value.partition("_")[0]
    return {
        "icon": f"status_{icon}",
        "text": text.capitalize(),
        "label": text,
        "group": group,
        "tooltip": text,
        "has_details": True,
        "details_path": f"/{site.project.path}/-/pipelines/{pipeline.id}",
        "illustration": None,
        "favicon": f"/assets/ci_favicons/favicon_status_{pipeline.status}.png",
    }


def job_shape(site: Site, job: Job) -> dict[str, object]:
    """Show a job. Neither `when` nor the environment nor `retried` is in it, as in GitLab."""
    pipeline = site.tables.pipelines[job.pipeline_id]
    trace = site.trace(job.id)
    archive = _archive(site, job)
    artifacts = [_trace_artifact(trace.stat().st_size)] if job.is_complete and trace.exists() else []
    artifacts += [{"file_type": "archive", "file_format": "zip", **archive}] if archive else []
    failed = {"failure_reason": job.failure_reason or "unknown_failure"} if job.status is Status.FAILED else {}
    return {
        "id": job.id,
        "status": job.status,
        "stage": job.spec.stage,
        "name": job.name,
        "ref": pipeline.ref,
        "tag": pipeline.tag,
        "coverage": job.coverage,
        "allow_failure": job.allow_failure,
        "created_at": iso(job.created_at),
        "started_at": iso(job.started_at),
        "finished_at": iso(job.finished_at),
        "erased_at": None,
        "duration": _duration(job),
        "queued_duration": seconds_between(job.queued_at, job.started_at),
        "user": user_public(site, job.user_id),
        "commit": commit_basic(site, pipeline.sha),
        "pipeline": pipeline_basic(site, pipeline),
        **failed,
        "web_url": f"{site.web_url}/-/jobs/{job.id}",
        "project": {"ci_job_token_scope_enabled": False},
        **({"artifacts_file": archive} if archive else {}),
        "artifacts": artifacts,
        "runner": _RUNNER if job.started_at else None,
        "runner_manager": None,
        "artifacts_expire_at": iso(job.artifacts_expire_at),
        "archived": site.tables.settings.archived,
        "tag_list": [],
    }


def _archive(site: Site, job: Job) -> dict[str, object] | None:
    """Show what a job left; what has expired is gone, unless the project keeps that of each ref's last pipeline."""
    last = max(pipeline.id for pipeline in site.tables.pipelines if pipeline.ref == _ref(site, job))
    is_kept = site.tables.settings.keep_latest_artifact and job.pipeline_id == last
    expired = job.artifacts_expire_at is not None and job.artifacts_expire_at <= now()
    if job.archive_size is None or (expired and not is_kept):
        return None
    return {"filename": "artifacts.zip", "size": job.archive_size}


def _ref(site: Site, job: Job) -> str:
    return site.tables.pipelines[job.pipeline_id].ref


def _duration(job: Job) -> float | None:
    return seconds_between(job.started_at, job.finished_at or now())


def _trace_artifact(size: int) -> dict[str, object]:
    return {"file_type": "trace", "size": size, "filename": "job.log", "file_format": "raw"}


def status_shape(site: Site, job: Job) -> dict[str, object]:
    """Show a job as one status of its commit."""
    pipeline = site.tables.pipelines[job.pipeline_id]
    return {
        "id": job.id,
        "sha": pipeline.sha,
        "ref": pipeline.ref,
        "status": job.status,
        "name": job.name,
        "target_url": f"{site.web_url}/-/jobs/{job.id}",
        "description": None,
        "created_at": iso(job.created_at),
        "started_at": iso(job.started_at),
        "finished_at": iso(job.finished_at),
        "allow_failure": job.allow_failure,
        "coverage": job.coverage,
        "pipeline_id": pipeline.id,
        "author": user_basic(site, job.user_id),
    }


def report_summary(jobs: list[Job]) -> dict[str, object]:
    """Add up the test reports of a pipeline, one suite for each job that left one."""
    suites = [(job, job.suite) for job in jobs if job.suite is not None]
    counts = ("success_count", "failed_count", "skipped_count", "error_count")
    totals = {name.removesuffix("_count"): sum(getattr(suite, name) for _, suite in suites) for name in counts}
    return {
        "total": {
            "time": round(sum(suite.total_time for _, suite in suites), 6),
            "count": sum(suite.total_count for _, suite in suites),
            **totals,
            "suite_error": next((suite.suite_error for _, suite in suites if suite.suite_error), None),
        },
        "test_suites": [
            {
                "name": job.name,
                "total_time": suite.total_time,
                "total_count": suite.total_count,
                **{name: getattr(suite, name) for name in counts},
                "build_ids": [job.id],
                "suite_error": suite.suite_error,
            }
            for job, suite in suites
        ],
    }
