"""What Prefect says of the run that this process is: its id, when it was to start, who started it, and where it logs."""

from __future__ import annotations

import datetime as dt
import logging

import prefect.context
from prefect.exceptions import MissingContextError
from prefect.logging import get_run_logger
from prefect.runtime import flow_run

from fakturabro.domain import calendar
from tasks import clock


def scheduled() -> dt.datetime:
    """When this run was to start, in Oslo. Without a server: now. Prefect's own kind of time goes no further than here."""
    context = prefect.context.FlowRunContext.get()
    expected = context.flow_run.expected_start_time if context and context.flow_run else None
    return dt.datetime.fromisoformat((expected or clock.now()).isoformat()).astimezone(calendar.OSLO)


def run_id() -> str:
    """Prefect's id of the run, and from the second attempt on which one it is: what a dead attempt left is not ours."""
    context = prefect.context.FlowRunContext.get()
    attempt = getattr(context.flow_run, "run_count", 1) if context and context.flow_run else 1
    known = str(flow_run.id or f"uten-prefect-{clock.now().timestamp():.6f}")
    return f"{known}.{attempt}" if attempt > 1 else known


def is_auto_scheduled() -> bool:
    """Whether a schedule started it, not a person."""
    context = prefect.context.FlowRunContext.get()
    return bool(context and context.flow_run and context.flow_run.auto_scheduled)


def logger() -> logging.Logger | logging.LoggerAdapter[logging.Logger]:
    """The run's logger in Prefect, or the process's own."""
    try:
        return get_run_logger()
    except MissingContextError:
        return logging.getLogger("fakturabro")
