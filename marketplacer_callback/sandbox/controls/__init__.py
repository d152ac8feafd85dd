"""``/sandbox/…``: the controls, for other processes. JSON in and out; a mistake is a 400 or 404 with ``error``.

``POST``, the body's keys (``?``: may be left out), and what is answered:

- ``change``: ``typename``, ``id?``, ``fields?`` → ``id``, ``version``, ``updated_at``; without ``id`` an object is made
- ``create``: ``typename``, ``fields?`` → the same
- ``destroy``: ``typename``, ``id`` → the same
- ``deliver``: ``typename``, ``id``, ``event_name?`` → ``event_id``, ``attempts``, ``status``, ``outcome`` once it ended
- ``burst``: ``count``, ``typename?``, ``objects?``, ``concurrency?``, ``wait?`` → its report when all has ended; with
  ``"wait": false`` at once, and ``status`` shows the progress and then the report
- ``fail``: the parts of a ``Fault``, which replaces all others; ``{}`` makes the API well again
- ``disturb``: the parts of a ``Disturbance``, which replaces all others; ``{}`` makes deliveries well again
- ``webhooks``: ``id?`` or ``typename?`` (neither: all), and ``url?``, ``enabled?``, ``concurrency?`` → as ``GET``
- ``faults``: ``fault?``, ``delivery?``, ``seed?`` as in a plan's file, which replaces all that goes wrong → as ``GET``
- ``release``: ``name`` or ``id`` of held requests, neither: all → ``released``: how many
- ``story``: ``name``, ``wait?`` → ``complete`` and ``steps``, each with its document's root field, the object, and how
  its deliveries were answered within ``wait`` seconds (5)
- ``trigger``: ``typename``, ``id?``, ``event_name?``, ``wait?`` → ``id`` of what was created, updated or destroyed, and
  its ``deliveries``
- ``reset``: → as ``GET status``; back to the seeded state

``GET``, with a query string:

- ``status``: url, role, counts, requests against the rate limits, held requests, pending deliveries, webhooks, the
  latest burst
- ``journal``: ``kind``, ``typename``, ``id``, ``limit`` → ``summary``, ``entries``, ``last_answered``
- ``objects``: ``typename`` → ``objects``: id, version, updated_at; without a type the counts by type
- ``webhooks``: ``typename?`` → ``webhooks``: id, typename, url, event_name, seller, enabled, concurrency, waiting
- ``deliveries``: ``limit?`` → ``deliveries``: the events that changed last, the latest first, each with the answers to
  its tries
- ``faults``: → ``faults``: each with its parts and the requests that it has ``seen``, ``hit``, and has ``left``; and
  ``deliveries``: each disturbance with its parts and the deliveries that it has ``left``
- ``held``: ``name?``, ``until?``, ``timeout?`` → ``held``: id, name, operation, where, since; with ``until`` it answers
  once so many are held, or after ``timeout`` seconds (30; at most 600) with those that are

``DELETE``:

- ``faults``: nothing goes wrong any more; requests that are held stay so
"""
