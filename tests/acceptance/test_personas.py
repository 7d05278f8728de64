"""Personas on the command line."""
import json
import pathlib
import time

import pytest
from conftest import EID
from test_card_socket import Client

ROOT = pathlib.Path(__file__).resolve().parents[2]
USAGE = 2
FIVE_BER = "A0000005591010FFFFFFFF8900050500"


def test_the_shipped_ones_are_listed_and_printed(run):
    names = [persona["name"] for persona in run("euicc", "personas", "--json").json["personas"]]
    assert names == sorted(names) and {"default", "5ber", "strict"} <= set(names)
    assert json.loads(run("euicc", "personas", "5ber").stdout) == json.loads((ROOT / "personas" / "5ber.json").read_text())


def test_a_served_card_is_of_its_persona(serve_card):
    with serve_card("--persona", "5ber") as card, Client(card) as client:
        assert card.ready["persona"] == "5ber"
        assert client.apdu(f"00A4040C10{FIVE_BER}") == "9000"


def test_a_card_in_a_file_stays_what_it_is(run, serve_card):
    with serve_card("--persona", "5ber", "--store", "card.db"):
        pass
    with serve_card("--store", "card.db") as card:
        assert card.ready["persona"] == "5ber"
    # The LPA knows the AID of a card in its own process.
    assert run("lpa", "info", "--card", "sim:card.db", "--json").json["eid"] == EID
    refused = run("lpa", "info", "--card", "sim:card.db", "--persona", "glocalme", "--json", check=USAGE)
    assert "was made as '5ber'" in refused.json["error"]["text"]


def test_a_name_that_there_is_not_is_answered_with_those_that_there_are(run):
    error = run("euicc", "serve", "--frontend", "socket", "--persona", "6ber", "--json", check=USAGE).json["error"]
    assert "5ber" in error["hint"] and "default" in error["hint"]


def test_a_mistake_in_a_file_is_told_with_its_line(run, tmp_path):
    (tmp_path / "mine.json").write_text('{"description": "mine",\n"memory": "much"}')
    error = run("demo", "--persona", "mine.json", "--json", check=USAGE).json["error"]
    assert "mine.json:2" in error["path"] and "whole number" in error["text"]


def test_the_demo_works_with_another_card(run):
    assert run("demo", "--persona", "strict", "--json").json["state"] == "enabled"


def test_a_card_takes_its_time(serve_card, tmp_path):
    (tmp_path / "slow.json").write_text('{"description": "slow", "timing": {"command": 5}}')
    with serve_card("--persona", "slow.json") as card, Client(card) as client:
        before = time.monotonic()
        client.apdu("00A4000C023F00")
        assert time.monotonic() - before >= 0.005


def test_another_validator_takes_every_persona_and_refuses_a_misspelt_one():
    jsonschema = pytest.importorskip("jsonschema")
    schema = json.loads((ROOT / "personas" / "persona.schema.json").read_text())
    jsonschema.Draft7Validator.check_schema(schema)
    validator = jsonschema.Draft7Validator(schema)
    files = [file for file in sorted((ROOT / "personas").glob("*.json")) if file.name != "persona.schema.json"]
    assert len(files) >= 8
    for file in files:
        assert next(validator.iter_errors(json.loads(file.read_text())), None) is None, file
    assert next(validator.iter_errors({"description": "x", "isdrAid": "A0"}), None) is not None
