"""A headless Chromium, driven over its DevTools protocol."""
import base64
import contextlib
import itertools
import json
import os
import pathlib
import shutil
import subprocess
import time
import urllib.request

import pytest
from conftest import PATIENCE

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")


class Page:
    """One page. Whatever is waited for has a deadline."""

    def __init__(self, socket):
        self._socket, self._numbers = socket, itertools.count(1)
        self.errors = []  # uncaught exceptions, and what the page could not load
        self._call("Page.enable")
        self._call("Runtime.enable")
        self._call("Log.enable")

    def _call(self, method, **params):
        number = next(self._numbers)
        self._socket.send(json.dumps({"id": number, "method": method, "params": params}))
        while True:
            message = json.loads(self._socket.recv())
            if message.get("method") == "Runtime.exceptionThrown":
                details = message["params"]["exceptionDetails"]
                self.errors.append(details.get("exception", {}).get("description") or details["text"])
            if message.get("id") == number:
                assert "error" not in message, message
                return message["result"]

    def open(self, url, width=1360, height=1000):
        self._call("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=False)
        self._call("Page.navigate", url=url)

    def run(self, script, **names):
        """The value of an expression of JavaScript; `names` are there as constants."""
        constants = "".join(f"const {name} = {json.dumps(value)};" for name, value in names.items())
        result = self._call("Runtime.evaluate", expression=f"(() => {{ {constants} return ({script}); }})()",
                            returnByValue=True, awaitPromise=True)
        assert "exceptionDetails" not in result, result["exceptionDetails"]
        return result["result"].get("value")

    def until(self, script, what=None, **names):
        """Waits until an expression is true, and returns its value."""
        deadline = time.monotonic() + PATIENCE
        # The page itself looks after each of its frames, so that nobody has to sleep.
        waiting = f"""new Promise((done) => {{ const end = Date.now() + 1000;
          const look = () => {{ const value = (() => ({script}))(); value || Date.now() > end ? done(value instanceof Node || value) : setTimeout(look, 20); }}; look(); }})"""
        while True:
            value = self.run(waiting, **names)
            if value:
                return value
            assert time.monotonic() < deadline, f"{what or script} does not come about; the page says:\n{self.text()}"

    def text(self):
        return self.run("document.body.innerText")

    def click(self, selector):
        """A real click, with the mouse, in the middle of an element."""
        place = self.until("""(() => { const element = document.querySelector(selector); if (!element) return null;
          element.scrollIntoView({block: "center"}); const box = element.getBoundingClientRect();
          return box.width && [box.x + box.width / 2, box.y + box.height / 2]; })()""", selector, selector=selector)
        for kind in ("mousePressed", "mouseReleased"):
            self._call("Input.dispatchMouseEvent", type=kind, x=place[0], y=place[1], button="left", clickCount=1)

    def type(self, selector, text):
        self.click(selector)
        self._call("Input.insertText", text=text)

    def choose(self, selector, file):
        """A file in a field for files."""
        document = self._call("DOM.getDocument")["root"]["nodeId"]
        field = self._call("DOM.querySelector", nodeId=document, selector=selector)["nodeId"]
        self._call("DOM.setFileInputFiles", nodeId=field, files=[str(file)])

    def press(self, key):
        """A key: "Tab", "Enter", " "."""
        code = {"Tab": 9, "Enter": 13, " ": 32, "Escape": 27}[key]
        text = {"Enter": "\r", " ": " "}.get(key, "")
        self._call("Input.dispatchKeyEvent", type="keyDown", key=key, windowsVirtualKeyCode=code, text=text)
        self._call("Input.dispatchKeyEvent", type="keyUp", key=key, windowsVirtualKeyCode=code)

    def use_colours(self, scheme):
        self._call("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": scheme}])

    def screenshot(self, file: pathlib.Path, selector=None):
        options = {}
        if selector:
            box = self.run("""(() => { const element = document.querySelector(selector); element.scrollIntoView({block: "center"});
              const box = element.getBoundingClientRect(); return [box.x + scrollX, box.y + scrollY, box.width, box.height]; })()""",
                           selector=selector)
            options["clip"] = {"x": box[0] - 8, "y": box[1] - 8, "width": box[2] + 16, "height": box[3] + 16, "scale": 1}
        shot = self._call("Page.captureScreenshot", format="png", captureBeyondViewport=bool(selector), **options)
        file.write_bytes(base64.b64decode(shot["data"]))
        return file


@contextlib.contextmanager
def browsing(directory: pathlib.Path):
    """A page of a browser that ends with the test."""
    if CHROMIUM is None:
        pytest.skip("Chromium is missing; scripts/setup installs it")
    websocket = pytest.importorskip("websocket", reason="python3-websocket is missing; scripts/setup installs it")
    profile = directory / "chromium"
    # As root, and in a container, Chromium cannot make its sandbox; it sees only pages of ours here.
    arguments = [CHROMIUM, "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run",
                 "--disable-background-networking", "--disable-component-update", "--disable-sync", "--disable-extensions",
                 "--remote-debugging-port=0", "--remote-allow-origins=*", f"--user-data-dir={profile}", "about:blank"]
    with open(directory / "chromium.log", "w") as log:
        process = subprocess.Popen(arguments, stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                                   env={**os.environ, "HOME": str(directory)})
    socket = None
    try:
        port_file, deadline = profile / "DevToolsActivePort", time.monotonic() + PATIENCE
        while not (port_file.exists() and port_file.read_text().count("\n")):
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(timeout=0.05)
                pytest.fail(f"Chromium ended at once: {(directory / 'chromium.log').read_text()}")
            assert time.monotonic() < deadline, "Chromium does not get ready"
        port = port_file.read_text().splitlines()[0]
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/json/list", timeout=PATIENCE) as answer:
            [target] = [target for target in json.load(answer) if target["type"] == "page"]
        socket = websocket.create_connection(target["webSocketDebuggerUrl"], timeout=PATIENCE)
        yield Page(socket)
    finally:
        if socket is not None:
            socket.close()
        process.terminate()
        try:
            process.wait(timeout=PATIENCE)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
