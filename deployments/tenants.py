"""Reading and checking a tenant's deployment file. Every fault is named with file and line, all of them at once."""

from __future__ import annotations

import importlib
import pathlib
import typing
from collections.abc import Iterator
from typing import Any

import msgspec
import pydantic
from prefect import Flow
from prefect.client.schemas.schedules import CronSchedule
from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError
from ruamel.yaml.reader import ReaderError

from deployments import approvers, brands, clients, problems, reasons, same_rules
from tasks import connect, kept_secrets

_KEYS = {"name", "entrypoint", "description", "tags", "version", "parameters", "enforce_parameter_schema"}
_KEYS |= {"concurrency_limit", "work_pool", "schedules"}
_PART_KEYS = {
    "concurrency_limit": {"limit", "collision_strategy"},
    "work_pool": {"name", "work_queue_name", "job_variables"},
}
_SCHEDULE_KEYS = {"cron", "timezone", "slug", "parameters", "active", "max_scheduled_runs"}
_SCHEDULE_KEYS |= {"interval", "anchor_date", "rrule", "day_or"}
_FILE_KEYS = {"name", "prefect-version", "definitions", "deployments", "pull", "build", "push", "approvers"} | {"clients"}
_CLIENT_KEY = "{tenant}.poweroffice_client_key"
"""The client may give it on the gateway's connect page: then it lies in the ledger."""


class Deployment(msgspec.Struct, frozen=True, kw_only=True):
    """One checked deployment of a file."""

    name: str
    tenant: str
    flow: str


def check(file: pathlib.Path) -> list[Deployment]:
    """The deployments in a file, checked against the flows' parameters and the secrets that they need.

    Raises problems.TenantFileError with every fault: unknown keys, wrong values, unknown flows, secrets that are missing.
    """
    content = load(file)
    faults = list(_unknown_keys(file, content, _FILE_KEYS, "filen"))
    faults += [*approvers.check(file, content), *clients.check(file, content)]
    found: list[Deployment] = []
    parts = content.get("deployments") or []
    if not isinstance(parts, list):
        faults.append(problems.at(file, problems.line(content, "deployments"), "deployments er ingen liste."))
        parts = []
    for number, part in enumerate(parts):
        if isinstance(part, dict):
            faults += _check_deployment(file, part, found)
        else:
            said = f"Deployment nummer {number + 1} er ingen blokk med nøkler (fant {part!r})."
            faults.append(problems.at(file, problems.line_at(content, ("deployments", number)), said))
    faults += same_rules.check(file, parts)
    if not found and not faults:
        faults.append(problems.at(file, 1, "Filen har ingen deployments."))
    if faults:
        raise problems.TenantFileError(
            list(dict.fromkeys(faults))
        )  # what an anchor holds, stands wrong in every deployment that uses it
    return found


def load(file: pathlib.Path) -> Any:
    """The file's mapping. Raises problems.TenantFileError where it is none."""
    raw = file.read_bytes()
    try:
        content: Any = YAML(typ="rt").load(raw.decode("utf-8"))
    except UnicodeDecodeError as error:
        line, said = raw[: error.start].count(b"\n") + 1, "Filen er ikke UTF-8. Lagre den som UTF-8 i redigeringsprogrammet."
    except MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        said = f"Filen er ikke gyldig YAML: {error.problem}"
    except ReaderError as error:
        line, said = raw.decode()[: error.position].count("\n") + 1, f"Filen er ikke gyldig YAML: {error.reason}"
    except ValueError as error:  # a date or a number that is none; ruamel says no line
        line, said = 1, f"Filen er ikke gyldig YAML: {error}"
    else:
        if isinstance(content, dict):
            return content
        line, said = 1, "Filen er tom." if content is None else "Filen har ingen nøkler øverst, slik som deployments."
    raise problems.TenantFileError([problems.at(file, line, said)])


def _check_deployment(file: pathlib.Path, part: Any, found: list[Deployment]) -> Iterator[problems.Problem]:
    yield from _unknown_keys(file, part, _KEYS, f"deployment {part.get('name', '?')}")
    yield from _check_parts(file, part)
    flow = _find_flow(str(part.get("entrypoint", "")))
    if flow is None:
        yield problems.at(file, problems.line(part, "entrypoint"), f"Flyten {part.get('entrypoint')!r} finnes ikke.")
        return
    parameters = part.get("parameters") or {}
    if not isinstance(parameters, dict):
        yield problems.at(file, problems.line(part, "parameters"), f"parameters er ingen blokk (fant {parameters!r}).")
        return
    yield from _check_parameters(file, part, flow, parameters)
    yield from reasons.check(file, parameters)
    yield from brands.check(file, parameters)
    tenant = str(parameters.get("tenant", ""))
    for names in _find_secrets(flow, parameters):
        secret = next((name for name in names if kept_secrets.is_there(name.format(tenant=tenant))), names[0])
        try:
            kept_secrets.read(secret.format(tenant=tenant))
        except kept_secrets.SecretError as error:
            if secret == _CLIENT_KEY and connect.is_connected(tenant):
                continue
            yield problems.at(file, problems.line(parameters, "tenant"), str(error))
    found.append(Deployment(name=str(part.get("name", "")), tenant=tenant, flow=flow.name))


def _find_secrets(flow: Flow[..., Any], parameters: Any) -> Iterator[tuple[str, ...]]:
    """What the flow needs, and what these options ask for; one of each group is enough."""
    module = importlib.import_module(flow.fn.__module__)
    yield from ((name,) for name in getattr(module, "SECRETS", ()))
    if secrets_of := getattr(module, "secrets_of", None):
        try:
            yield from secrets_of(pydantic.TypeAdapter(_hints(flow)["options"]).validate_python(plain(parameters.get("options"))))
        except pydantic.ValidationError:
            return  # what is wrong with them is said already


def _check_parts(file: pathlib.Path, part: Any) -> Iterator[problems.Problem]:
    """What stands one level down: the limit, the pool and the schedules."""
    for name, known in _PART_KEYS.items():
        inner = part.get(name)
        if isinstance(inner, dict):
            yield from _unknown_keys(file, inner, known, name)
        elif inner is not None and not (name == "concurrency_limit" and type(inner) is int):
            yield problems.at(file, problems.line(part, name), f"{name} er ingen blokk med nøkler (fant {inner!r}).")
    schedules = part.get("schedules") or []
    if not isinstance(schedules, list):
        yield problems.at(file, problems.line(part, "schedules"), f"schedules er ingen liste (fant {schedules!r}).")
        return
    for number, schedule in enumerate(schedules):
        line = problems.line_at(part, ("schedules", number))
        if isinstance(schedule, dict):
            yield from _check_schedule(file, line, schedule)
        else:
            yield problems.at(file, line, f"Tidsplanen er ingen blokk med nøkler (fant {schedule!r}).")


def _check_schedule(file: pathlib.Path, line: int, schedule: Any) -> Iterator[problems.Problem]:
    yield from _unknown_keys(file, schedule, _SCHEDULE_KEYS, "tidsplanen")
    if not schedule.get("timezone"):
        said = "Tidsplanen mangler timezone, og ville gått i UTC. Skriv for eksempel timezone: Europe/Oslo."
        yield problems.at(file, line, said)
    kinds = [name for name in ("cron", "interval", "rrule") if schedule.get(name) is not None]
    if len(kinds) != 1:
        yield problems.at(file, line, "Tidsplanen må ha nøyaktig én av cron, interval og rrule.")
    elif kinds == ["cron"]:
        stated = {name: plain(schedule[name]) for name in ("cron", "timezone", "day_or") if schedule.get(name) is not None}
        try:
            CronSchedule.model_validate(stated)
        except pydantic.ValidationError as error:
            for fault in error.errors():
                key = str(fault["loc"][0])
                yield problems.at(file, problems.line(schedule, key), f"{key} i tidsplanen: {_said(fault)}")


def _find_flow(entrypoint: str) -> Flow[..., Any] | None:
    module, _, name = entrypoint.rpartition(".")
    if not module.startswith("flows."):
        return None
    try:
        flow = getattr(importlib.import_module(module), name, None)
    except ModuleNotFoundError:
        return None
    return flow if isinstance(flow, Flow) else None


def _check_parameters(file: pathlib.Path, part: Any, flow: Flow[..., Any], parameters: Any) -> Iterator[problems.Problem]:
    known = set(flow.parameters.properties)
    for name in parameters:
        if name not in known:
            yield problems.at(
                file,
                problems.line(parameters, name),
                message=f"Ukjent parameter {name!r}. Kjente: {_listed(known)}.",
            )
    for name in flow.parameters.required or []:
        if name not in parameters:
            yield problems.at(file, problems.line(part, "parameters"), f"Parameteren {name!r} mangler.")
    hints: dict[str, Any] = {name: (hint, ...) for name, hint in _hints(flow).items() if name in parameters}
    model = pydantic.create_model("Parameters", **hints)
    try:
        model.model_validate({name: plain(value) for name, value in parameters.items() if name in known})
    except pydantic.ValidationError as error:
        for fault in error.errors():
            where = ".".join(str(step) for step in fault["loc"])
            yield problems.at(file, problems.line_at(parameters, fault["loc"]), f"{where}: {_said(fault)}")


def _hints(flow: Flow[..., Any]) -> dict[str, Any]:
    hints = typing.get_type_hints(flow.fn, include_extras=True)
    hints.pop("return", None)
    return hints


def _said(fault: Any) -> str:
    if fault["type"] == "extra_forbidden":
        return "ukjent nøkkel"
    if fault["type"] == "missing":
        return "mangler"
    return f"{fault['msg']} (fant {fault['input']!r})"


def plain(value: Any) -> Any:
    """What stands in the file without where it stands."""
    if isinstance(value, dict):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, list):
        return [plain(item) for item in value]
    return str(value) if isinstance(value, str) else value


def _unknown_keys(file: pathlib.Path, part: Any, known: set[str], where: str) -> Iterator[problems.Problem]:
    for key in part:
        if key not in known:
            yield problems.at(file, problems.line(part, key), f"Ukjent nøkkel {key!r} i {where}. Kjente: {_listed(known)}.")


def _listed(names: set[str]) -> str:
    return ", ".join(sorted(names))
