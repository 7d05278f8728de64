"""Orders of a mock SM-DP+ out of a template and CSV, a line each."""
import json

import pytest
from conftest import EID, ICCID, iccids

CARD = "sim:card.db"
CSV = f"""iccid,imsi,k,opc,matchingId,confirmationCode,eid
8988211000000000011,001010000000001,{"11" * 16},{"22" * 16},FIRST,1234,
8988211000000000029,001010000000002,,,SECOND,,
8988211000000000037,001010000000003,,,-,,{EID}
8988211000000000045,,,,,,
"""


@pytest.fixture
def files(run, tmp_path):
    run("profile", "make", "--name", "lab template", "--out", "t.der")
    (tmp_path / "orders.csv").write_text(CSV)
    return tmp_path


def test_each_line_is_an_order(run, serve, files):
    with serve("--template", files / "t.der", "--csv", files / "orders.csv", "--name", "of a batch") as server:
        orders = {order["iccid"]: order for order in server.ready["orders"]}
        assert len(orders) == 4 and all(order["state"] == "released" for order in orders.values())
        first, second, default, other = (orders[iccid] for iccid in sorted(orders))
        assert (first["matchingId"], first["confirmationCodeRequired"]) == ("FIRST", True)
        assert (second["matchingId"], second["profileName"]) == ("SECOND", "of a batch")
        assert (default["matchingId"], default["eid"]) == ("", EID)
        assert other["matchingId"] not in ("", "FIRST", "SECOND")
        got = run("lpa", "download", first["activationCode"], "--confirmation-code", "1234", "--card", CARD, "--json")
        run("lpa", "download", other["activationCode"], "--card", CARD)
        assert got["iccid"] == first["iccid"]
        assert iccids(run, CARD) == [first["iccid"], other["iccid"]]


def test_a_line_is_a_profile_in_stock_where_that_is_wanted(run, serve, tmp_path):
    (tmp_path / "stock.csv").write_text("iccid,msisdn\n8988211000000000011,+41791234567\n8988211000000000029,\n")
    with serve("--stock-csv", tmp_path / "stock.csv", "--profile-type", "P", "--owner", "OP") as server:
        assert [order["state"] for order in server.ready["orders"]] == ["available"] * 2
        ordered = run("smdp", "order", "download", "--profile-type", "P", "--server", server.address, "--requester", "OP", "--json")
        assert ordered["iccid"] == "8988211000000000011"


def test_the_same_command_line_again_goes_on_with_the_orders_of_the_store(run, serve, files):
    arguments = ("--template", files / "t.der", "--csv", files / "orders.csv", "--store", files / "orders.db")
    with serve(*arguments) as server:
        before = {order["iccid"]: order["matchingId"] for order in server.ready["orders"]}
        run("lpa", "download", server.ready["orders"][1]["activationCode"], "--card", CARD)
    with open(files / "orders.csv", "a") as csv:
        csv.write("8988211000000000052,,,,,,\n")
    with serve(*arguments) as server:
        after = {order["iccid"]: order for order in server.ready["orders"]}
        assert len(after) == 5
        assert {iccid: after[iccid]["matchingId"] for iccid in before} == before
        assert after["8988211000000000029"]["state"] == "installed"


@pytest.mark.parametrize("csv, place", [
    ("", "line 1"),
    ("iccid;imsi\n", "line 1, column iccid;imsi"),
    (f"iccid,imsi\n{ICCID},1\n", "line 2, column imsi"),
    (f"iccid,eid\n8988211000000000011,\n{ICCID},8904\n", "line 3, column eid"),
    (f"iccid,matchingId\n8988211000000000011,A\n{ICCID},b\n", "line 3, column matchingId"),
    ("iccid,matchingId\n8988211000000000011,A\n8988211000000000029,A\n", "line 3, column matchingId"),
    ("iccid,matchingId\n8988211000000000011,A\n8988211000000000029,KEPT\n", "line 3, column matchingId"),
    (f"iccid,matchingId\n{ICCID},-\n", "line 2, column matchingId"),
    (f"iccid,msisdn\n8988211000000000011,\n{ICCID},123\n", "line 3, column msisdn"),
])
def test_a_bad_line_is_named_and_there_is_no_order_of_the_file(run, serve, files, profile, csv, place):
    with serve("--profile", profile, "--matching-id", "KEPT", "--store", files / "orders.db"):
        pass
    (files / "bad.csv").write_text(csv)
    refused = run("smdp", "serve", "--csv", "bad.csv", "--template", "t.der", "--profile", profile, "--matching-id", "NEW",
                  "--store", "orders.db", "--ready-file", "never.json", "--json", check=2)
    assert refused.error["path"] == place and "bad.csv" in refused.error["step"], json.dumps(refused.error)
    assert not (files / "never.json").exists()
    with serve("--store", files / "orders.db") as server:
        assert [order["matchingId"] for order in server.ready["orders"]] == ["KEPT"]


@pytest.mark.parametrize("arguments, named", [
    (("--csv", "missing.csv"), "missing.csv"),
    (("--template", "orders.csv", "--csv", "orders.csv"), "orders.csv"),
    (("--template", "t.der"), "--csv"),
    (("--stock-csv", "orders.csv"), "line 1, column matchingId"),
])
def test_what_cannot_be_meant_is_refused(run, files, arguments, named):
    refused = run("smdp", "serve", *arguments, "--json", check=(1, 2))
    assert named in json.dumps(refused.error)
