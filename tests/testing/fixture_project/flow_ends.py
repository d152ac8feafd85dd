"""Every end of a handler is in the report."""

from marketplacer_callback import outcomes


def run(sandbox, inbox, title):
    id = sandbox.create("Advert", title=title)
    report = inbox.run_until_idle()
    return id, report, report.answers("Advert", id)["product"]


def test_skip(marketplacer_sandbox, marketplacer_inbox):
    _, report, answer = run(marketplacer_sandbox, marketplacer_inbox, "dull")
    assert answer == [outcomes.skip("dull")]
    assert report.published("archive") == []


def test_later(marketplacer_sandbox, marketplacer_inbox):
    id, report, answer = run(marketplacer_sandbox, marketplacer_inbox, "later")
    assert answer == [outcomes.retry("not yet", after=3600)]
    [waiting] = report.pending
    assert (waiting.ref.typename, waiting.ref.id, waiting.reasons) == ("Advert", id, {"product": "not yet"})
    assert 3590 < waiting.due_s <= 3600
    [waiting] = marketplacer_inbox.run_until_idle(ahead=60).pending
    assert waiting.due_s > 3500
    [waiting] = marketplacer_inbox.run_until_idle(ahead=3600).pending
    assert waiting.due_s > 3500, "it was called again, and asked for another hour"
    marketplacer_sandbox.change("Advert", id, title="chair")
    report = marketplacer_inbox.run_until_idle(ahead=3600)
    assert report.published("archive") == ["chair"]
    assert report.pending == ()


def test_failure(marketplacer_sandbox, marketplacer_inbox):
    _, report, answer = run(marketplacer_sandbox, marketplacer_inbox, "wrong")
    assert answer == [outcomes.retry("ZeroDivisionError: by zero")]
    assert report.pending[0].reasons == {"product": "ZeroDivisionError: by zero"}
    assert 4 <= report.pending[0].due_s + 1 <= 7
    report = marketplacer_inbox.run_until_idle(ahead=10)
    reason = "failed 2 times, last: ZeroDivisionError: by zero"
    assert [one.reasons for one in report.dead_letters] == [{"product": reason}]
    assert [one.outcomes for one in report.handled] == [(outcomes.dead_letter(reason),)]


def test_dead_letter(marketplacer_sandbox, marketplacer_inbox):
    id, report, answer = run(marketplacer_sandbox, marketplacer_inbox, "hopeless")
    assert answer == [outcomes.dead_letter("no such thing")]
    assert [(one.id, one.reasons) for one in report.dead_letters] == [(id, {"product": "no such thing"})]


def test_what_was_in_one_test_is_not_in_the_next(marketplacer_sandbox, marketplacer_inbox):
    report = marketplacer_inbox.run_until_idle()
    assert (report.handled, report.items, report.dead_letters, report.pending) == ((), (), (), ())
    assert marketplacer_sandbox.journal() == []
