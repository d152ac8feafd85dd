"""Which files of a queries folder count, and what two definitions of one name do."""

from __future__ import annotations

from pathlib import Path

import pytest

from marketplacer_callback.documents import Schema, check, load_schema

ADVERT = "query Advert($id: ID!) { node(id: $id) { __typename id ...Product } }"
PRODUCT = "fragment Product on Advert { title }"


def named(name: str) -> str:
    return f"query {name}($id: ID!) {{ node(id: $id) {{ __typename id }} }}"


def test_an_operation_finds_its_fragments_in_other_files(check_files, tmp_path):
    checked = check_files({"Advert.graphql": ADVERT, "deep/er/shared.graphql": PRODUCT})
    assert checked.problems == ()
    document = checked.documents["Advert"]
    assert document.fragments == ("Product",)
    assert (document.path, document.line) == (tmp_path / "Advert.graphql", 1)


def test_a_document_is_sent_with_only_the_fragments_that_it_reaches(check_files):
    checked = check_files(
        {
            "a.graphql": ADVERT + PRODUCT + "fragment Unused on Advert { code }",
            "b.graphql": named("Seller") + " fragment Loose on Seller { phone }",
        }
    )
    assert checked.ok
    assert checked.documents["Advert"].fragments == ("Product",)
    assert "Unused" not in checked.documents["Advert"].text
    assert checked.documents["Seller"].fragments == ()


def test_hidden_files_and_other_endings_are_not_read(check_files):
    checked = check_files(
        {
            "Advert.graphql": named("Advert"),
            ".hidden.graphql": "{",
            ".git/x.graphql": "{",
            "notes.md": "{",
            "schema.graphqls": "type Query { a: Int }",
        }
    )
    assert checked.problems == ()
    assert list(checked.documents) == ["Advert"]


@pytest.mark.parametrize(("role", "other"), [("operator", "seller"), ("seller", "operator")])
def test_the_folder_of_the_other_role_is_not_read(check_files, role, other):
    checked = check_files(
        {f"{role}/Invoice.graphql": named("Invoice"), f"{other}/Invoice.graphql": "broken {"}, role=role
    )
    assert checked.problems == ()
    assert checked.documents["Invoice"].path.parent.name == role


def test_only_a_folder_at_the_top_belongs_to_a_role(check_files):
    checked = check_files({"extra/seller/Invoice.graphql": named("Invoice")}, role="operator")
    assert list(checked.documents) == ["Invoice"]


@pytest.mark.parametrize(
    ("what", "text"), [("operation Advert", named("Advert")), ("fragment Product", ADVERT + "\n" + PRODUCT)]
)
def test_a_name_given_twice_is_an_error_that_names_both_places(check_files, tmp_path, what, text):
    second = PRODUCT if "fragment" in what else text
    checked = check_files({"a.graphql": text, "b.graphql": "\n " + second})
    (error,) = checked.errors
    assert (error.path, error.line, error.column) == (tmp_path / "b.graphql", 2, 2)
    assert error.message.startswith(f"{what} is here and at {tmp_path / 'a.graphql'}:")
    assert "Advert" not in checked.documents


def test_a_document_without_part_in_a_double_name_can_be_used(check_files):
    checked = check_files(
        {"a.graphql": PRODUCT, "b.graphql": PRODUCT, "c.graphql": named("Seller"), "d.graphql": ADVERT}
    )
    assert list(checked.documents) == ["Seller"]


def test_a_missing_folder_is_an_error_and_an_empty_one_a_warning(tmp_path: Path, bundled_schema: Schema):
    missing = check(tmp_path / "no", role="operator", schema=bundled_schema)
    assert not missing.ok
    assert missing.problems[0].path == tmp_path / "no"
    empty = check(tmp_path, role="operator", schema=bundled_schema)
    assert empty.ok
    assert "no *.graphql file" in str(empty.problems[0])


def test_a_file_of_comments_alone_is_a_warning(check_files):
    checked = check_files({"a.graphql": "# later\n"})
    assert checked.ok
    assert "no operation and no fragment" in checked.problems[0].message


def test_a_file_that_is_not_utf8_is_an_error(tmp_path: Path, bundled_schema: Schema):
    (tmp_path / "a.graphql").write_bytes(b"query \xff")
    checked = check(tmp_path, role="operator", schema=bundled_schema)
    assert [problem.message for problem in checked.errors] == ["this file is not UTF-8 text"]


def test_a_byte_order_mark_does_no_harm(tmp_path: Path, bundled_schema: Schema):
    (tmp_path / "a.graphql").write_text(named("Advert"), encoding="utf-8-sig")
    assert list(check(tmp_path, role="operator", schema=bundled_schema).documents) == ["Advert"]


def test_the_digest_follows_the_text_and_the_fragments_but_not_comments_or_files(check_files):
    first = check_files({"a.graphql": ADVERT, "b.graphql": PRODUCT}).documents["Advert"].digest
    assert len(first) == 16
    int(first, 16)
    commented = check_files({"b.graphql": "# why\n" + PRODUCT.replace("{ title }", "{\n  title,\n}")})
    assert commented.documents["Advert"].digest == first
    moved = check_files({"a.graphql": PRODUCT + "\n" + ADVERT, "b.graphql": ""})
    assert moved.documents["Advert"].digest == first
    edited = check_files({"a.graphql": ADVERT, "b.graphql": PRODUCT.replace("title", "title code")})
    assert edited.documents["Advert"].digest != first


def test_a_set_of_documents_is_a_mapping_by_name(check_files):
    documents = check_files({"a.graphql": named("Advert"), "b.graphql": named("Seller")}).documents
    assert set(documents) == {"Advert", "Seller"}
    assert documents.get("Order") is None
    assert repr(documents) == "DocumentSet(Advert, Seller)"


def test_a_schema_of_ones_own_is_loaded_from_its_file(tmp_path: Path):
    path = tmp_path / "schema.graphqls"
    path.write_text("interface Node { id: ID! } type Query { node(id: ID!): Node }")
    schema = load_schema(path)
    assert schema.path == path
    assert not schema.bundled
