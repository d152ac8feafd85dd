"""What a check finds: errors with their place and what to do, warnings for what is doubtful."""

from __future__ import annotations

from pathlib import Path

import pytest

from marketplacer_callback.documents import Schema, validate_text

NODE = "query {name}($id: ID!) {{ node(id: $id) {{ __typename id {more} }} }}"


def advert(more: str) -> str:
    return NODE.format(name="Advert", more=more)


def messages(checked, severity):
    return [problem.message for problem in checked.problems if problem.severity == severity]


def test_a_problem_reads_as_place_severity_and_message(check_files, tmp_path):
    checked = check_files({"Advert.graphql": "query Advert($id: ID!) {\n  node(id: $id) {\n    titel\n  }\n}\n"})
    assert str(checked.problems[0]).startswith(
        f"{tmp_path / 'Advert.graphql'}:3:5: error: Cannot query field 'titel' on type 'Node'."
    )


def test_a_misspelt_field_gets_a_suggestion_and_the_hint_that_the_schema_is_a_subset(check_files):
    checked = check_files({"a.graphql": advert("... on Advert { titel }")})
    (message,) = messages(checked, "error")
    assert "Did you mean 'title'" in message
    assert message.endswith("`marketplacer-callback schema pull` gets the schema of your own instance.")
    assert "Advert" not in checked.documents


@pytest.mark.parametrize(
    "more",
    [
        "... on Advrt { title }",
        "... on Advert { images(frist: 3) { nodes { id } } }",
        "... on Advert { images { nodes { url(fit: Cropp) } } }",
    ],
)
def test_any_name_that_the_bundled_schema_lacks_gets_the_hint(check_files, more):
    (message,) = messages(check_files({"a.graphql": advert(more)}), "error")
    assert "schema pull" in message


def test_with_a_schema_of_ones_own_there_is_no_such_hint(check_files, bundled_schema: Schema):
    own = Schema(bundled_schema.graphql, Path("schema.graphqls"))
    (message,) = messages(check_files({"a.graphql": advert("... on Advert { titel }")}, schema=own), "error")
    assert "Did you mean 'title'" in message
    assert "schema pull" not in message


def test_a_misspelt_fragment_gets_a_suggestion(check_files):
    checked = check_files({"a.graphql": advert("...Prodct"), "b.graphql": "fragment Product on Advert { id }"})
    assert messages(checked, "error") == ["Unknown fragment 'Prodct'. Did you mean 'Product'?"]


def test_a_fragment_in_a_file_with_a_syntax_error_is_not_reported_as_unknown(check_files, tmp_path):
    checked = check_files({"a.graphql": advert("...Product"), "b.graphql": "fragment Product on Advert {\n  id\n"})
    (error,) = checked.errors
    assert (error.path, error.line, error.column) == (tmp_path / "b.graphql", 3, 1)
    assert error.message.startswith("syntax error: ")
    assert "Advert" not in checked.documents


def test_an_error_in_a_shared_fragment_is_reported_once_and_leaves_out_only_who_reaches_it(check_files, tmp_path):
    checked = check_files(
        {
            "a.graphql": advert("...Part"),
            "b.graphql": NODE.format(name="Variant", more="... on Variant { advert { ...Part } }"),
            "c.graphql": NODE.format(name="Seller", more=""),
            "shared.graphql": "fragment Part on Advert {\n  titel\n}",
        }
    )
    (error,) = checked.errors
    assert (error.path, error.line, error.column) == (tmp_path / "shared.graphql", 2, 3)
    assert list(checked.documents) == ["Seller"]


def test_a_fragment_that_nobody_uses_is_checked_too(check_files):
    checked = check_files({"a.graphql": "fragment Part on Advert { titel }"})
    assert "'titel'" in messages(checked, "error")[0]
    assert check_files({"a.graphql": "fragment Part on Advert { title }"}).problems == ()


def test_an_operation_without_a_name_is_an_error(check_files):
    checked = check_files({"a.graphql": "query($id: ID!) { node(id: $id) { __typename id } }"})
    assert messages(checked, "error") == ["this query has no name; documents are found by name"]


def test_a_piece_of_a_schema_is_an_error(check_files):
    assert "part of a schema" in messages(check_files({"a.graphql": "type Advert { id: ID! }"}), "error")[0]


def test_a_subscription_is_an_error(check_files):
    checked = check_files({"a.graphql": "subscription News { anything }"})
    assert "no subscriptions" in messages(checked, "error")[0]
    assert not checked.documents


def test_a_default_document_that_does_not_fetch_its_object_is_an_error(check_files):
    checked = check_files({"a.graphql": "query Order($id: ID!) { order(orderId: $id) { id } }"})
    (message,) = messages(checked, "error")
    assert message.startswith("Order is the default document of the type Order, but it has no root field node(id: $id)")
    assert not checked.documents


@pytest.mark.parametrize(
    "text",
    [
        "query Advert($id: ID!) { node(id: $id) @include(if: true) { __typename id } }",
        "query Advert($id: ID!) { ... @skip(if: false) { node(id: $id) { __typename id } } }",
        "query Advert($id: ID!) { ...R @skip(if: false) } fragment R on Query { node(id: $id) { __typename id } }",
    ],
)
def test_a_default_document_that_may_leave_its_object_out_is_an_error(check_files, text):
    checked = check_files({"a.graphql": text})
    (message,) = messages(checked, "error")
    assert "node(id: $id) is under @skip or @include" in message
    assert not checked.documents


@pytest.mark.parametrize("more", ["... on Seller { phone }", "...P } } fragment P on DeletedSeller { updatedAt #"])
def test_a_default_document_that_reads_nothing_of_its_type_is_an_error(check_files, more):
    text = f"query Advert($id: ID!) {{ node(id: $id) {{ __typename id {more}\n }} }}".replace("#\n } }", "}")
    checked = check_files({"a.graphql": text})
    (message,) = messages(checked, "error")
    assert "Advert is the default document of the type Advert, which is never" in message
    assert not checked.documents


def test_a_list_or_a_mutation_under_another_name_is_fine(check_files):
    checked = check_files(
        {
            "a.graphql": "query Sellers($after: String) { allSellers(first: 500, after: $after) { totalCount } }",
            "b.graphql": "mutation Publish($id: ID!) { advertDelete(input: {id: $id}) { status } }",
        }
    )
    assert checked.problems == ()
    assert {name: document.kind for name, document in checked.documents.items()} == {
        "Sellers": "query",
        "Publish": "mutation",
    }
    assert not checked.documents["Sellers"].fetchable
    assert checked.documents["Publish"].single == checked.documents["Publish"].text


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (advert("... on Seller { phone } ... on Advert { title }"), "which is never Seller"),
        (
            advert("...Part ... on Advert { title }") + " fragment Part on DeletedSeller { updatedAt }",
            "which is never DeletedSeller",
        ),
        (advert("... on Advert { variants(first: 501) { totalCount } }"), "a page of 501 is over the 500"),
        (advert("... on Invoice { id } ... on Advert { taxon { id } }"), "The field Advert.taxon is deprecated."),
        ("query Advert($id: ID!) { node(id: $id) { id } }", "__typename should be selected"),
        ("query Advert($id: ID!) { node(id: $id) { __typename } }", "id should be selected"),
        ("query Advert($id: ID!) { node(id: $id) { key: id } }", "__typename and id should be selected"),
        (
            "query Advert($key: ID!) { node(id: $key) { __typename id } }",
            "the variable of the id is $key; by convention it is $id",
        ),
        (
            "query Advert($id: ID!, $n: Boolean = true) { node(id: $id) { __typename id @include(if: $n) } }",
            "$n is never given a value",
        ),
        (
            "query Advert($id: ID!) { node(id: $id) { __typename id } apiKeyPrincipal { name } }",
            "not batchable, one request an object: it has more than one root field",
        ),
    ],
)
def test_what_is_doubtful_is_a_warning_and_the_document_can_be_used(check_files, text, words):
    checked = check_files({"a.graphql": text})
    assert checked.ok
    assert list(checked.documents) == ["Advert"]
    assert any(words in message for message in messages(checked, "warning"))


@pytest.mark.parametrize(
    "more",
    [
        "... on UnpublishedAdvert { updatedAt } ... on DeletedAdvert { updatedAt }",
        "... on Node { id }",
        "... { id }",
        "... on Advert { variants(first: 500) { totalCount } images(first: -1) { totalCount } }",
    ],
)
def test_what_can_come_is_no_warning(check_files, more):
    assert check_files({"a.graphql": advert(more)}).problems == ()


def test_the_id_may_be_selected_inside_of_a_fragment(check_files):
    text = "query Advert($id: ID!) { node(id: $id) { ...A } } fragment A on Advert { ... on Node { __typename id } }"
    assert check_files({"a.graphql": text}).problems == ()


def test_fragments_in_a_circle_are_an_error(check_files):
    text = advert("...A") + " fragment A on Advert { ...B } fragment B on Advert { ...A }"
    assert any("Cannot spread fragment" in message for message in messages(check_files({"a.graphql": text}), "error"))


@pytest.mark.parametrize(
    "text", ["{a" * 20_000, "query A { a(b: " + "[" * 20_000, advert("... { " * 400 + "id" + "}" * 400)]
)
def test_a_bomb_of_braces_is_a_problem_and_nothing_worse(check_files, bundled_schema, text):
    for problem in (*check_files({"a.graphql": text}).errors, *validate_text(text, bundled_schema, Path("a"))):
        assert "nested too deeply" in problem.message or "Cannot query" in problem.message


def test_problems_come_in_the_order_of_their_places(check_files):
    checked = check_files({"b.graphql": "{", "a.graphql": advert("zzz\nyyy"), "c/a.graphql": "{"})
    places = [(problem.path, problem.line, problem.column) for problem in checked.problems]
    assert places == sorted(places)
    assert len(places) == 4


def test_one_file_alone_may_hold_an_operation_without_a_name(bundled_schema: Schema):
    problems = validate_text("query($id: ID!) { node(id: $id) { __typename id } }", bundled_schema, Path("q.graphql"))
    assert [str(problem) for problem in problems] == [
        "q.graphql:1:1: warning: this operation has no name; documents are found by name"
    ]
