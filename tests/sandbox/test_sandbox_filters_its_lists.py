"""Each argument of each root list selects what the schema says of it."""

from __future__ import annotations

from typing import Any

import pytest

from marketplacer_callback.sandbox import Sandbox
from marketplacer_callback.sandbox.data.store import Record, Store


@pytest.fixture(scope="module")
def market() -> Sandbox:
    """A small market whose objects differ in what they are filtered by."""
    sandbox = Sandbox(adverts=12)
    store = sandbox.store
    for typename in ("Order", "Order", "RefundRequest", "RefundRequest", "RefundRequest"):
        sandbox.create(typename)
    paid = {one["seller"]["id"] for one in store.all("RemittanceAdvice")}
    sandbox.create("RemittanceAdvice", seller=next(one["id"] for one in store.all("Seller") if one["id"] not in paid))
    for typename, id_, fields in _differences(store):
        store.change(typename, id_, **fields)
    order, amended = store.all("Order")[0], store.all("Invoice")[0]
    amendment = store.add("InvoiceAmendment", invoice=amended, order=order, remittedAt="2024-07-01T00:00:00Z")
    later = store.add("InvoiceAmendment", invoice=store.all("Invoice")[1], order=order, remittedAt=None)
    store.change("InvoiceAmendment", later["id"], createdAt="2999-01-01T00:00:00.000Z")
    advice = store.all("RemittanceAdvice")[0]
    store.add(
        "Remittance",
        seller=amended["seller"],
        invoice=None,
        invoiceAmendment=amendment,
        amountCents=-250,
        released=False,
        pendingReasons=["pending_release"],
        remittanceAdvice=None,
    )
    action = store.add("RemittanceAction", destination="xero", remittanceAdvice=advice, remittanceEvents=[])
    action |= {"createdAt": "2024-08-01T00:00:00Z", "completedAt": "2024-08-02T00:00:00Z"}
    store.change("RemittanceAdvice", advice["id"], remittanceActions=[action])
    store.add("ShippingOption", name="Anywhere", type="flat", description="Of the marketplace", seller=None)
    package = store.add("CommissionPackage", name="Abroad", rate="8.0", default=False, appliesToPostage=True)
    store.change("Seller", store.all("Seller")[1]["id"], commissionPackage=package)
    return sandbox


def _differences(store: Store) -> list[tuple[str, str, Record]]:
    adverts, sellers, invoices = store.all("Advert"), store.all("Seller"), store.all("Invoice")
    refunds, brands, taxons = store.all("RefundRequest"), store.all("Brand"), store.all("Taxon")
    changes: list[tuple[str, Record, Record]] = [
        *(("Advert", one, {"brand": brands[0], "taxon": taxons[1], "taxonNullable": taxons[1]}) for one in adverts),
        ("Advert", adverts[0], {"title": "Blue whale", "brand": brands[1], "isFeatured": True, "year": 1999}),
        (
            "Advert",
            adverts[1],
            {"requiresVetting": True, "vetted": False, "taxon": taxons[2], "taxonNullable": taxons[2]},
        ),
        ("Advert", adverts[2], {"vettingRejected": True, "vettingRejectedReason": "Blurred", "displayable": False}),
        ("Advert", adverts[3], {"catalogRulesErrors": [{"errorMessage": "No", "fieldName": "title", "objectId": "1"}]}),
        ("Advert", adverts[4], {"createdAt": "2023-01-01T00:00:00Z"}),
        *(("Variant", one, {"countOnHand": 5, "infiniteQuantity": False}) for one in store.all("Variant")),
        *(("Variant", one, {"countOnHand": 0}) for one in adverts[5]["variants"]),
        ("Variant", adverts[6]["variants"][0], {"infiniteQuantity": True, "countOnHand": 0, "barcode": "42-B"}),
        ("Variant", adverts[7]["variants"][0], {"countOnHand": 90, "sku": "RED-SHOE"}),
        *(("Seller", one, {"accountType": "RETAILER", "slaRating": None}) for one in sellers),
        ("Seller", sellers[0], {"accountType": "PRIVATE", "slaRating": 4.5, "businessName": "Zebra & Sons"}),
        ("Seller", sellers[1], {"emailAddress": "hello@quagga.example", "slaRating": 2.0, "businessName": "Aardvark"}),
        (
            "Invoice",
            invoices[0],
            {"statusFlags": ["PAID", "READY"], "status": "READY", "paidAt": "2024-06-01T10:00:00Z"},
        ),
        (
            "Invoice",
            invoices[1],
            {"remittedAt": "2024-06-02T00:00:00Z", "buyerFirstName": "Ottoline", "buyerSurname": "Quist"},
        ),
        ("Invoice", invoices[2], {"buyerEmailAddress": "Ottoline@example.org"}),
        ("Invoice", invoices[3], {"paidAt": "2999-01-01T00:00:00.000Z"}),
        ("RefundRequest", refunds[0], {"status": "DENIED"}),
        ("RefundRequest", refunds[1], {"status": "AWAITING"}),
    ]
    return [(typename, record["id"], fields) for typename, record, fields in changes]


def listed(market: Sandbox, field: str, **variables: Any) -> list[int]:
    """The legacy ids that a root list answers, all pages' worth."""
    found = market.executor.run(_document(market, field, variables), variables, None, market.request())
    assert "errors" not in found, found["errors"]
    ids = [node["id"] for node in found["data"][field]["nodes"]]
    return [market.store.get(id_)["legacyId"] for id_ in ids]  # type: ignore[index]


def _document(market: Sandbox, field: str, variables: dict[str, Any]) -> str:
    query = market.executor.schema.query_type
    assert query is not None
    types = {name: query.fields[field].args[name].type for name in variables}
    declared = ", ".join(f"${name}: {type_}" for name, type_ in types.items())
    given = ", ".join(f"{name}: ${name}" for name in variables)
    head = f"query({declared})" if declared else "query"
    return f"{head} {{ {field}(first: 500, {given}) {{ nodes {{ ... on Node {{ id }} }} }} }}"


def ids(market: Sandbox, typename: str, *numbers: int) -> list[str]:
    return [market.store.all(typename)[number - 1]["id"] for number in numbers]


EVERY = list(range(1, 13))


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        ({}, []),
        ({"vetted": False, "requiresVetting": False, "retailerIds": [], "title": None}, []),
        ({"legacyIds": [3, 1, 99]}, [1, 3]),
        ({"title": "Blue whale"}, [1]),
        ({"title": "whale"}, []),
        ({"q": "whale BLUE"}, [1]),
        ({"q": "12"}, [12]),
        ({"idTitleSkuBarcode": "red-sho"}, [8]),
        ({"idTitleSkuBarcode": "42-b"}, [7]),
        ({"variantSkus": ["RED-SHOE", "none"]}, [8]),
        ({"variantBarcodes": ["42-B"]}, [7]),
        ({"requiresVetting": True}, [2]),
        ({"rejectedViaVetting": True}, [3]),
        ({"withVettingRejectedReason": True}, [3]),
        ({"vetted": True}, [one for one in EVERY if one != 2]),
        ({"status": "FEATURED"}, [1]),
        ({"status": "NOT_DISPLAYED"}, [3]),
        ({"status": "DISPLAYED"}, [one for one in EVERY if one != 3]),
        ({"stockStatus": "OUT_OF_STOCK"}, [6]),
        ({"stockStatus": "HAS_STOCK"}, [one for one in EVERY if one != 6]),
        ({"createdUntil": "2023-06-01"}, [5]),
        ({"createdSince": "2023-06-01"}, [one for one in EVERY if one != 5]),
        ({"failedCatalogRuleIds": ["any"]}, []),
        ({"withFailedCatalogRules": True}, [4]),
        ({"withFailedCatalogRules": False}, [one for one in EVERY if one != 4]),
        ({"vetted": True, "q": "whale", "status": "FEATURED"}, [1]),
        ({"vetted": True, "requiresVetting": True}, []),
    ],
    ids=str,
)
def test_adverts_where(market: Sandbox, arguments: dict[str, Any], expected: list[int]) -> None:
    assert listed(market, "advertsWhere", **arguments) == expected


def test_adverts_where_by_brand_category_seller_and_external_id(market: Sandbox) -> None:
    assert listed(market, "advertsWhere", brandIds=ids(market, "Brand", 2)) == [1]
    assert listed(market, "advertsWhere", taxonIds=ids(market, "Taxon", 3)) == [2]
    assert listed(market, "advertsWhere", taxonIds=ids(market, "Taxon", 1)) == []
    assert listed(market, "advertsWhere", taxonIdsWithDescendants=ids(market, "Taxon", 1)) == EVERY
    assert listed(market, "advertsWhere", taxonIdsWithDescendants=ids(market, "Taxon", 3)) == [2]
    seller = market.store.all("Advert")[0]["seller"]
    own = [one["legacyId"] for one in market.store.all("Advert") if one["seller"] is seller]
    assert 0 < len(own) < 12
    assert listed(market, "advertsWhere", retailerIds=[seller["id"]]) == own
    assert listed(market, "advertsWhere", externalId={"key": "pim", "value": ["PIM-4", "PIM-9"]}) == [4, 9]
    assert listed(market, "advertsWhere", externalId={"key": "erp", "value": ["PIM-4"]}) == []


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        ({}, EVERY),
        ({"vetted": False}, [2]),
        ({"vetted": True}, [one for one in EVERY if one != 2]),
        ({"requiresVetting": True}, [2]),
        ({"requiresVetting": False, "vetted": False}, []),
        ({"updatedSince": "2999-01-01"}, []),
        ({"updatedSince": "2020-01-01"}, EVERY),
        ({"sort": [{"ordering": "DESCENDING"}]}, [*EVERY[:4:-1], 4, 3, 2, 1, 5]),
    ],
    ids=str,
)
def test_all_adverts(market: Sandbox, arguments: dict[str, Any], expected: list[int]) -> None:
    assert listed(market, "allAdverts", **arguments) == expected


def numbers(records: list[Record]) -> list[int]:
    return [record["legacyId"] for record in records]


def test_variants_where(market: Sandbox) -> None:
    every = market.store.all("Variant")
    of = {number: numbers(market.store.all("Advert")[number - 1]["variants"]) for number in EVERY}
    endless, plenty = of[7][0], of[8][0]

    def variants(**filters: Any) -> list[int]:
        return listed(market, "variantsWhere", **filters)

    assert variants() == []
    assert variants(variantFilters={}, advertFilters={"brandIds": [], "q": None}) == []
    assert variants(variantFilters={"skus": ["RED-SHOE"]}) == [plenty]
    assert variants(variantFilters={"barcodes": ["42-B"]}) == [endless]
    assert variants(variantFilters={"infiniteQuantity": True}) == [endless]
    assert variants(variantFilters={"infiniteQuantity": False}) == [n for n in numbers(every) if n != endless]
    assert variants(variantFilters={"quantityFrom": 6}) == [plenty]
    assert variants(variantFilters={"quantityTo": 0}) == sorted([*of[6], endless])
    assert variants(variantFilters={"quantityTo": 5, "quantityFrom": 5, "skus": ["RED-SHOE"]}) == []
    assert variants(variantFilters={"stocked": False}) == of[6]
    assert variants(variantFilters={"stocked": True}) == [n for n in numbers(every) if n not in of[6]]
    own = every[0]["externalIds"][0]
    assert variants(variantFilters={"externalId": {"key": own["key"], "value": [own["value"]]}}) == [1]
    assert variants(advertFilters={"legacyIds": [3]}) == of[3]
    assert variants(advertFilters={"year": 1999}) == of[1]
    assert variants(advertFilters={"status": "FEATURED"}) == of[1]
    assert variants(advertFilters={"title": "blue whale"}) == of[1]
    assert variants(advertFilters={"q": "whale"}) == of[1]
    assert variants(advertFilters={"brandIds": ids(market, "Brand", 2)}) == of[1]
    assert variants(advertFilters={"taxonIds": ids(market, "Taxon", 3)}) == of[2]
    assert variants(advertFilters={"externalId": {"key": "pim", "value": ["PIM-4"]}}) == of[4]
    assert variants(advertFilters={"q": "whale"}, variantFilters={"stocked": False}) == []


def test_sellers(market: Sandbox) -> None:
    others = [n for n in numbers(market.store.all("Seller")) if n not in (1, 2)]

    assert 1 not in listed(market, "allSellers")
    assert sorted(listed(market, "allSellers")) == [2, *others]
    assert listed(market, "allSellers", accountType=["PRIVATE"]) == [1]
    assert listed(market, "allSellers", accountType=["PROSPECTIVE"]) == []
    assert listed(market, "allSellers", updatedSince="2999-01-01") == []
    by_name = listed(market, "allSellers", accountType=["PRIVATE", "RETAILER"], sort=[{"field": "BUSINESS_NAME"}])
    assert (by_name[0], by_name[-1]) == (2, 1)

    assert listed(market, "sellersWhere") == [1, 2, *others]
    assert listed(market, "sellersWhere", q="quagga") == [2]
    assert listed(market, "sellersWhere", q="zebra sons") == [1]
    assert listed(market, "sellersWhere", retailerIds=ids(market, "Seller", 2)) == [2]
    assert listed(market, "sellersWhere", slaRatingRange={"gte": 2.5}) == [1]
    assert listed(market, "sellersWhere", slaRatingRange={"lte": 4.5}) == [1, 2]
    assert listed(market, "sellersWhere", slaRatingRange={"gte": 5, "lte": 6}) == []
    rated = listed(market, "sellersWhere", sort={"fields": ["SLA_RATING"], "ordering": "DESCENDING"})
    assert rated == [1, 2, *others]


def test_a_deleted_seller_is_listed_when_asked_for() -> None:
    market = Sandbox(adverts=3)
    gone = market.store.all("Seller")[1]
    market.store.destroy("Seller", gone["id"])
    document = "query($with: Boolean) { allSellers(includeDeleted: $with) { nodes { __typename ... on Node { id } } } }"

    def types(with_deleted: bool | None) -> list[str]:
        answer = market.executor.run(document, {"with": with_deleted}, None, market.request())
        return [node["__typename"] for node in answer["data"]["allSellers"]["nodes"]]

    living = ["Seller"] * (len(market.store.all("Seller")))
    assert types(None) == types(False) == living
    assert types(True) == [*living, "DeletedSeller"]


def test_a_deleted_advert_is_listed_among_all_for_30_days() -> None:
    market = Sandbox(adverts=3)
    gone = market.store.all("Advert")[1]
    market.store._clock_ms = lambda: 1_800_000_000_000
    market.store.destroy("Advert", gone["id"])
    document = "{ allAdverts { totalCount nodes { __typename ... on DeletedAdvert { id legacyId updatedAt } } } }"

    def shown() -> list[Record]:
        nodes: list[Record] = market.executor.run(document, None, None, market.request())["data"]["allAdverts"]["nodes"]
        return nodes

    advert = {"__typename": "Advert"}
    deleted = {"__typename": "DeletedAdvert", "id": gone["id"], "legacyId": 2, "updatedAt": "2027-01-15T08:00:00.000Z"}
    assert shown() == [advert, deleted, advert]
    assert listed(market, "allAdverts", updatedSince="2027-01-15T08:00:00Z") == [2]
    assert listed(market, "advertsWhere", legacyIds=[1, 2]) == [1]
    market.store._clock_ms = lambda: 1_800_000_000_000 + 30 * 24 * 3_600_000
    assert shown() == [advert, deleted, advert]
    market.store._clock_ms = lambda: 1_800_000_000_000 + 30 * 24 * 3_600_000 + 1
    assert shown() == [advert, advert]


@pytest.mark.parametrize(
    ("filters", "expected"),
    [
        ({"legacyId": 2}, [2]),
        ({"awaitingCollection": True}, [1]),
        ({"buyerName": "ottoline q"}, [2]),
        ({"buyerEmailAddress": "ottoline@example.org"}, [3]),
        ({"buyerEmailAddress": "ottoline"}, []),
        ({"remittedSince": "2024-06-02", "remittedUntil": "2024-06-03"}, [2]),
        ({"remittedUntil": "2024-06-01"}, []),
        ({"paidSince": "2024-06-01T12:00:00+02:00", "paidUntil": "2024-06-01T10:00:00Z"}, [1]),
        ({"statuses": ["READY"]}, [1]),
        ({"statuses": ["CANCELLED"]}, []),
        ({"createdSince": "2999-01-01"}, []),
        ({"createdUntil": "2020-01-01"}, []),
        ({"updatedSince": "2999-01-01"}, []),
        ({"updatedUntil": "2020-01-01"}, []),
    ],
    ids=str,
)
def test_invoices(market: Sandbox, filters: dict[str, Any], expected: list[int]) -> None:
    assert listed(market, "invoices", filters=filters) == expected


def test_invoices_by_what_belongs_to_them(market: Sandbox) -> None:
    invoices = market.store.all("Invoice")
    second = invoices[1]["order"]["externalIds"][0]["value"]
    of_order = [one["legacyId"] for one in invoices if one["order"] is invoices[1]["order"]]
    starting = [
        one["legacyId"] for one in invoices if any(e["value"].startswith("S-1") for e in one["order"]["externalIds"])
    ]
    type_ = market.store.all("InvoiceAnnotationType")[0]["id"]
    noted = [one["legacyId"] for one in invoices if any(not note["resolved"] for note in one["annotations"])]
    awaited = [one["legacyId"] for one in invoices if any(r["status"] == "AWAITING" for r in one["refundRequests"])]
    unsent = [one["legacyId"] for one in invoices if any(line["quantityAwaitingDispatch"] for line in one["lineItems"])]
    for filters, expected in [
        ({"externalId": second}, of_order),
        ({"externalId": second[:1]}, []),
        ({"partialExternalId": "S-1"}, starting),
        ({"orderId": invoices[1]["order"]["legacyId"]}, of_order),
        ({"withUnresolvedAnnotationsOfType": type_}, noted),
        ({"withUnresolvedAnnotationsOfType": "other"}, []),
        ({"awaitingReturn": True}, awaited),
        ({"notDispatched": True}, unsent),
        ({"notDispatched": False}, [n for n in numbers(invoices) if n not in unsent]),
    ]:
        assert listed(market, "invoices", filters=filters) == expected, filters
    assert min(map(len, (starting, noted, awaited, unsent))) > 0


def test_invoices_by_default_come_as_they_were_created_and_sorted_as_asked(market: Sandbox) -> None:
    every = listed(market, "invoices")
    assert every == sorted(every)
    last_paid = listed(market, "invoices", sort={"fields": ["PAID_AT"], "ordering": "DESCENDING"})
    assert last_paid[0] == 4
    assert listed(market, "invoices", sort={"fields": ["REMITTED_AT", "CREATED_AT"]})[-1] == 2
    assert listed(market, "invoices", sort={"fields": ["STATUS"]}) != every


def test_refund_requests_and_their_notes(market: Sandbox) -> None:
    requests = market.store.all("RefundRequest")
    first = requests[0]
    seller = first["invoice"]["seller"]
    own = [one["legacyId"] for one in requests if one["invoice"]["seller"] is seller]
    same_buyer = [
        one["legacyId"]
        for one in requests
        if first["invoice"]["buyerSurname"].casefold() in one["invoice"]["buyerSurname"].casefold()
    ]
    for filters, expected in [
        ({"legacyId": 1}, [1]),
        ({"statuses": ["DENIED"]}, [n["legacyId"] for n in requests if n["status"] == "DENIED"]),
        ({"businessName": seller["businessName"].upper()}, own),
        ({"invoiceLegacyId": first["invoice"]["legacyId"]}, [1]),
        ({"buyerEmailAddress": first["invoice"]["buyerEmailAddress"][2:]}, [1]),
        ({"buyerName": first["invoice"]["buyerSurname"]}, same_buyer),
        ({"createdSince": "2999-01-01"}, []),
        ({"createdUntil": "2020-01-01"}, []),
        ({"refundedSince": "2999-01-01"}, []),
        ({"refundedUntil": "2999-01-01"}, [one["legacyId"] for one in requests if one["refundedAt"]]),
        ({"invoicePaidAt": first["invoice"]["paidAt"][:10], "legacyId": 1}, [1]),
        ({"invoicePaidAt": "2020-01-01"}, []),
        ({"remitted": True, "legacyId": 1}, [1] if first["invoice"].get("remittedAt") else []),
        (
            {"lineItemStatuses": ["REFUND_DENIED", "REFUNDED"]},
            [
                r["legacyId"]
                for r in requests
                if any(i["status"] in ("REFUND_DENIED", "REFUNDED") for i in r["lineItems"])
            ],
        ),
    ]:
        assert listed(market, "refundRequests", filters=filters) == expected, filters
    assert listed(market, "refundRequests", sellerId=seller["id"]) == own
    assert listed(market, "refundRequests", sellerId="nobody") == []

    notes = market.store.all("RefundRequestNote")
    of_first = [note["legacyId"] for note in notes if note["refundRequest"] is first]
    assert of_first
    assert listed(market, "refundRequestNotes") == numbers(notes)
    assert listed(market, "refundRequestNotes", refundRequestIds=[first["id"]]) == of_first
    assert listed(market, "refundRequestNotes", refundRequestLineItemIds=["none"]) == []
    of_seller = [note["legacyId"] for note in notes if note["refundRequest"]["invoice"]["seller"] is seller]
    assert listed(market, "refundRequestNotes", retailerIds=[seller["id"]]) == of_seller
    awaiting = [note["legacyId"] for note in notes if note["newStatus"] == "AWAITING"]
    assert listed(market, "refundRequestNotes", newStatus="awaiting") == awaiting
    assert listed(market, "refundRequestNotes", createdSince="2999-01-01") == []
    assert listed(market, "refundRequestNotes", createdUntil="2999-01-01") == numbers(notes)


def test_what_was_updated_is_listed_since_then() -> None:
    market = Sandbox(adverts=6)
    last = market.store.all("Order")[-1]
    market.store.change("Order", last["id"], phone="+61 2 5550 0000")
    since = market.store.get(last["id"])["updatedAt"]  # type: ignore[index]
    assert listed(market, "updatedOrders", updatedSince=since) == [last["legacyId"]]
    assert len(listed(market, "updatedOrders", updatedSince="2020-01-01")) == len(market.store.all("Order"))
    request = market.store.all("RefundRequest")[0]
    market.store.change("RefundRequest", request["id"], status="RETURNED")
    since = market.store.get(request["id"])["updatedAt"]  # type: ignore[index]
    assert listed(market, "updatedRefundRequests", updatedSince=since) == [1]


def test_remittances(market: Sandbox) -> None:
    every = market.store.all("Remittance")
    held = every[-1]
    first = every[0]
    of_seller = [one["legacyId"] for one in every if one["seller"] is first["seller"]]
    cases: list[tuple[dict[str, Any], list[int]]] = [
        ({}, numbers(every)),
        ({"invoiceIds": [first["invoice"]["id"]]}, [1]),
        ({"invoiceLegacyIds": [first["invoice"]["legacyId"]]}, [1]),
        ({"invoiceAmendmentIds": [held["invoiceAmendment"]["id"]]}, [held["legacyId"]]),
        ({"invoiceAmendmentLegacyIds": [held["invoiceAmendment"]["legacyId"]]}, [held["legacyId"]]),
        ({"remittableType": "invoice_amendment"}, [one["legacyId"] for one in every if one["invoiceAmendment"]]),
        ({"remittableType": "invoice"}, [one["legacyId"] for one in every if one["invoice"]]),
        ({"remittableType": "gift"}, []),
        ({"released": False}, [one["legacyId"] for one in every if not one["released"]]),
        ({"released": True}, [one["legacyId"] for one in every if one["released"]]),
        ({"processed": False}, [one["legacyId"] for one in every if not one.get("remittanceAdvice")]),
        ({"processed": True}, [one["legacyId"] for one in every if one.get("remittanceAdvice")]),
        (
            {"pendingReasons": "pending_release"},
            [one["legacyId"] for one in every if "pending_release" in one["pendingReasons"]],
        ),
        ({"pendingReasons": "missing_xero_account"}, []),
        ({"retailerIds": [first["seller"]["id"]]}, of_seller),
        ({"retailerBusinessNames": [first["seller"]["businessName"]]}, of_seller),
        ({"createdSince": "2999-01-01"}, []),
        ({"createdUntil": "2020-01-01"}, []),
    ]
    for arguments, expected in cases:
        assert listed(market, "remittances", **arguments) == expected, arguments


def test_the_remittances_add_up_over_all_pages(market: Sandbox) -> None:
    total = sum(one["amountCents"] for one in market.store.all("Remittance"))
    document = "{ remittances(first: 1) { totalRemittanceAmount { amount currencyCode } nodes { id } } }"
    answer = market.executor.run(document, None, None, market.request())
    found = answer["data"]["remittances"]
    assert found["totalRemittanceAmount"] == {"amount": f"{total / 100:.2f}", "currencyCode": "AUD"}
    assert len(found["nodes"]) == 1


def test_remittance_advices(market: Sandbox) -> None:
    first, *others = market.store.all("RemittanceAdvice")
    market.store.change(
        "RemittanceAdvice",
        first["id"],
        paymentReference="EFT-1",
        totalPaidCents=1050,
        totalCents=2099,
        paidAt="2024-09-01",
    )
    invoice = first["remittances"][0]["invoice"]
    seller = first["seller"]
    of_seller = [1, *(one["legacyId"] for one in others if one["seller"] is seller)]
    assert others
    cases: list[tuple[dict[str, Any], list[int]]] = [
        ({}, [1, *numbers(others)]),
        ({"legacyIds": [1]}, [1]),
        ({"invoiceIds": [invoice["id"]]}, [1]),
        ({"invoiceLegacyIds": [invoice["legacyId"]]}, [1]),
        ({"invoiceAmendmentIds": ["none"]}, []),
        ({"invoiceAmendmentLegacyIds": [999]}, []),
        ({"paymentReference": ["EFT-1", "EFT-2"]}, [1]),
        ({"total": 20.99}, [1]),
        ({"total": 0.01}, []),
        ({"totalPaid": 10.5}, [1]),
        ({"paidSince": "2024-09-01", "paidUntil": "2024-09-01"}, [1]),
        ({"paidSince": "2999-01-01"}, []),
        ({"remittanceActions": ["xero", "hyperwallet"]}, [1]),
        ({"remittanceActions": ["hyperwallet"]}, []),
        ({"remittanceActionLastRunSince": "2024-08-02", "remittanceActionLastRunUntil": "2024-08-02"}, [1]),
        ({"remittanceActionLastRunUntil": "2024-08-01"}, []),
        ({"retailerIds": [seller["id"]]}, of_seller),
        ({"retailerLegacyIds": [seller["legacyId"]]}, of_seller),
        ({"retailerNames": [seller["businessName"]]}, of_seller),
        ({"createdSince": "2999-01-01"}, []),
        ({"createdUntil": "2020-01-01"}, []),
    ]
    for arguments, expected in cases:
        assert listed(market, "remittanceAdvices", **arguments) == expected, arguments
    assert 1 in listed(market, "remittanceAdvices", remittableType="invoice")


def test_amendments_packages_options_and_addresses(market: Sandbox) -> None:
    amendments = numbers(market.store.all("InvoiceAmendment"))
    assert listed(market, "invoiceAmendments") == amendments
    remitted = {"remittedSince": "2024-07-01", "remittedUntil": "2024-07-01"}
    assert listed(market, "invoiceAmendments", filters=remitted) == amendments[-2:-1]
    assert listed(market, "invoiceAmendments", filters={"updatedSince": "2999-01-01"}) == []
    assert listed(market, "invoiceAmendments", sort={"ordering": "DESCENDING"}) == amendments[::-1]

    assert listed(market, "commissionPackages") == [2, 1]
    assert listed(market, "commissionPackages", name="ABR") == [2]
    assert listed(market, "commissionPackages", name="default") == [1]
    assert listed(market, "commissionPackages", appliesToPostage=True) == [2]
    assert listed(market, "commissionPackages", appliesToPostage=False) == [1]
    assert listed(market, "commissionPackages", retailerIds=ids(market, "Seller", 2)) == [2]
    assert listed(market, "commissionPackages", createdSince="2999-01-01") == []
    assert listed(market, "commissionPackages", createdUntil="2020-01-01") == []
    for field in ("DEFAULT_RATE", "SELLERS_COUNT"):
        expected = [2, 1] if len(market.store.all("Seller")) > 2 or field == "DEFAULT_RATE" else [1, 2]
        assert listed(market, "commissionPackages", sort={"fields": [field]}) == expected

    options = market.store.all("ShippingOption")
    assert listed(market, "shippingOptions") == numbers(options)
    own = [one["legacyId"] for one in options if one["seller"] is market.store.all("Seller")[0]]
    assert listed(market, "shippingOptions", sellerId=ids(market, "Seller", 1)[0]) == own
    assert listed(market, "shippingOptions", filters={"updatedSince": "2999-01-01"}) == []
    assert listed(market, "shippingOptions", filters={"updatedUntil": "2999-01-01"}) == numbers(options)

    address = market.store.all("Seller")[1]["address"]["legacyId"]
    assert listed(market, "shipmentAddresses", sellerId=ids(market, "Seller", 2)[0]) == [address]
    assert address in listed(market, "shipmentAddresses")
    assert listed(market, "shipmentCarriers") == numbers(market.store.all("ShipmentCarrier"))
    assert listed(market, "invoiceAnnotationType") == numbers(market.store.all("InvoiceAnnotationType"))


def test_brands_and_categories_with_adverts_online() -> None:
    market = Sandbox(adverts=3)
    brands, taxons = market.store.all("Brand"), market.store.all("Taxon")
    for advert in market.store.all("Advert"):
        market.store.change("Advert", advert["id"], brand=brands[2], taxon=taxons[1], taxonNullable=taxons[1])
    assert listed(market, "brands") == numbers(brands)
    assert listed(market, "brands", showOnlineOnly=True) == [3]
    assert listed(market, "taxons") == numbers(taxons)
    online = listed(market, "taxons", showOnlineOnly=True)
    assert online[:2] == [1, 2]
    assert 3 not in online
    below = [taxon["legacyId"] for taxon in taxons if taxon.get("parent") is taxons[0]]
    assert listed(market, "taxons", parentId=taxons[0]["id"]) == below
    for advert in market.store.all("Advert"):
        market.store.change("Advert", advert["id"], published=False)
    assert listed(market, "brands", showOnlineOnly=True) == listed(market, "taxons", showOnlineOnly=True) == []
