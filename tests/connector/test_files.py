"""The connector's files are what Microsoft's schemas for connectors ask for, and fit together."""

from __future__ import annotations

import json
import re
import zlib

import pytest
from jsonschema import Draft4Validator, Draft7Validator

from tests.connector.files import CONNECTOR, DEFINITION, OFFERED, PROPERTIES, SCHEMAS, read
from tools.connector.icon import BRAND, SIZE, pixels
from tools.connector.swagger import HOST

NOBODY = "00000000-0000-0000-0000-000000000000"


@pytest.mark.parametrize(
    ("name", "schema", "validator"),
    [
        ("apiDefinition.swagger.json", "connector-definition", Draft4Validator),
        ("apiProperties.json", "connector-properties", Draft7Validator),
        ("settings.json", "connector-settings", Draft7Validator),
    ],
)
def test_the_files_are_valid(name: str, schema: str, validator: type[Draft4Validator] | type[Draft7Validator]) -> None:
    """Microsoft's own schemas for the files that are uploaded with them."""
    what_is_left = validator(read(SCHEMAS / f"{schema}.schema.json"))

    assert [] == [error.message for error in what_is_left.iter_errors(read(CONNECTOR / name))]


def test_the_settings_name_files_that_are_there() -> None:
    """They are the arguments of the upload."""
    settings = read(CONNECTOR / "settings.json")
    names = [settings[part] for part in ("apiProperties", "apiDefinition", "icon")]

    assert [] == [name for name in names if not (CONNECTOR / name).is_file()]


def test_whoever_installs_it_fills_in_the_tenant_the_registration_and_the_host() -> None:
    """Nothing of anybody's tenant is here, and no secret."""
    sign_in = PROPERTIES["connectionParameters"]["token"]["oAuthSettings"]
    parameters = {name: value["value"] for name, value in sign_in["customParameters"].items()}

    assert (NOBODY, f"api://{NOBODY}") == (sign_in["clientId"], sign_in["properties"]["AzureActiveDirectoryResourceId"])
    assert (NOBODY, f"api://{NOBODY}") == (parameters["tenantId"], parameters["resourceUri"])
    assert "clientSecret" not in sign_in
    assert HOST == DEFINITION["host"]


def test_pages_are_followed_through_the_connector() -> None:
    """The link to the next page is routed back for every operation that has pages, under its name."""
    pageable = {
        operation.id: operation.content["x-ms-pageable"]["nextLinkName"]
        for operation in OFFERED.values()
        if "x-ms-pageable" in operation.content
    }
    routed = {
        name: policy["parameters"]["x-ms-apimTemplateParameter.nextLinkPropertyName"]
        for policy in PROPERTIES["policyTemplateInstances"]
        if policy["templateId"] == "updatenextlink"
        for name in policy["parameters"]["x-ms-apimTemplate-operationName"]
    }

    assert {"ListRunRows": "@odata.nextLink", "ListRuns": "@odata.nextLink"} == pageable == routed


def test_the_icon_is_the_one_that_is_drawn() -> None:
    """A square PNG on the brand colour; pixels are compared, because packing differs between versions of zlib."""
    data, drawn = (CONNECTOR / "icon.png").read_bytes(), pixels()
    size = int.from_bytes(data[16:20]), int.from_bytes(data[20:24])
    unpacked = zlib.decompress(data.partition(b"IDAT")[2].rpartition(b"IEND")[0][:-8])
    row = 1 + 3 * SIZE

    assert ((SIZE, SIZE), b"\x89PNG") == (size, data[:4])
    assert drawn == [unpacked[start + 1 : start + row] for start in range(0, len(unpacked), row)]
    assert BRAND == PROPERTIES["iconBrandColor"] == "#" + drawn[0][:3].hex()


def test_the_readme_names_every_operation() -> None:
    """By the words that makers see."""
    readme = (CONNECTOR / "readme.md").read_text("utf-8")
    missing = [op.id for op in OFFERED.values() if f"\n| {op.content['summary']} |" not in readme]

    assert [] == missing


def test_the_readmes_blocks_for_function_keys_are_valid() -> None:
    """They take the place of those of the same names."""
    blocks = re.findall(r"```json\n(.*?)```", (CONNECTOR / "readme.md").read_text("utf-8"), re.DOTALL)
    security, parameters = (json.loads(block) for block in blocks)
    definition = {**DEFINITION, **security, "security": [{"api_key": []}]}
    properties = {"properties": {**PROPERTIES, **parameters}}

    for content, schema, validator in (
        (definition, "connector-definition", Draft4Validator),
        (properties, "connector-properties", Draft7Validator),
    ):
        what_is_left = validator(read(SCHEMAS / f"{schema}.schema.json"))
        assert [] == [error.message for error in what_is_left.iter_errors(content)]
