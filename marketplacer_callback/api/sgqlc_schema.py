"""The part of the platform's schema that the library's own operations use, for sgqlc."""

from __future__ import annotations

from sgqlc.types import ID, Arg, ArgDict, Field, Input, Int, Schema, String, Type, list_of, non_null

__all__ = ["Query", "own"]

own = Schema()


class Seller(Type):
    __schema__ = own
    __field_names__ = ("id", "business_name")
    id = Field(non_null(ID), graphql_name="id")
    business_name = Field(String, graphql_name="businessName")


class APIKeyPrincipal(Type):
    __schema__ = own
    __field_names__ = ("name", "username", "seller")
    name = Field(String, graphql_name="name")
    username = Field(String, graphql_name="username")
    seller = Field(Seller, graphql_name="seller")


class Advert(Type):
    __schema__ = own
    __field_names__ = ("id", "legacy_id")
    id = Field(non_null(ID), graphql_name="id")
    legacy_id = Field(non_null(Int), graphql_name="legacyId")


class Invoice(Type):
    __schema__ = own
    __field_names__ = ("id", "legacy_id")
    id = Field(non_null(ID), graphql_name="id")
    legacy_id = Field(non_null(Int), graphql_name="legacyId")


class RefundRequest(Type):
    __schema__ = own
    __field_names__ = ("id", "legacy_id")
    id = Field(non_null(ID), graphql_name="id")
    legacy_id = Field(non_null(Int), graphql_name="legacyId")


class RemittanceAdvice(Type):
    __schema__ = own
    __field_names__ = ("id", "legacy_id")
    id = Field(non_null(ID), graphql_name="id")
    legacy_id = Field(non_null(Int), graphql_name="legacyId")


class AdvertsConnection(Type):
    __schema__ = own
    __field_names__ = ("nodes",)
    nodes = Field(list_of(Advert), graphql_name="nodes")


class InvoicesConnection(Type):
    __schema__ = own
    __field_names__ = ("nodes",)
    nodes = Field(list_of(Invoice), graphql_name="nodes")


class RefundRequestConnection(Type):
    __schema__ = own
    __field_names__ = ("nodes",)
    nodes = Field(list_of(RefundRequest), graphql_name="nodes")


class RemittanceAdviceConnection(Type):
    __schema__ = own
    __field_names__ = ("nodes",)
    nodes = Field(list_of(RemittanceAdvice), graphql_name="nodes")


class InvoiceFilters(Input):
    __schema__ = own
    __field_names__ = ("legacy_id",)
    legacy_id = Field(Int, graphql_name="legacyId")


class RefundRequestFilters(Input):
    __schema__ = own
    __field_names__ = ("legacy_id",)
    legacy_id = Field(Int, graphql_name="legacyId")


def _arguments(**types: object) -> ArgDict:
    return ArgDict({name: Arg(kind, graphql_name=name) for name, kind in {"first": Int, **types}.items()})


class Query(Type):
    __schema__ = own
    __field_names__ = ("api_key_principal", "adverts_where", "invoices", "refund_requests", "remittance_advices")
    api_key_principal = Field(APIKeyPrincipal, graphql_name="apiKeyPrincipal")
    adverts_where = Field(
        AdvertsConnection, graphql_name="advertsWhere", args=_arguments(legacyIds=list_of(non_null(Int)))
    )
    invoices = Field(InvoicesConnection, graphql_name="invoices", args=_arguments(filters=InvoiceFilters))
    refund_requests = Field(
        RefundRequestConnection, graphql_name="refundRequests", args=_arguments(filters=RefundRequestFilters)
    )
    remittance_advices = Field(
        RemittanceAdviceConnection, graphql_name="remittanceAdvices", args=_arguments(legacyIds=list_of(non_null(Int)))
    )


own.query_type = Query
