"""Settings: safe defaults, all complaints at once, values never repeated."""

from __future__ import annotations

import pytest

from shared.core.export.directory_source import SOURCES, is_trusted
from shared.core.run.safety_limits import SafetyLimits
from shared.core.values.errors import PermanentError
from shared.core.values.states import Policy, ProtectAdmins
from shared.read_settings import FORMER_NAMES, read_settings

ID = "1b2c3d4e-0000-4000-8000-00000000000a"
IDS = ("PROTECTED_IDS", "PROTECTED_GROUP_ID", "PILOT_GROUP_ID", "PROTECTED_ROLES", "API_CLIENT_ID", "AZURE_CLIENT_ID")


@pytest.mark.parametrize(("text", "codes"), [("1;49", (1, 49)), ("+44", (44,)), ("", ())])
def test_calling_codes_are_read(text: str, codes: tuple[int, ...]) -> None:
    """With and without their plus."""
    assert codes == read_settings({"ALLOWED_CALLING_CODES": text}).allowed_calling_codes


@pytest.mark.parametrize("text", ["DE", "999", "1,49"])
def test_what_is_no_calling_code_is_a_settings_error(text: str) -> None:
    """A mistyped code would allow nobody, or somebody else."""
    with pytest.raises(PermanentError, match="ALLOWED_CALLING_CODES"):
        read_settings({"ALLOWED_CALLING_CODES": text})


REFERENCE = "@Microsoft.KeyVault(VaultName=kv-example;SecretName=value-index-key)"


@pytest.mark.parametrize("text", ["x" * 31, REFERENCE, REFERENCE.replace("VaultName", "SecretUri")])
def test_a_reference_that_was_not_resolved_is_no_secret(text: str) -> None:
    """App Service passes on a reference that it cannot resolve, and everybody could compute with that text."""
    with pytest.raises(PermanentError, match="VALUE_INDEX_KEY"):
        read_settings({"VALUE_INDEX_KEY": text})
    assert read_settings({"VALUE_INDEX_KEY": "x" * 32}).value_index_key


def test_nothing_set_gives_the_safe_first_day() -> None:
    """Merge, no removals, administrators protected, the gate's own defaults."""
    settings = read_settings({})

    assert (Policy.MERGE, False, ProtectAdmins.ALL) == (
        settings.on_existing,
        settings.allow_removals,
        settings.protect_admins,
    )
    assert SafetyLimits() == settings.safety_limits()


def test_an_empty_value_is_not_set() -> None:
    """Deployment templates write empty strings for values that were not chosen."""
    assert read_settings({}) == read_settings({"DEFAULT_REGION": "", "MAX_ROWS": "", "PROTECTED_IDS": ""})


def test_lists_and_column_maps() -> None:
    """Semicolons divide, blanks do not matter."""
    settings = read_settings(
        {"PROTECTED_IDS": f"{ID}; Root@Contoso.example ;", "COLUMN_MAP": "Handy=mobile; Büro = office"}
    )

    assert (ID, "root@contoso.example") == settings.protected_ids
    assert {"Handy": "mobile", "Büro": "office"} == settings.columns_by_header()


def test_every_complaint_is_made_at_once_and_no_value_is_repeated() -> None:
    """An operator corrects everything in one go; a mistyped secret does not reach the log."""
    wrong = {"MAX_UPDATE_SHARE": "3", "SMALL_SET": "secret-text", "DEFAULT_REGION": "usa", "COLUMN_MAP": "Handy=cell"}

    with pytest.raises(PermanentError) as refused:
        read_settings(wrong)

    assert "invalidSettings" == refused.value.code
    assert [] == [name for name in wrong if name not in refused.value.message]
    assert "secret-text" not in refused.value.message


@pytest.mark.parametrize(("former", "name"), FORMER_NAMES.items())
def test_a_setting_is_read_by_its_former_name(former: str, name: str) -> None:
    """An upgrade needs no change of settings; the same value under both names is no contradiction."""
    value = "0.25" if name.endswith("_SHARE") else "7"
    expected = read_settings({name: value})

    assert expected == read_settings({former: value})
    assert expected == read_settings({former: value, name: value})
    assert read_settings({}) != expected


@pytest.mark.parametrize(("former", "name"), FORMER_NAMES.items())
def test_a_setting_with_two_values_is_complained_of_by_both_names(former: str, name: str) -> None:
    """Which of two values is meant is for the administrator to say; other complaints come with it."""
    with pytest.raises(PermanentError) as refused:
        read_settings({former: "1", name: "0.5", "DEFAULT_REGION": "usa"})

    assert "invalidSettings" == refused.value.code
    assert f"{name}: should not differ from its former name {former}" in refused.value.message
    assert "DEFAULT_REGION" in refused.value.message


@pytest.mark.parametrize(
    ("setting", "value", "complaint"),
    [
        ("EXPORTS_CONTAINER", "ab", "should be 3 to 63 lower-case letters"),
        ("EXPORTS_CONTAINER", "a" * 64, "should be 3 to 63 lower-case letters"),
        ("EXPORTS_CONTAINER", "HR-exports", "should be 3 to 63 lower-case letters"),
        ("EXPORTS_CONTAINER", "hr--exports", "should be 3 to 63 lower-case letters"),
        ("EXPORTS_CONTAINER", "hr-exports-", "should be 3 to 63 lower-case letters"),
        ("PLAN_QUEUE", "a" * 57, "should be 3 to 56 lower-case letters"),
        ("PLAN_QUEUE", "plan_user", "should be 3 to 56 lower-case letters"),
        ("ROWS_TABLE", "hr-rows", "should be a letter and 2 to 62 more"),
        ("ROWS_TABLE", "1rows", "should be a letter and 2 to 62 more"),
        ("ROWS_TABLE", "a" * 64, "should be a letter and 2 to 62 more"),
        ("QUARANTINE_CONTAINER", "hr-exports", "should not be the same as EXPORTS_CONTAINER"),
        ("NOTIFY_QUEUE", "plan-user", "should not be the same as PLAN_QUEUE"),
        ("PEOPLE_TABLE", "rOWS", "should not be the same as ROWS_TABLE"),
    ],
)
def test_names_that_storage_would_refuse_or_that_stand_for_two_things(setting: str, value: str, complaint: str) -> None:
    """Results written among the exports would be read as exports; the service's own words name no setting."""
    with pytest.raises(PermanentError, match=f"{setting}: .*{complaint}"):
        read_settings({setting: value})


@pytest.mark.parametrize(
    ("setting", "value"), [("EXPORTS_CONTAINER", "a" * 63), ("PLAN_QUEUE", "1-" * 27 + "ab"), ("ROWS_TABLE", "a" * 63)]
)
def test_the_longest_names(setting: str, value: str) -> None:
    """Each at its limit; a queue's poison queue has a name of seven characters more."""
    assert value in read_settings({setting: value}).model_dump().values()


@pytest.mark.parametrize(
    ("value", "folders"),
    [("hr", ("hr",)), ("hr, payroll/monthly ,", ("hr", "payroll/monthly")), ("/hr/;de", ("hr", "de")), (" , ", ())],
)
def test_folders_of_exports(value: str, folders: tuple[str, ...]) -> None:
    """Commas or semicolons divide; slashes and blanks around a folder do not matter."""
    assert folders == read_settings({"EXPORT_FOLDERS": value}).export_folders


@pytest.mark.parametrize("value", ["preview", "hr,FULL/hr", "a//b", ".hidden"])
def test_folders_that_would_be_taken_for_something_else(value: str) -> None:
    """A marker, a hidden folder or an empty part is complained of."""
    with pytest.raises(PermanentError, match="EXPORT_FOLDERS"):
        read_settings({"EXPORT_FOLDERS": value})


@pytest.mark.parametrize("name", ["RECONCILE_SCHEDULE", "DIRECTORY_SCHEDULE", "READINESS_SCHEDULE", "SWEEP_SCHEDULE"])
def test_a_schedule_that_azure_would_refuse_is_refused(name: str) -> None:
    """Azure would not start the timers of the app, and say so only in its log."""
    with pytest.raises(PermanentError) as refused:
        read_settings({name: "0 0 2 * * 7"})

    assert f"{name}: " in refused.value.message
    assert "has an invalid day of the week: it should be 0 to 6, or a name" in refused.value.message
    assert "0 0 2 * * 1" == getattr(read_settings({name: "0 0 2 * * 1"}), name.lower())


@pytest.mark.parametrize("name", IDS)
@pytest.mark.parametrize(
    "text",
    [
        f"{ID},{ID}",
        f"{ID} {ID}",
        f"{{{ID}}}",
        f"({ID})",
        f'"{ID}"',
        ID.replace("-", ""),
        f"urn:uuid:{ID}",
        f"{ID}1",
        ID[:-1],
        "00000000-0000-0000-0000-000000000000",
        "Administrators",
        "root@",
        "@contoso.example",
        "root@contoso.example,ceo@contoso.example",
        "root@contoso.example ceo@contoso.example",
        "<root@contoso.example>",
        "r\N{CYRILLIC SMALL LETTER O}ot@contoso.example",
        "root@contoso",
    ],
)
def test_an_id_is_an_id_or_a_settings_error(name: str, text: str) -> None:
    """What protects no account is never taken for a protection."""
    with pytest.raises(PermanentError) as refused:
        read_settings({name: text})
    assert name in refused.value.message
    assert text not in refused.value.message


@pytest.mark.parametrize("name", IDS)
def test_ids_are_read_in_any_case(name: str) -> None:
    """Stored and compared in lower case; a user principal name only where accounts are listed."""
    assert ID in getattr(read_settings({name: f" {ID.upper()} "}), name.lower())
    upn = {name: "Root.O'Neil_contoso.com#EXT#@contoso.onmicrosoft.com"}
    if name == "PROTECTED_IDS":
        assert ("root.o'neil_contoso.com#ext#@contoso.onmicrosoft.com",) == read_settings(upn).protected_ids
    else:
        with pytest.raises(PermanentError):
            read_settings(upn)


@pytest.mark.parametrize(
    ("text", "which"),
    [
        ("all", ProtectAdmins.ALL),
        ("true", ProtectAdmins.ALL),
        ("True", ProtectAdmins.ALL),
        ("1", ProtectAdmins.ALL),
        ("privileged", ProtectAdmins.PRIVILEGED),
        ("Privileged", ProtectAdmins.PRIVILEGED),
        ("false", ProtectAdmins.NONE),
        ("0", ProtectAdmins.NONE),
    ],
)
def test_who_of_the_administrators_is_protected(text: str, which: ProtectAdmins) -> None:
    """What version 0.1.0 read as a switch keeps its meaning."""
    assert which is read_settings({"PROTECT_ADMINS": text}).protect_admins


@pytest.mark.parametrize("text", ["none", "some", "all;privileged", "tru"])
def test_no_other_word_switches_the_protection_off(text: str) -> None:
    """A mistyped value is an error, never less protection."""
    with pytest.raises(PermanentError):
        read_settings({"PROTECT_ADMINS": text})


def test_profile_fields_are_not_trusted_unless_named() -> None:
    """The extension attributes are by default, all together or one by one."""
    extension = "onPremisesExtensionAttributes.extensionAttribute7"
    default = read_settings({}).directory_trusted
    assert {source for source in SOURCES if is_trusted(source, default)} == {
        source for source in SOURCES if source.startswith("onPremises")
    }
    named = read_settings({"DIRECTORY_TRUSTED": f"{extension}; mobilePhone"}).directory_trusted
    assert {extension, "mobilePhone"} == {source for source in SOURCES if is_trusted(source, named)}
    for wrong in ("displayName", "extensionAttribute7", "mobilePhone,otherMails"):
        with pytest.raises(PermanentError):
            read_settings({"DIRECTORY_TRUSTED": wrong})


@pytest.mark.parametrize(
    ("name", "value"),
    [("EMAIL_METHODS", "true"), ("COLUMN_MAP", "Private mail=email"), ("SMS_SIGN_IN", "enable")],
)
def test_what_the_cloud_lacks_is_refused(name: str, value: str) -> None:
    """Graph in China has neither e-mail methods nor SMS sign-in; elsewhere the same setting is accepted."""
    with pytest.raises(PermanentError) as refused:
        read_settings({"GRAPH_CLOUD": "china", name: value})

    setting = "EMAIL_METHODS" if name == "COLUMN_MAP" else name
    assert f"{setting} asks for what Graph does not offer in the cloud china" in refused.value.message
    assert read_settings({"GRAPH_CLOUD": "usgov", name: value}).offered.email_methods


@pytest.mark.parametrize(("cloud", "has_day"), [("global", True), ("usgov", False), ("china", False)])
def test_only_the_public_cloud_has_a_day_on_which_delivery_ends(cloud: str, *, has_day: bool) -> None:
    """PHONE_RETIREMENT_DATE is that of the public cloud, and may be absent."""
    assert has_day == (read_settings({"GRAPH_CLOUD": cloud}).delivery().first_day_without is not None)
    assert read_settings({"PHONE_RETIREMENT_DATE": "none"}).delivery().first_day_without is None


def test_a_day_that_is_none_is_a_settings_error() -> None:
    with pytest.raises(PermanentError, match="PHONE_RETIREMENT_DATE"):
        read_settings({"PHONE_RETIREMENT_DATE": "next February"})
