"""The file of `smdp serve --store`: one that cannot be used is named at the start, with what to do."""
import os
import shutil
import sqlite3
import subprocess
import tempfile

import pytest
from conftest import BINARY, PATIENCE

ENVIRONMENT_IS_MISSING = 3


def refusal(run, file):
    """The error of a server that shall keep its orders in the file."""
    refused = run("smdp", "serve", "--store", file, "--ready-file", "never.json", "--json", check=ENVIRONMENT_IS_MISSING)
    assert not (run.directory / "never.json").exists()
    assert refused.error["path"] == str(file)
    assert str(file) in refused.error["text"] and refused.error["hint"], refused.error
    return refused.error


@pytest.fixture
def store(serve, profile, tmp_path):
    """A file with an order in it."""
    with serve("--profile", profile, "--matching-id", "KEPT", "--store", tmp_path / "orders.db"):
        pass
    return tmp_path / "orders.db"


def test_one_that_another_server_has(run, serve, store):
    with serve("--store", store) as server:
        error = refusal(run, store)
        assert "another program has it open" in error["text"] and "end that program" in error["hint"]
        assert [order["matchingId"] for order in server.ready["orders"]] == ["KEPT"]


def test_one_that_is_no_database(run, tmp_path):
    (tmp_path / "list.txt").write_text("a shopping list\n" * 100)
    assert "no database" in refusal(run, tmp_path / "list.txt")["text"]
    assert (tmp_path / "list.txt").read_text() == "a shopping list\n" * 100


@pytest.mark.parametrize("kept", ["half", "a page less", "a page", "100 octets"])
def test_one_that_is_cut_off(run, store, kept):
    size = store.stat().st_size
    os.truncate(store, {"half": size // 2, "a page less": size - 4096, "a page": 4096, "100 octets": 100}[kept])
    refusal(run, store)


def test_one_of_a_later_version(run, store):
    with sqlite3.connect(store) as database:
        database.execute("PRAGMA user_version = 99")
    database.close()
    assert "later version" in refusal(run, store)["text"]


def test_one_of_another_program(run, tmp_path):
    with sqlite3.connect(tmp_path / "recipes.db") as database:
        database.execute("CREATE TABLE recipes (name TEXT)")
    database.close()
    assert "another program" in refusal(run, tmp_path / "recipes.db")["text"]


def test_one_in_a_folder_that_does_not_exist(run, tmp_path):
    assert "folder" in refusal(run, tmp_path / "missing" / "orders.db")["hint"]


def test_one_that_is_a_folder(run, tmp_path):
    refusal(run, tmp_path)


@pytest.mark.parametrize("folder_too", [False, True])
def test_one_that_may_not_be_written(store, folder_too):
    """As a user who is not root, since root may write everything."""
    if os.geteuid() != 0:
        user = {}
    elif subprocess.run([BINARY, "--version"], user="nobody", capture_output=True, timeout=PATIENCE).returncode == 0:
        user = {"user": "nobody", "group": "nogroup", "extra_groups": []}
    else:
        pytest.skip("nobody may run the program where it is")
    with tempfile.TemporaryDirectory() as folder:  # the test's own folder is closed to others
        file = shutil.copy(store, folder)
        os.chmod(file, 0o444)
        os.chmod(folder, 0o555 if folder_too else 0o777)
        ran = subprocess.run([BINARY, "smdp", "serve", "--store", file], cwd="/", capture_output=True, text=True,
                             timeout=PATIENCE, stdin=subprocess.DEVNULL, env={**os.environ, "HOME": folder}, **user)
        os.chmod(folder, 0o755)
    assert ran.returncode == ENVIRONMENT_IS_MISSING, ran
    assert file in ran.stderr and "may not be written" in ran.stderr and "may you write" in ran.stderr
