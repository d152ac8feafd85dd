"""Which control answers where."""

from __future__ import annotations

from typing import TYPE_CHECKING

from aiohttp import web

from marketplacer_callback.sandbox.controls.bursts import BurstControls
from marketplacer_callback.sandbox.controls.faults import FaultControls
from marketplacer_callback.sandbox.controls.given import handler, no_control
from marketplacer_callback.sandbox.controls.objects import ObjectControls
from marketplacer_callback.sandbox.controls.stories import StoryControls
from marketplacer_callback.sandbox.controls.webhooks import WebhookControls
from marketplacer_callback.sandbox.controls.whole import WholeControls

if TYPE_CHECKING:
    from marketplacer_callback.sandbox.sandbox import Sandbox

__all__ = ["add_controls"]


def add_controls(app: web.Application, sandbox: Sandbox) -> None:
    """Add the controls to the server's application."""
    objects, bursts, faults = ObjectControls(sandbox), BurstControls(sandbox), FaultControls(sandbox)
    whole, stories, webhooks = WholeControls(sandbox, bursts), StoryControls(sandbox), WebhookControls(sandbox)
    posts = {
        "change": objects.change,
        "create": objects.create,
        "destroy": objects.destroy,
        "deliver": bursts.deliver,
        "burst": bursts.burst,
        "fail": faults.fail,
        "disturb": webhooks.disturb,
        "webhooks": webhooks.configure,
        "faults": faults.follow,
        "release": faults.release,
        "reset": whole.reset,
        "story": stories.story,
        "trigger": stories.trigger,
    }
    gets = {
        "status": whole.status,
        "journal": whole.journal,
        "objects": objects.objects,
        "webhooks": webhooks.webhooks,
        "deliveries": webhooks.deliveries,
        "faults": faults.faults,
        "held": faults.held,
    }
    app.add_routes([web.post(f"/sandbox/{name}", handler(action)) for name, action in posts.items()])
    app.add_routes([web.get(f"/sandbox/{name}", handler(action)) for name, action in gets.items()])
    app.add_routes([web.delete("/sandbox/faults", handler(faults.mend))])
    methods: dict[str, list[str]] = {}
    for method, names in {"GET": [*gets], "POST": [*posts], "DELETE": ["faults"]}.items():
        for name in names:
            methods.setdefault(name, []).append(method)
    app.router.add_route("*", "/sandbox/{name:.*}", no_control(methods))
    app.on_shutdown.append(bursts.close)
