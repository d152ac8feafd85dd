"""The documents that come with the package."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from graphql import (
    FieldNode,
    FragmentDefinitionNode,
    GraphQLObjectType,
    OperationDefinitionNode,
    TypeInfo,
    TypeInfoVisitor,
    Visitor,
    get_named_type,
    is_leaf_type,
    parse,
    print_ast,
    visit,
)

from marketplacer_callback.bundled import default_queries
from marketplacer_callback.documents import Checked, Document, DocumentSet, Role, Schema, check, load_schema
from marketplacer_callback.documents.reach import selected
from marketplacer_callback.documents.rewrite import node_field
from marketplacer_callback.typenames import WEBHOOK_TYPES

ROLES: tuple[Role, Role] = ("operator", "seller")
SCHEMA = load_schema(None)
CHECKED: dict[Role, Checked] = {role: check(default_queries(), role=role, schema=SCHEMA) for role in ROLES}
OPERATOR: DocumentSet = CHECKED["operator"].documents
SELLER: DocumentSet = CHECKED["seller"].documents


def type_of(document: Document) -> str:
    return "Variant" if document.name == "VariantInventory" else document.name


def fields_on(document: Document, typename: str) -> set[str]:
    """The fields that a document selects of its own object, if that is of this type."""
    ast = parse(document.text)
    operation = next(node for node in ast.definitions if isinstance(node, OperationDefinitionNode))
    fragments = {node.name.value: node for node in ast.definitions if isinstance(node, FragmentDefinitionNode)}
    field = node_field(operation, fragments)
    assert field is not None
    assert field.selection_set is not None
    own = {"id", "__typename"}
    for part in selected(field.selection_set, fragments):
        if not isinstance(part, FieldNode) and part.type_condition and part.type_condition.name.value == typename:
            own |= {
                inner.name.value
                for inner in selected(part.selection_set, fragments)
                if isinstance(inner, FieldNode) and inner.alias is None
            }
    return own


def selections_of(document: Document, path: str) -> set[str]:
    """The response keys below a path of field names, over all types that it may lead to."""
    ast = parse(document.text)
    operation = next(node for node in ast.definitions if isinstance(node, OperationDefinitionNode))
    fragments = {node.name.value: node for node in ast.definitions if isinstance(node, FragmentDefinitionNode)}
    levels = [operation.selection_set]
    for name in path.split("."):
        fields = [part for level in levels for part in selected(level, fragments) if isinstance(part, FieldNode)]
        levels = [field.selection_set for field in fields if field.name.value == name and field.selection_set]
    return {part.name.value for level in levels for part in selected(level, fragments) if isinstance(part, FieldNode)}


@pytest.mark.parametrize("role", ROLES)
def test_they_have_no_problem_against_the_bundled_schema(role: Role) -> None:
    assert CHECKED[role].problems == ()


@pytest.mark.parametrize("role", ROLES)
def test_they_have_no_problem_against_the_published_schema(role: Role, shared: Path) -> None:
    published = load_schema(shared / "marketplacer/schema-2023.graphqls")
    assert check(default_queries(), role=role, schema=published).problems == ()


def test_there_is_one_for_each_type_with_webhooks_and_for_what_is_followed_through_them() -> None:
    assert set(OPERATOR) == {*WEBHOOK_TYPES, "VariantInventory", "Order", "Remittance"}
    assert set(SELLER) == set(OPERATOR) - {"Order"}


@pytest.mark.parametrize("document", [*OPERATOR.values(), *SELLER.values()], ids=lambda document: document.name)
def test_each_can_be_fetched_in_batches_and_is_in_a_file_of_its_name(document: Document) -> None:
    assert document.batched is not None
    assert document.path.stem == document.name


@pytest.mark.parametrize("document", [*OPERATOR.values(), *SELLER.values()], ids=lambda document: document.name)
def test_each_has_one_named_fragment_for_its_model(document: Document) -> None:
    ast = parse(document.text)
    operation = print_ast(next(node for node in ast.definitions if isinstance(node, OperationDefinitionNode)))
    model = document.fragments[0]
    assert f"__typename\n    id\n    ...{model}\n" in operation
    fragment = next(
        node for node in ast.definitions if isinstance(node, FragmentDefinitionNode) and node.name.value == model
    )
    assert fragment.type_condition.name.value == type_of(document)


class Reached(Visitor):
    """The names of all types that a document can meet."""

    def __init__(self, info: TypeInfo) -> None:
        super().__init__()
        self.info, self.names = info, set[str]()

    def enter_field(self, *_: object) -> None:
        for kind in (self.info.get_parent_type(), self.info.get_type()):
            assert kind is not None
            self.names.add(get_named_type(kind).name)


def types_reached(document: Document, schema: Schema) -> set[str]:
    info = TypeInfo(schema.graphql)
    reached = Reached(info)
    visit(parse(document.text), TypeInfoVisitor(info, reached))
    return reached.names


@pytest.mark.parametrize("document", SELLER.values(), ids=lambda document: document.name)
def test_a_document_for_sellers_never_reaches_an_order(document: Document) -> None:
    assert not {name for name in types_reached(document, SCHEMA) if name.startswith("Order")}


def test_the_operators_invoice_has_its_order() -> None:
    assert "Order" in types_reached(OPERATOR["Invoice"], SCHEMA)
    assert {"id", "legacyId", "externalIds", "address"} <= selections_of(OPERATOR["Invoice"], "node.order")


FACTS = re.compile(r"^type (\w+) implements Node \{(.*?)\}", re.MULTILINE | re.DOTALL)
FIELD = re.compile(r"(\w+)(?:\([^)]*\))?: ([\[\]\w!]+)( @dep)?")


def facts(shared: Path) -> dict[str, set[str]]:
    """Scalars and enums by type, as the facts of the platform list them; deprecated ones left out."""
    section = (shared / "marketplacer/facts.md").read_text().split("\n## 6.")[1].split("\n## 7.")[0]
    found: dict[str, set[str]] = {}
    for typename, body in FACTS.findall(section):
        kind = SCHEMA.graphql.type_map[typename]
        assert isinstance(kind, GraphQLObjectType)
        found[typename] = {
            name
            for name, _, dep in FIELD.findall(body)
            if not dep and is_leaf_type(get_named_type(kind.fields[name].type))
        }
    return found


def test_each_scalar_of_the_facts_is_selected_by_the_default_document_of_its_type(shared: Path) -> None:
    listed = facts(shared)
    checked = 0
    for documents in (OPERATOR, SELLER):
        for typename in listed.keys() & documents.keys():
            assert listed[typename] - fields_on(documents[typename], typename) == set(), typename
            checked += len(listed[typename])
    assert checked > 200


def test_lines_and_amendments_come_whole_with_their_invoice(shared: Path) -> None:
    listed = facts(shared)
    for role in ROLES:
        invoice = CHECKED[role].documents["Invoice"]
        assert listed["LineItem"] <= selections_of(invoice, "node.lineItems")
        assert listed["InvoiceAmendment"] <= selections_of(invoice, "node.amendments")


@pytest.mark.parametrize("documents", [OPERATOR, SELLER], ids=ROLES)
@pytest.mark.parametrize(
    ("name", "path", "keys"),
    [
        ("RefundRequest", "node", {"status", "totalCents"}),
        ("RefundRequest", "node.lineItems", {"id", "status"}),
        ("Invoice", "node", {"statusFlags", "lineItems", "seller", "externalIds", "metadata"}),
        ("RemittanceAdvice", "node", {"paidAt", "totalCents"}),
        ("VariantInventory", "node", {"countOnHand", "infiniteQuantity", "sku"}),
        ("Advert", "node.details", {"id", "title", "variants", "updatedAt"}),
        ("Advert", "node.variants.nodes", {"id", "sku", "countOnHand", "lowestPriceCents"}),
        ("Seller", "node", {"businessName", "emailAddress", "externalIds"}),
    ],
)
def test_the_common_tasks_find_what_they_read(documents: DocumentSet, name: str, path: str, keys: set[str]) -> None:
    assert keys <= selections_of(documents[name], path)


def test_an_advert_that_is_not_published_or_deleted_has_an_id_and_a_time() -> None:
    assert fields_on(OPERATOR["Advert"], "UnpublishedAdvert") >= {"id", "updatedAt", "details"}
    assert fields_on(OPERATOR["Advert"], "DeletedAdvert") >= {"id", "updatedAt"}
    assert fields_on(OPERATOR["Seller"], "DeletedSeller") >= {"id", "updatedAt"}


def test_stock_does_not_change_with_an_edit_that_leaves_it_alone() -> None:
    assert "updatedAt" not in selections_of(OPERATOR["VariantInventory"], "node")
