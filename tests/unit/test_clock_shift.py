"""Settings that no run may begin with; a run's clock may be wrong on purpose, with sandboxes only."""

from __future__ import annotations

import datetime as dt

import pytest

from tasks import clock, installation


def test_with_sandboxes_a_run_may_play_another_day(monkeypatch: pytest.MonkeyPatch) -> None:
    settings = installation.Installation(poweroffice_v1="http://127.0.0.1:1", clock_shift=-86_400)
    monkeypatch.setattr(installation, "current", lambda: settings)
    assert abs(clock.now() + dt.timedelta(days=1) - dt.datetime.now(dt.UTC)) < dt.timedelta(minutes=1)


@pytest.mark.parametrize("url", ["https://api.poweroffice.net", "http://127.0.0.1.example", "http://10.0.0.1", ""])
def test_with_anything_else_it_is_refused(url: str) -> None:
    with pytest.raises(ValueError, match="FAKTURABRO_CLOCK_SHIFT"):
        installation.Installation(poweroffice_v1=url, clock_shift=1)
    assert installation.Installation(poweroffice_v1=url).clock_shift == 0


@pytest.mark.parametrize("resolver", ["127.0.0.1:99999", "127.0.0.1:x", "dns.example:53"])
def test_a_name_server_that_cannot_be_asked_is_refused_at_once(resolver: str) -> None:
    with pytest.raises(ValueError, match=r"(?i)port|address"):
        installation.Installation(peppol="production", peppol_resolver=resolver)
