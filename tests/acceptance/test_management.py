"""The management listener of the mock SM-DP+: its API, and its page in a browser."""
import base64
import contextlib
import json
import pathlib
import shutil
import subprocess
import time
import urllib.error
import urllib.request

import pytest
from browser import browsing
from conftest import EID, ICCID, PATIENCE, ROOT, iccids
from faulty_server import http_204, http_500, spoiling

CARD = "sim:card.db"
OPERATOR = "testsmdpplus1.example.com"  # a name that a certificate is for
SCHEMA = json.loads((ROOT / "fake_smdp" / "server_management.schema.json").read_text())


class Api:
    """Asks, and checks each answer against the schema."""

    def __init__(self, url):
        self.url = url

    def __call__(self, method, path, body=None, document=None, status=200, headers=()):
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(self.url + path, data, dict(headers), method=method)
        try:
            answer = urllib.request.urlopen(request, timeout=PATIENCE)
        except urllib.error.HTTPError as refused:
            answer = refused
        text = answer.read().decode()
        assert answer.status == status, text
        if document is None and status < 300:
            return text
        parsed = json.loads(text)
        conforms(parsed, document or "error")
        return parsed


def conforms(document, name):
    jsonschema = pytest.importorskip("jsonschema", reason="python3-jsonschema is missing; scripts/setup installs it")
    jsonschema.Draft202012Validator({"$ref": f"#/$defs/{name}", "$defs": SCHEMA["$defs"]}).validate(document)


@pytest.fixture
def managed(serve):
    """with managed() as (server, api): a mock SM-DP+ that is managed, without orders."""
    @contextlib.contextmanager
    def start(*arguments):
        with serve("--manage", "127.0.0.1:0", *arguments) as server:
            yield server, Api(server.ready["managementUrl"])
    return start


def until(ask, good):
    """What is asked for, once it is as wanted."""
    deadline = time.monotonic() + PATIENCE
    while not good(answer := ask()):
        assert time.monotonic() < deadline, answer
    return answer


def new_order(api, **wanted):
    order = {"profile": {}, **wanted}
    conforms(order, "newOrder")
    return api("POST", "/api/orders", order, "order", 201)


def test_the_schema_is_one():
    jsonschema = pytest.importorskip("jsonschema", reason="python3-jsonschema is missing; scripts/setup installs it")
    jsonschema.Draft202012Validator.check_schema(SCHEMA)


def test_every_answer_of_the_api_is_as_its_schema_says(run, managed):
    with managed() as (server, api):
        assert api("GET", "/api/schema") == (ROOT / "fake_smdp" / "server_management.schema.json").read_text()
        order = new_order(api, matchingId="M", owner="OP", profileType="P")
        download = run("lpa", "download", order["activationCode"], "--card", CARD, "--json")
        assert download["iccid"] == order["iccid"]
        new_order(api, state="available")
        new_order(api, eid="89049032123451234512345678901235", matchingId="", expires="2099-01-01", confirmationCode="1")

        orders = api("GET", "/api/orders", document="orders")["orders"]
        assert sorted(one["state"] for one in orders) == ["available", "installed", "released"]
        assert api("GET", order["url"], document="order")["history"] == ["released", "downloaded", "installed"]
        assert api("GET", order["url"] + "/qr.svg").startswith("<")

        journal = api("GET", "/api/journal", document="journal")["journal"]
        assert [call["function"] for call in journal][:3] == ["initiateAuthentication", "authenticateClient", "getBoundProfilePackage"]
        assert all(call["outcome"] in ("ok", "install") for call in journal)
        # Decoded: a member of a message that travels in base64.
        assert journal[1]["request"]["authenticateServerResponse"]["authenticateResponseOk"]["euiccSigned1"]["ctxParams1"]
        session = journal[0]["session"]
        of_session = api("GET", f"/api/journal?session={session}&function=authenticateClient", document="journal")["journal"]
        assert [call["number"] for call in of_session] == [2]
        whole = api("GET", "/api/journal/2", document="call")
        assert "authenticateServerResponse" in json.loads(whole["requestBody"])
        [summary] = api("GET", "/api/sessions", document="sessions")["sessions"]
        assert (summary["id"], summary["state"], summary["order"]) == (session, "installed", order["key"])

        fault = api("POST", "/api/faults", {"id": "F", "where": {"http": "any"}, "action": {"status": {"code": 503}}}, "fault", 201)
        assert api("PUT", "/api/faults/F", {"enabled": False}, "fault")["enabled"] is False
        assert api("GET", "/api/faults", document="faults")["faults"][0]["definition"] == fault["definition"]
        api("PUT", "/api/clock", {"forwardSeconds": 3600}, "clock")
        api("GET", "/api/clock", document="clock")
        api("GET", "/api/events", document="events")
        assert api("GET", "/health", document="health")["calls"] == len(journal)
        metrics = api("GET", "/metrics")
        assert 'esimbench_calls_total{interface="ES9+",function="authenticateClient",outcome="ok"} 1' in metrics
        assert 'esimbench_orders{state="installed"} 1' in metrics
        api("GET", "/nothing", status=404)
        api("POST", "/api/orders", {}, status=400)
        api("GET", "/health", headers={"Host": "evil.example"}, status=403)
        api("PUT", "/api/clock", {"offsetSeconds": 0}, headers={"Origin": "http://evil.example"}, status=403)
        assert "faults" in server.stop()


def test_orders_are_made_of_a_template_and_of_csv(run, managed, tmp_path):
    run("profile", "make", "--out", "t.der")
    template = base64.b64encode((tmp_path / "t.der").read_bytes()).decode()
    with managed() as (_, api):
        wanted = {"template": template, "values": {"iccid": "8988211000000000011", "imsi": "001010000000001"}, "matchingId": "ONE"}
        conforms(wanted, "newOrder")
        order = api("POST", "/api/orders", wanted, "order", 201)
        assert order["iccid"] == "8988211000000000011"
        assert run("lpa", "download", order["activationCode"], "--card", CARD, "--json")["iccid"] == order["iccid"]
        batch = {"template": template, "csv": f"iccid,matchingId,eid\n8988211000000000029,TWO,{EID}\n8988211000000000037,,\n"}
        conforms(batch, "newBatch")
        made = api("POST", "/api/batch", batch, "batch", 201)
        assert [one["iccid"] for one in made["orders"]] == ["8988211000000000029", "8988211000000000037"]
        assert (made["orders"][0]["matchingId"], made["orders"][0]["eid"], made["warnings"]) == ("TWO", EID, [])
        again = {**batch, "csv": "iccid,matchingId\n8988211000000000045,NEW\n8988211000000000052,TWO\n"}
        refused = api("POST", "/api/batch", again, status=409)["error"]
        assert refused["path"] == "csv, line 3, column matchingId" and refused["hint"]
        assert len(api("GET", "/api/orders", document="orders")["orders"]) == 3


def test_what_an_operator_is_told_is_in_the_journal(run, managed, tmp_path):
    run("pki", "create", "pki")
    with spoiling(tmp_path / "pki") as operator:
        operator.faults["handleDownloadProgressInfo"] = http_204
        with managed("--pki", "pki", "--operator", f"{OPERATOR}:{operator.port}", "--resolve", f"{OPERATOR}:127.0.0.1") as (_, api):
            order = new_order(api)
            run("lpa", "download", order["activationCode"], "--card", CARD, "--pki", "pki")
            query = f"/api/journal?order={order['key']}&function=ES2%2B.handleDownloadProgressInfo"
            calls = until(lambda: api("GET", query, document="journal")["journal"], lambda calls: len(calls) == 3)
            assert [(call["notificationPointId"], call["outcome"], call["status"], call["to"]) for call in calls] == [
                (point, "ok", 204, f"{OPERATOR}:{operator.port}") for point in (1, 3, 4)]
            assert calls[2]["request"]["iccid"] == order["iccid"]
            [session] = api("GET", "/api/sessions", document="sessions")["sessions"]
            assert session["state"] == "installed" and {call["session"] for call in calls} == {session["id"]}
            assert calls[0]["number"] in session["calls"]
            assert "notificationPointId" in api("GET", f"/api/journal/{calls[0]['number']}", document="call")["requestBody"]
            assert 'function="handleDownloadProgressInfo",outcome="ok"} 3' in api("GET", "/metrics")

            operator.faults["handleDownloadProgressInfo"] = http_500
            other = new_order(api)
            run("lpa", "download", other["activationCode"], "--card", CARD, "--pki", "pki")
            calls = until(lambda: api("GET", query.replace(order["key"], other["key"]), document="journal")["journal"],
                          lambda calls: len(calls) == 3)
            assert {(call["outcome"], call["status"]) for call in calls} == {("failed: the answer has status 500, not 204", 500)}
            # Whatever the operator says, the download went well.
            assert api("GET", other["url"], document="order")["state"] == "installed"


def test_iccids_in_messages_are_as_people_read_them(run, managed):
    with managed() as (_, api):
        order = new_order(api)
        run("lpa", "download", order["activationCode"], "--card", CARD)
        text = json.dumps(api("GET", "/api/journal", document="journal"))
        swapped = "".join(b + a for a, b in zip(*[iter(order["iccid"].ljust(20, "F"))] * 2))
        assert f'"iccid": "{order["iccid"]}"' in text and f'"{swapped}"' not in text


def test_orders_expire_when_the_clock_is_put_forward(run, managed):
    with managed() as (_, api):
        order = new_order(api, expires="2090-01-01T00:00:00Z")
        api("PUT", "/api/clock", {"now": "2090-01-02"}, "clock")
        assert api("GET", order["url"], document="order")["expired"] is True
        late = run("lpa", "download", order["activationCode"], "--card", CARD, "--json", check=1)
        assert late.error["layer"] in ("server", "card", "crypto"), late.error


def test_a_management_address_that_is_none_is_refused(run, profile):
    outcome = run("smdp", "serve", "--profile", profile, "--manage", "somewhere", check=2)
    assert "--manage" in outcome.stderr


# --- The page ---

@pytest.fixture
def page(tmp_path):
    with browsing(tmp_path) as page:
        yield page
        assert page.errors == []


def read_qr(picture: pathlib.Path):
    if shutil.which("zbarimg") is None:
        pytest.skip("zbarimg is missing; scripts/setup installs it (zbar-tools)")
    ran = subprocess.run(["zbarimg", "--quiet", "--raw", "-Sdisable", "-Sqrcode.enable", str(picture)],
                         capture_output=True, text=True, timeout=PATIENCE)
    return ran.stdout.strip()


def create_order(page, matching_id):
    page.click("#open-form")
    page.type("[name=matchingId]", matching_id)
    page.click("#new-order .main")
    page.until("[...document.querySelectorAll('.order .activation-code')].some((code) => code.textContent.includes(id))", id="$" + matching_id)
    return page.run("[...document.querySelectorAll('.order .activation-code')].map((code) => code.textContent).find((code) => code.includes(id))",
                    id="$" + matching_id)


def test_an_order_is_made_its_code_scanned_its_download_watched_and_a_fault_switched(run, managed, page, tmp_path):
    with managed() as (server, api):
        page.open(api.url)
        page.until("document.querySelector('#state.live')")
        assert "There are no orders" in page.text()

        code = create_order(page, "FROM-THE-PAGE")
        [order] = api("GET", "/api/orders", document="orders")["orders"]
        assert code == order["activationCode"]
        page.until("(() => { const image = document.querySelector('.order .qr'); return image && image.complete && image.naturalWidth > 0; })()")
        for scheme in ("light", "dark"):
            page.use_colours(scheme)
            assert read_qr(page.screenshot(tmp_path / f"{scheme}.png")) == code
        page.use_colours("light")

        # A download, watched.
        run("lpa", "download", code, "--card", CARD)
        page.until("document.querySelectorAll('.call').length >= 4")
        seen = page.run("[...document.querySelectorAll('.call')].map((call) => [call.dataset.function, call.querySelector('.answer').innerText.includes('ok')])")
        assert [name for name, _ in seen[:3]] == ["initiateAuthentication", "authenticateClient", "getBoundProfilePackage"]
        assert all(good for _, good in seen[:3])
        page.until("document.querySelector('.order .pill.installed')")
        page.click(".call[data-function=authenticateClient] > summary")
        page.until("document.querySelector('.call[open] .content')?.innerText.includes('euiccSigned1')")
        page.screenshot(tmp_path / "watched.png")

        # A fault, switched on.
        page.click(".fault[data-id='The order is unknown'] .switch")
        page.until("document.querySelector(\".fault[data-id='The order is unknown'].on\")")
        [fault] = api("GET", "/api/faults", document="faults")["faults"]
        assert fault["enabled"] is True
        other = create_order(page, "SECOND")
        failed = run("lpa", "download", other, "--card", CARD, "--json", check=1)
        assert failed.error["code"] == "8.2.6/3.8"
        page.until("document.querySelector('.call .struck')?.innerText.includes('The order is unknown')")
        page.until("document.querySelector(\".fault[data-id='The order is unknown'] .hits\").innerText.includes('struck 1')")
        page.screenshot(tmp_path / "fault.png")

        # And off again.
        page.click(".fault[data-id='The order is unknown'] .switch")
        page.until("document.querySelector(\".fault[data-id='The order is unknown']:not(.on)\")")
        run("lpa", "download", other, "--card", CARD)
        assert len(iccids(run, CARD)) == 2

        # The server ends, and the page says so.
        server.stop()
        page.until("!document.querySelector('#gone').hidden && document.querySelector('#gone').innerText.includes('is gone since')")


def test_the_page_is_used_by_keyboard_and_says_what_is_wrong(managed, page):
    with managed() as (_, api):
        page.open(api.url)
        page.until("document.querySelector('#state.live')")
        page.run("document.querySelector('#open-form').focus()")
        page.press("Enter")
        page.until("document.activeElement.name === 'source'")
        page.run("(document.querySelector('[name=matchingId]').focus(), true)")
        page._call("Input.insertText", text="not allowed")
        page.press("Enter")
        page.until("document.querySelector('#new-order .problem').innerText.includes('matchingId')")
        assert page.run("document.activeElement.name") == "matchingId"
        assert page.run("document.activeElement.getAttribute('aria-invalid')") == "true"
        page.press("Escape")
        page.until("document.querySelector('#new-order').hidden")
        page.run("document.querySelector('.fault .switch').focus()")
        page.press(" ")
        page.until("document.querySelector('.fault.on')")
        assert page.run("document.activeElement.closest('.fault').classList.contains('on')")


def test_orders_of_a_csv_file_and_of_a_template_are_made_on_the_page(run, managed, page, tmp_path):
    run("profile", "make", "--out", "t.der")
    (tmp_path / "good.csv").write_text("iccid,matchingId\n8988211000000000011,FROM-CSV\n8988211000000000012,\n")
    (tmp_path / "bad.csv").write_text("iccid,imsi\n8988211000000000029,1\n")
    with managed() as (_, api):
        page.open(api.url)
        page.until("document.querySelector('#state.live')")

        def open_form(source):
            page.click("#open-form")
            page.run("(() => { const field = document.querySelector('[name=source]'); field.value = source; "
                     "field.dispatchEvent(new Event('change')); return true; })()", source=source)
        open_form("csv")
        page.choose("[name=csv]", tmp_path / "bad.csv")
        page.click("#new-order .main")
        page.until("document.querySelector('#new-order .problem').innerText.includes('csv, line 2, column imsi')")
        assert page.run("document.querySelector('[name=csv]').getAttribute('aria-invalid')") == "true"
        page.screenshot(tmp_path / "bad-csv.png")
        page.choose("[name=csv]", tmp_path / "good.csv")
        page.choose("[name=template]", tmp_path / "t.der")
        page.click("#new-order .main")
        page.until("document.querySelectorAll('.order').length === 2")
        assert "2 made" in page.run("document.querySelector('#batch-note').innerText")
        assert "line 3, column iccid" in page.run("document.querySelector('#batch-note').innerText")
        page.screenshot(tmp_path / "csv.png")

        open_form("template")
        page.choose("[name=template]", tmp_path / "t.der")
        page.type("[name=iccid]", "8988211000000000037")
        page.type("[name=msisdn]", "123")  # the template has no place for it
        page.click("#new-order .main")
        page.until("document.querySelector('#new-order .problem').innerText.includes('values.msisdn')")
        page.screenshot(tmp_path / "template.png")
        page.run("document.querySelector('[name=msisdn]').value = ''")
        page.click("#new-order .main")
        page.until("document.querySelectorAll('.order').length === 3")
        assert {order["iccid"] for order in api("GET", "/api/orders", document="orders")["orders"]} == {
            "8988211000000000011", "8988211000000000012", "8988211000000000037"}


def test_what_callers_send_is_no_part_of_the_page(managed, page):
    """A name with markup in it is shown as it is."""
    with managed() as (_, api):
        new_order(api, profileName="<img src=x onerror=\"document.title='hacked'\">")
        page.open(api.url)
        page.until("document.querySelector('.order')")
        assert "<img src=x" in page.text()
        assert page.run("document.querySelectorAll('.order .name img').length") == 0


def test_a_call_to_an_operator_goes_the_other_way_on_the_page(run, managed, page, tmp_path):
    run("pki", "create", "pki")
    with spoiling(tmp_path / "pki") as operator:
        operator.faults["handleDownloadProgressInfo"] = http_204
        with managed("--pki", "pki", "--operator", f"{OPERATOR}:{operator.port}", "--resolve", f"{OPERATOR}:127.0.0.1") as (_, api):
            order = new_order(api)
            run("lpa", "download", order["activationCode"], "--card", CARD, "--pki", "pki")
            page.open(api.url)
            page.until("document.querySelectorAll('.call[data-function=handleDownloadProgressInfo]').length === 3")
            assert page.run("[...document.querySelectorAll('#lanes span')].map((lane) => lane.textContent)") == ["LPA", "SM-DP+", "Operator"]
            assert "1: eligibility check" in page.run("document.querySelector('.call[data-function=handleDownloadProgressInfo]').innerText")
            assert not page.run("document.querySelector('.call[data-function=handleDownloadProgressInfo] .request').classList.contains('leftwards')")
            page.click(".call[data-function=handleDownloadProgressInfo] > summary")
            page.until("document.querySelector('.call[open] .content')?.innerText.includes('notificationPointId')")
            page.screenshot(tmp_path / "operator.png")


def test_an_operator_and_an_sm_ds_have_lanes_of_their_own(run, managed, page, profile):
    with managed("--stock", profile, "--smds", "testrootsmds.example.com", "--owner", "OP") as (server, api):
        port = server.ready["port"]
        order = ("smdp", "order")
        there = ("--server", f"localhost:{port}", "--requester", "OP", "--json")
        run(*order, "download", "--iccid", ICCID, "--eid", EID, *there)
        run(*order, "confirm", "--iccid", ICCID, "--eid", EID, "--matching-id", "EVENT-1", "--smds", f"testrootsmds.example.com:{port}",
            "--release", *there)
        [event] = api("GET", "/api/events", document="events")["events"]
        assert (event["eid"], event["eventId"]) == (EID, "EVENT-1")
        journal = api("GET", "/api/journal", document="journal")["journal"]
        assert [call["interface"] for call in journal if call["function"] == "confirmOrder"] == ["ES2+"]
        page.open(api.url)
        page.until("document.querySelectorAll('.call').length >= 2")
        assert page.run("[...document.querySelectorAll('#lanes span')].map((lane) => lane.textContent)")[-1] == "Operator"
        assert "EVENT-1" in page.run("document.querySelector('#events').innerText")
