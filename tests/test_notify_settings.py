"""Addresses of notifications are checked at the start, and no complaint repeats them."""

from __future__ import annotations

import pytest

from shared.core.values.errors import PermanentError
from shared.notify_settings import ReceiverKind
from shared.read_settings import read_settings

KEY = "k" * 32
REFERENCE = "@Microsoft.KeyVault(VaultName=kv-example;SecretName=notify-urls)"


def test_kinds_are_told_by_their_prefix() -> None:
    """What follows `teams=` gets cards; the signature in an address is part of it."""
    urls = "teams=https://flow.example/a?sig=1&sv=2; https://receiver.example/hook?teams=no"
    teams, other = read_settings({"NOTIFY_URLS": urls, "NOTIFY_KEY": KEY}).notify_urls
    assert (ReceiverKind.TEAMS, "https://flow.example/a?sig=1&sv=2") == (teams.kind, teams.url.get_secret_value())
    assert (2, ReceiverKind.JSON) == (other.number, other.kind)
    assert teams.key != other.key


@pytest.mark.parametrize(
    "url",
    [
        *("http://receiver.example/canary", "ftp://receiver.example/canary", "canary", "https:///canary"),
        *(
            "https://user:canary@receiver.example/",
            "https://receiver.example:canary/",
            "HTTP://receiver.example/canary",
        ),
        *("https://récepteur.example/canary", "teams=http://flow.example/canary", "https://receiver.example:0/canary"),
        *("https://outlook.office.com/webhook/canary", "teams=https://contoso.webhook.office.com/canary"),
    ],
)
def test_what_cannot_be_sent_to_is_a_settings_error(url: str) -> None:
    """The complaint names the place of the address, not the address."""
    given = {"NOTIFY_URLS": f"https://receiver.example/;{url}", "NOTIFY_KEY": KEY}
    with pytest.raises(PermanentError, match="entry 2") as refused:
        read_settings(given)
    assert "canary" not in f"{refused.value!r} {refused.value.remedy}"


@pytest.mark.parametrize("prefix", ["", "teams="])
def test_an_address_is_given_once(prefix: str) -> None:
    """As two kinds of receiver either: what one confirms would count for both."""
    given = {"NOTIFY_URLS": f"https://a.example/;https://canary.example/; {prefix}https://canary.example/"}
    with pytest.raises(PermanentError, match="entry 3 is the URL of entry 2") as refused:
        read_settings({**given, "NOTIFY_KEY": KEY})
    assert "canary" not in f"{refused.value!r} {refused.value.remedy}"


@pytest.mark.parametrize("key", ["", "canary"])
def test_signed_json_needs_a_long_key(key: str) -> None:
    """A short one could be guessed."""
    with pytest.raises(PermanentError, match="NOTIFY_KEY") as refused:
        read_settings({"NOTIFY_URLS": "https://receiver.example/", "NOTIFY_KEY": key})
    assert "canary" not in repr(refused.value)
    assert read_settings({"NOTIFY_URLS": "teams=https://flow.example/"}).notify_urls


@pytest.mark.parametrize(
    "secret", ["whsec_", "whsec_canary", f"whsec_{'QUJD' * 7}", f"whsec_{'QUJD' * 22}", f"whsec_{'QUJD' * 8} canary!"]
)
def test_a_secret_of_standard_webhooks_has_its_form(secret: str) -> None:
    """A library would refuse it, or make another key of it."""
    with pytest.raises(PermanentError, match="24 to 64 bytes after whsec_") as refused:
        read_settings({"NOTIFY_URLS": "https://receiver.example/", "NOTIFY_KEY": secret})
    assert "canary" not in f"{refused.value!r} {refused.value.remedy}"


def test_the_key_is_what_the_secret_stands_for() -> None:
    """From 24 to 64 bytes; any other long text is the key itself."""
    for secret, key in (
        (f"whsec_{'QUJD' * 8}", b"ABC" * 8),
        (f"whsec_{'QUJD' * 21}QQ==", b"ABC" * 21 + b"A"),
        (KEY, KEY.encode()),
    ):
        assert key == read_settings({"NOTIFY_URLS": "https://receiver.example/", "NOTIFY_KEY": secret}).signing_key()


def test_secrets_are_not_shown() -> None:
    """Not in the text of the settings either, which an error may quote."""
    settings = read_settings({"NOTIFY_URLS": "https://receiver.example/canary", "NOTIFY_KEY": f"canary{KEY}"})
    assert "canary" not in f"{settings!r} {settings} {settings.notify_urls}"


def test_a_reference_that_was_not_resolved_does_not_stop_the_app() -> None:
    """Runs do not depend on notifications; the doctor says it."""
    settings = read_settings({"NOTIFY_URLS": REFERENCE, "NOTIFY_KEY": REFERENCE})
    (address,) = settings.notify_urls
    assert not settings.is_resolved(address)
    (signed,) = read_settings({"NOTIFY_URLS": "https://receiver.example/", "NOTIFY_KEY": REFERENCE}).notify_urls
    assert ReceiverKind.JSON is signed.kind


def test_local_receivers_are_for_one_machine() -> None:
    """In Azure the setting is refused, whatever else is set."""
    local = {"NOTIFY_URLS": "teams=http://127.0.0.1:8000/", "NOTIFY_LOCAL": "true"}
    assert read_settings(local).notify_local
    with pytest.raises(PermanentError, match="NOTIFY_LOCAL"):
        read_settings({**local, "WEBSITE_SITE_NAME": "func-example"})


def test_links_lead_to_the_console() -> None:
    """To the run, or to the doctor's findings where no run is meant."""
    settings = read_settings({"WEBSITE_HOSTNAME": "func.example"})
    run = "20261129T120000Z-0123456789"
    assert f"https://func.example/console/runs/{run}" == settings.link_of(run)
    assert "https://func.example/console/health" == settings.link_of("")
    assert "" == read_settings({}).link_of(run)
