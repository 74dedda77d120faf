"""What the Prefect UI can show: its time-line has a font without ø, so that "Følg betalingene" is "Flg betalingene" there."""

from __future__ import annotations

import importlib
import pkgutil

from prefect import Task

import tasks


def test_the_names_of_tasks_can_be_read_on_the_time_line() -> None:
    modules = [importlib.import_module(one.name) for one in pkgutil.walk_packages(tasks.__path__, "tasks.")]
    names = {thing.name for module in modules for thing in vars(module).values() if isinstance(thing, Task)}
    assert len(names) > 40
    assert [name for name in names if not name.isascii()] == []
