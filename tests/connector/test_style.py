"""The house style of Power Platform connectors: names, summaries, descriptions, visibility, typed answers.

Facts: "Coding standards" and "String guidelines" for connectors (learn.microsoft.com/connectors/custom-connectors).
"""

from __future__ import annotations

import re
from collections import Counter

import pytest

from tests.connector.files import DEFINITION, OFFERED, Json, Offered, definition, properties_within

VERBS = (
    *("List", "Create", "Enable", "Disable", "Get", "Delete", "Update", "Set", "Start", "Approve", "Reject"),
    *("Choose", "Answer", "Forget", "Download", "Undo", "On"),
)
EACH = pytest.mark.parametrize("operation", OFFERED.values(), ids=OFFERED)


def with_texts(operation: Offered) -> list[tuple[str, Json]]:
    """Every parameter, property of a body and property of an answer: all that a maker sees."""
    parameters = operation.content["parameters"]
    seen = [(parameter["name"], parameter) for parameter in parameters if parameter["name"] != "body"]
    seen += [found for parameter in operation.parameters("body") for found in properties_within(parameter["schema"])]
    for response in operation.content["responses"].values():
        seen += properties_within(definition(response.get("schema", {})))
    return seen


def test_the_connector_is_titled_as_connectors_are() -> None:
    """Short, without the words that every connector could carry."""
    info = DEFINITION["info"]

    assert len(info["title"]) <= 30
    assert not re.search("API|Connector|Power", info["title"])
    assert 30 <= len(info["description"]) <= 500


def test_no_two_paths_differ_in_the_names_of_parameters_only() -> None:
    """OpenAPI 2.0 takes them for one path and refuses the file."""
    shapes = Counter(re.sub(r"\{[^}]*\}", "{}", path) for path in DEFINITION["paths"])

    assert {1} == set(shapes.values())


@EACH
def test_operations_are_named_and_described(operation: Offered) -> None:
    """PascalCase that begins with a verb; a summary in sentence case; a description that says more."""
    summary, description = operation.content["summary"], operation.content["description"]

    assert re.fullmatch(f"({'|'.join(VERBS)})[A-Za-z]+", operation.id)
    assert re.fullmatch(r"[A-Z][^/]{1,78}[^.!?:]", summary)
    assert summary.casefold().rstrip(".") != description.casefold().rstrip(".")
    assert description.endswith(".")


@EACH
def test_whatever_makers_see_has_a_title_and_a_description(operation: Offered) -> None:
    """Titles in title case, descriptions as sentences of another wording."""
    for name, content in with_texts(operation):
        title, description = content["x-ms-summary"], content["description"]
        assert all(word[0].isupper() for word in title.split() if word != "or"), name
        assert description.endswith("."), name
        assert title.casefold() != description.casefold().rstrip("."), name


@EACH
def test_what_makers_do_not_see_has_a_value(operation: Offered) -> None:
    """An internal parameter is sent without anybody filling it in."""
    for parameter in operation.content["parameters"]:
        is_polled = parameter["name"] == "since" and "x-ms-trigger" in operation.content
        if parameter.get("x-ms-visibility") == "internal" and not is_polled:
            assert (True, True) == (parameter["required"], "default" in parameter)
        if parameter["required"] and parameter["in"] != "body":
            assert parameter.get("x-ms-visibility") != "advanced"


@EACH
def test_answers_are_typed(operation: Offered) -> None:
    """Each success but an empty one has its form, each refusal the form of errors, and nothing hides behind default."""
    responses = operation.content["responses"]

    assert "default" not in responses
    assert {"200", "201", "204"} & set(responses)
    assert {"400", "401", "403", "503"} <= set(responses)
    for status, response in responses.items():
        if status.startswith("2"):
            assert (status == "204") == ("schema" not in response), status
        else:
            assert {"$ref": "#/definitions/ErrorAnswer"} == response["schema"], status


def test_nothing_is_defined_that_is_not_used() -> None:
    """A definition without a reference would be a leftover."""
    used = set(re.findall(r"#/definitions/(\w+)", str(DEFINITION)))

    assert used == set(DEFINITION["definitions"])
