"""Every distinct fault of docs/served-faults.md, by `smdp serve --faults` and `lpa download` over real HTTPS.

Which faults those are, and which scenario case shows each, is chosen by served_faults.py."""
import concurrent.futures
import json
import os
import shutil

import pytest
import served_faults
from conftest import BINARY, Program, serving

CARD = "sim:card.db"
DONE = 0
CASES = served_faults.served_cases(BINARY) if os.access(BINARY, os.X_OK) else []  # without it nothing runs at all
# How long the LPA waits for an answer that never comes.
SHORT = "0.5"


@pytest.fixture(scope="module")
def prepared(tmp_path_factory):
    """A directory with certificates, and a card that has met none of the servers yet."""
    directory = tmp_path_factory.mktemp("prepared")
    program = Program(directory)
    program("pki", "create", "pki")
    program("lpa", "info", "--card", CARD, "--pki", "pki")
    return directory


@pytest.fixture(scope="module")
def played(request, prepared, tmp_path_factory):
    """What is to come of each case that was asked for, by its name. Two at a time: most of the time is waiting."""
    asked = [item.callspec.params["case"] for item in request.session.items
             if item.path == request.path and "case" in getattr(getattr(item, "callspec", None), "params", {})]
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        yield {case.name: pool.submit(play, case, prepared, tmp_path_factory.mktemp("case")) for case in asked}
        pool.shutdown(cancel_futures=True)


def serve_arguments(case, prepared, program):
    given = case.scenario.get("given", {})
    arguments = ["--pki", prepared / "pki", "--curve", given.get("curve", "nist"),
                 "--key-mode", given.get("server", {}).get("keyMode", "random")]
    for number, (name, order) in enumerate(given["orders"].items(), 1):
        program("profile", "make", "--iccid", f"898821100000000000{number}", "--filler", order.get("filler", 3000), "--out", f"{number}.der")
        arguments += ["--profile", f"{number}.der", "--matching-id", order.get("matchingId", f"ORDER-{name}"),
                      "--confirmation-code", order.get("confirmationCode", "-")]
    return arguments


def play(case, prepared, directory):
    """Serves the faults of a case and has its downloads made: how they ended, and how the faults fared."""
    shutil.copy(prepared / "card.db", directory / "card.db")
    program = Program(directory)
    (directory / "plan.json").write_text(json.dumps(case.scenario["faults"]))
    ended = []
    with serving(program, "smdp", "serve", *serve_arguments(case, prepared, program), "--faults", "plan.json", "--seed", 1) as server:
        codes = dict(zip(case.scenario["given"]["orders"], (order["activationCode"] for order in server.ready["orders"])))
        for step in (step for step in case.steps if "lpa.download" in step):
            parameters = step["lpa.download"]
            code = codes[parameters["order"]]
            if "smdpOid" in parameters:
                scheme, address, matching_id, *rest = code.split("$")
                code = "$".join((scheme, address, matching_id, parameters["smdpOid"], *rest[1:]))
            options = ["--confirmation-code", parameters["confirmationCode"]] if "confirmationCode" in parameters else []
            options += ["--timeout", SHORT] if step.get("fails", {}).get("layer") == "timeout" else []
            ended.append((step, program("lpa", "download", code, "--card", CARD, "--pki", prepared / "pki", "--once", *options, "--json",
                                          check=None)))
        return ended, server.stop()["faults"], server.log()


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_a_fault_strikes_as_its_scenario_says(case, played):
    ended, reports, log = played[case.name].result()
    for step, outcome in ended:
        if "fails" not in step:
            assert outcome.status == DONE, (outcome, log)
            continue
        assert outcome.status != DONE, (outcome, log)
        for name, wanted in step["fails"].items():
            found = outcome.error.get(name, "")
            assert wanted in found if name == "text" else wanted == found, (outcome, log)
    assert len(reports) == len(case.faults)
    for report in reports:
        # How often it should have struck is known of the whole scenario, of which this may have been the beginning.
        assert report["used"] > 0 and "could not act" not in report.get("complaint", ""), (report, log)


def test_there_are_as_many_faults_as_promised():
    assert len({fault for case in CASES for fault in case.faults}) >= served_faults.PROMISED
