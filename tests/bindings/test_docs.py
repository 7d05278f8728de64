"""The examples of the manual do what it says."""
import doctest
import pathlib
import re

import pytest

import esimbench
from esimbench import errors, pytest_plugin

MANUAL = pathlib.Path(__file__).resolve().parents[2] / "docs" / "python.md"
EXAMPLES = re.findall(r"^```python\n(.*?)^```", MANUAL.read_text(), re.DOTALL | re.MULTILINE)


@pytest.mark.parametrize("number", range(len(EXAMPLES)))
def test_an_example_passes(number, pytester):
    pytester.makepyfile(EXAMPLES[number])
    tests = len(re.findall(r"^def test_", EXAMPLES[number], re.MULTILINE))
    outcome = pytester.runpytest("-W", "error", "--strict-markers", "-p", "no:xdist").parseoutcomes()
    assert set(outcome) == {"passed"} and outcome["passed"] >= tests > 0


def test_the_manual_lists_all_options_and_exceptions():
    text = MANUAL.read_text()
    for option in pytest_plugin.OPTIONS:
        for name in (f"--esimbench-{option.name}", option.ini, option.variable):
            assert f"`{name}" in text, name
    for name in errors.__all__:
        assert f"`{name}`" in text, name
    options = re.findall(r"(\w+): ", esimbench.Testbed.__init__.__doc__)
    assert "svn" in options
    for name in options[1:]:  # the first one is self
        assert f"`{name}`" in text, name
    for name in ("testbed", "lpa", "euicc", "smdp", "faults", "trace", "clock"):
        assert f"`{name}`" in text and hasattr(pytest_plugin, name)
    assert esimbench.__version__


def documented():
    """Every object with a docstring that has an example."""
    for name in esimbench.__all__:
        thing = getattr(esimbench, name)
        members = vars(thing).items() if isinstance(thing, type) else ()
        for label, value in ((name, thing), *((f"{name}.{member}", value) for member, value in members)):
            if ">>>" in (getattr(value, "__doc__", None) or "") and not label.endswith("__init__"):
                yield pytest.param(value.__doc__, id=label)


@pytest.mark.parametrize("docstring", [*documented(), pytest.param(esimbench.__doc__, id="esimbench")])
def test_an_example_of_a_docstring_says_what_happens(docstring, testbed):
    names = {**{name: getattr(esimbench, name) for name in esimbench.__all__}, "testbed": testbed, "lpa": testbed.lpa,
             "faults": testbed.faults}
    example = doctest.DocTestParser().get_doctest(docstring, names, "docstring", None, 0)
    said = []
    doctest.DocTestRunner(optionflags=doctest.ELLIPSIS).run(example, out=said.append)
    assert not said, "".join(said)
    testbed.faults.clear()
