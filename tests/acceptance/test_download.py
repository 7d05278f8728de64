"""Server and LPA as two processes, a card in a file."""
import pytest
from conftest import EID, ICCID, iccids

CARD = "sim:card.db"
OTHER_ICCID = "8988211000000000027"


def history(server, matching_id):
    return server.orders()[matching_id]["history"]


def make(run, iccid, out):
    run("profile", "make", "--iccid", iccid, "--out", out)
    return out


def test_the_ready_file_says_where_and_with_which_codes(serve, profile):
    with serve("--profile", profile, "--matching-id", "M", "--confirmation-code", "1234") as server:
        ready = dict(server.ready)
        port = ready.pop("port")
        assert 0 < port < 65536
        [order] = ready.pop("orders")
        assert ready == {"host": "localhost", "url": f"https://localhost:{port}"}
        assert order["activationCode"] == f"LPA:1$localhost:{port}$M$$1"
        assert (order["matchingId"], order["iccid"], order["state"]) == ("M", ICCID, "released")


def test_download_with_a_confirmation_code_in_two_processes(run, serve, tmp_path, profile):
    with serve("--listen", "127.0.0.1:0", "--pki", "P", "--profile", profile, "--matching-id", "M",
               "--confirmation-code", "1234") as server:
        code = f"LPA:1$localhost:{server.ready['port']}$M$$1"
        download = ("lpa", "download", code, "--card", CARD, "--pki", "P", "--json")

        wrong = run(*download, "--confirmation-code", "4321", check=1)
        assert wrong.error["code"] == "8.2.7/3.8"
        assert wrong.error["step"] == "ES9+.GetBoundProfilePackage"
        assert iccids(run, CARD) == []

        right = run(*download, "--confirmation-code", "1234")
        assert (right["iccid"], right["state"]) == (ICCID, "disabled")
        assert [(n["event"], n["delivered"]) for n in right["notifications"]] == [("install", True)]

        # A third process, which needs neither server nor certificates.
        [listed] = run("lpa", "profiles", "--card", CARD, "--json")["profiles"]
        assert (listed["iccid"], listed["state"], listed["isdpAid"]) == (ICCID, "disabled", right["isdpAid"])

    assert server.orders()["M"]["state"] == "installed"
    assert history(server, "M") == ["released", "cancelled: postponed", "downloaded", "installed"]
    assert server.orders()["M"]["eid"] == EID


def test_the_third_wrong_confirmation_code_ends_the_order(run, serve, profile):
    with serve("--profile", profile, "--matching-id", "M", "--confirmation-code", "1234") as server:
        def attempt(code):
            return run("lpa", "download", server.code(), "--card", CARD, "--confirmation-code", code, "--json", check=1)

        assert [attempt("0000").error["code"] for _ in range(3)] == ["8.2.7/3.8", "8.2.7/3.8", "8.2.7/6.4"]
        assert attempt("1234").error["code"] == "8.2/1.2"
        assert iccids(run, CARD) == []
    assert server.orders()["M"]["state"] == "error"


def test_a_needed_confirmation_code_that_is_not_given_leaves_the_order_open(run, serve, profile):
    with serve("--profile", profile, "--matching-id", "M", "--confirmation-code", "1234") as server:
        # The flag in the activation code is left out, so only the server's answer says that a code is needed.
        code = server.code().removesuffix("$$1")
        missing = run("lpa", "download", code, "--card", CARD, "--json", check=(1, 2))
        assert missing.error["code"] == "confirmationCodeMissing"
        assert "--confirmation-code" in missing.error["hint"]
        run("lpa", "download", code, "--card", CARD, "--confirmation-code", "1234")
    assert history(server, "M") == ["released", "cancelled: postponed", "downloaded", "installed"]


def test_a_confirmation_code_is_text_in_any_script(run, serve, profile):
    with serve("--profile", profile, "--matching-id", "M", "--confirmation-code", "schlüssel ☃") as server:
        run("lpa", "download", server.code(), "--card", CARD, "--confirmation-code", "schlüssel ☃")


def test_an_installed_order_is_not_served_again(run, serve, profile):
    with serve("--profile", profile, "--matching-id", "M") as server:
        run("lpa", "download", server.code(), "--card", CARD)
        again = run("lpa", "download", server.code(), "--card", CARD, "--json", check=1)
        assert again.error["code"] == "8.2/1.2"
        assert iccids(run, CARD) == [ICCID]
    assert server.orders()["M"]["state"] == "installed"


def test_a_profile_that_is_on_the_card_already_is_refused_by_the_card(run, serve, profile):
    with serve("--profile", profile, "--profile", profile, "--matching-id", "A", "--matching-id", "B") as server:
        run("lpa", "download", server.code(0), "--card", CARD)
        again = run("lpa", "download", server.code(1), "--card", CARD, "--json", check=1)
        assert again.error["code"] == "installFailedDueToIccidAlreadyExistsOnEuicc"
        assert iccids(run, CARD) == [ICCID]
        # The failed installation was reported, too.
        assert run("lpa", "notifications", "--card", CARD, "--json")["notifications"] == []
    assert server.orders()["B"]["state"] == "error"
    assert any("IccidAlreadyExistsOnEuicc" in entry for entry in history(server, "B"))


def test_an_unknown_matching_id_is_refused(run, serve, profile):
    with serve("--profile", profile, "--matching-id", "M") as server:
        refused = run("lpa", "download", f"LPA:1${server.address}$OTHER", "--card", CARD, "--json", check=1)
        assert refused.error["code"] == "8.2.6/3.8"


def test_an_order_for_another_eid_is_refused(run, serve, profile):
    other = "89049032000000000000000000000002"
    with serve("--profile", profile, "--matching-id", "M", "--eid", other) as server:
        assert run("lpa", "download", server.code(), "--card", CARD, "--json", check=1).error["code"] == "8.1.1/3.8"


def test_an_activation_code_names_the_right_or_a_wrong_smdp(run, serve, profile):
    with serve("--profile", profile, "--matching-id", "M") as server:
        code = server.code()
        wrong = run("lpa", "download", code + "$2.999.99", "--card", CARD, "--json", check=1)
        assert wrong.error["path"] == "serverCertificate" and "2.999.99" in wrong.error["text"]
        run("lpa", "download", code + "$2.999.10", "--card", CARD)


@pytest.mark.parametrize("key_mode", ["session", "random"])
@pytest.mark.parametrize("curve", ["nist", "brainpool"])
def test_both_ways_to_protect_a_profile_on_both_curves(run, serve, profile, key_mode, curve):
    with serve("--profile", profile, "--matching-id", "M", "--key-mode", key_mode, "--curve", curve) as server:
        run("lpa", "download", server.code(), "--card", CARD)
        assert iccids(run, CARD) == [ICCID]


@pytest.mark.parametrize("block_size", [16, 120, 254, 255])
def test_every_block_size_will_do(run, serve, profile, block_size):
    with serve("--profile", profile, "--matching-id", "M") as server:
        run("lpa", "download", server.code(), "--card", CARD, "--block-size", block_size)
        assert iccids(run, CARD) == [ICCID]


def test_blocks_too_small_to_be_counted_are_refused_and_larger_ones_go_on(run, serve, profile):
    # STORE DATA counts its blocks in one octet: 256 of them are all that there can be.
    with serve("--profile", profile, "--matching-id", "M") as server:
        refused = run("lpa", "download", server.code(), "--card", CARD, "--block-size", 1, "--json", check=(1, 2))
        assert "256" in refused.error["text"]
        run("lpa", "download", server.code(), "--card", CARD)


def test_several_orders_with_placeholders(run, serve):
    first, second, third = (make(run, f"898821100000000{n:04d}", f"p{n}.der") for n in (10, 11, 12))
    with serve("--profile", first, "--profile", second, "--profile", third,
               "--matching-id", "A", "--matching-id", "B", "--matching-id", "-",
               "--confirmation-code", "-", "--confirmation-code", "77",
               "--eid", "-", "--eid", "-", "--eid", EID) as server:
        orders = server.ready["orders"]
        assert [order["activationCode"].split("$", 2)[2] for order in orders] == ["A", "B$$1", ""]
        assert [order.get("eid") for order in orders] == [None, None, EID]
        run("lpa", "download", server.code(0), "--card", CARD)
        assert run("lpa", "download", server.code(1), "--card", CARD, "--confirmation-code", "7", "--json",
                   check=1).error["code"] == "8.2.7/3.8"
        run("lpa", "download", server.code(1), "--card", CARD, "--confirmation-code", "77")
        run("lpa", "default-smdp", server.address, "--card", CARD)
        run("lpa", "download", "--card", CARD)
        assert iccids(run, CARD) == ["8988211000000000010", "8988211000000000011", "8988211000000000012"]
    assert [order["state"] for order in server.final["orders"]] == ["installed"] * 3


def test_an_order_without_matching_id_gets_one(run, serve, profile):
    with serve("--profile", profile, "--profile", make(run, OTHER_ICCID, "other.der")) as server:
        ids = [order["matchingId"] for order in server.ready["orders"]]
        assert len(set(ids)) == 2 and all(len(an_id) >= 20 for an_id in ids)
        run("lpa", "download", server.code(0), "--card", CARD)
        run("lpa", "download", server.code(1), "--card", CARD)


def test_download_from_the_default_smdp(run, serve, profile):
    with serve("--profile", profile, "--matching-id", "-", "--eid", EID) as server:
        assert run("lpa", "download", "--card", CARD, "--json", check=(1, 2)).error["step"] == "download"
        assert run("lpa", "default-smdp", server.address, "--card", CARD, "--json")["defaultSmdp"] == server.address
        assert run("lpa", "download", "--card", CARD, "--json")["iccid"] == ICCID
    [order] = server.final["orders"]
    assert order["state"] == "installed"


def test_a_default_order_of_another_eid_is_not_given(run, serve, profile):
    with serve("--profile", profile, "--matching-id", "-", "--eid", "89049032000000000000000000000002") as server:
        run("lpa", "default-smdp", server.address, "--card", CARD)
        assert run("lpa", "download", "--card", CARD, "--json", check=1).error["code"] == "8.1.1/3.8"


def test_a_server_with_a_store_goes_on_where_it_was(run, serve, profile):
    other = make(run, OTHER_ICCID, "other.der")
    arguments = ("--profile", profile, "--profile", other, "--matching-id", "A", "--matching-id", "B",
                 "--confirmation-code", "-", "--confirmation-code", "1234", "--store", "orders.db")
    with serve(*arguments) as server:
        run("lpa", "download", server.code(0), "--card", CARD)
        run("lpa", "download", server.code(1), "--card", CARD, "--confirmation-code", "9", check=1)

    # The same command line again: the orders are those of the last time, wrong codes stay counted.
    with serve(*arguments) as server:
        assert [(o["matchingId"], o["state"]) for o in server.ready["orders"]] == [("A", "installed"), ("B", "released")]
        assert run("lpa", "download", server.code(1), "--card", CARD, "--confirmation-code", "9", "--json",
                   check=1).error["code"] == "8.2.7/3.8"
        assert run("lpa", "download", server.code(1), "--card", CARD, "--confirmation-code", "9", "--json",
                   check=1).error["code"] == "8.2.7/6.4"

    # And from the store alone.
    with serve("--store", "orders.db") as server:
        assert [(o["matchingId"], o["state"]) for o in server.ready["orders"]] == [("A", "installed"), ("B", "error")]


def test_orders_in_a_store_outlive_a_server_that_is_killed(run, serve, profile):
    with serve("--profile", profile, "--matching-id", "M", "--store", "orders.db") as server:
        run("lpa", "download", server.code(), "--card", CARD)
        server.process.kill()
        server.process.wait()
        server.final = {}
    with serve("--store", "orders.db") as server:
        [order] = server.ready["orders"]
        assert (order["state"], order["eid"]) == ("installed", EID)


@pytest.mark.parametrize("address", ["127.0.0.1:{port}", "127.0.0.1"])
def test_resolve_points_a_name_at_an_address(run, serve, profile, address):
    host = "testsmdpplus1.example.com"
    with serve("--host", host, "--profile", profile, "--matching-id", "M") as server:
        assert server.code() == f"LPA:1${host}:{server.ready['port']}$M"
        resolve = f"{host}:" + address.format(port=server.ready["port"])
        download = run("lpa", "download", server.code(), "--card", CARD, "--resolve", resolve, "--json")
        assert [n["delivered"] for n in download["notifications"]] == [True]


def test_a_server_under_another_name_than_it_is_called_by_is_not_trusted(run, serve, profile):
    with serve("--host", "testsmdpplus1.example.com", "--profile", profile, "--matching-id", "M") as server:
        code = f"LPA:1$elsewhere.example.com:{server.ready['port']}$M"
        refused = run("lpa", "download", code, "--card", CARD, "--resolve", "elsewhere.example.com:127.0.0.1", "--json",
                      check=1)
        assert refused.error["layer"] == "crypto"


def test_a_card_behind_a_socket_downloads_as_well(run, serve, serve_card, profile):
    with serve("--profile", profile, "--matching-id", "M") as server, serve_card("--store", "card.db") as card:
        run("lpa", "download", server.code(), "--card", card.ready["card"])
        run("lpa", "enable", ICCID, "--card", card.ready["card"])
    [listed] = run("lpa", "profiles", "--card", CARD, "--json")["profiles"]
    assert (listed["iccid"], listed["state"]) == (ICCID, "enabled")
