"""The routes of the Django host."""

from django.http import HttpRequest, HttpResponse
from django.urls import path


async def hello(_: HttpRequest) -> HttpResponse:
    return HttpResponse("the host's own", content_type="text/plain")


urlpatterns = [path("hello", hello), path("slashed/", hello)]
