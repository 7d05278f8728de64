"""HTTPS servers that misbehave: they stand before a real one and spoil what they are told to."""
import contextlib
import http.server
import json
import socket
import ssl
import threading
import urllib.error
import urllib.request

from conftest import PATIENCE, openssl

# The functions of a download in their order, and what of an answer can be wrong.
FUNCTIONS = ("initiateAuthentication", "authenticateClient", "getBoundProfilePackage")


def not_json(handler, good):
    handler.answer(200, b"<html>It works!</html>")


def http_500(handler, good):
    handler.answer(500, b"Internal Server Error")


def http_302(handler, good):
    handler.answer(302, b"", {"Location": "https://localhost:1/"})


def http_204(handler, good):
    handler.answer(204, b"")


def empty_object(handler, good):
    handler.answer(200, b"{}")


def no_members(handler, good):
    handler.answer(200, json.dumps({"header": json.loads(good)["header"]}).encode())


def wrong_types(handler, good):
    document = json.loads(good)
    handler.answer(200, json.dumps({name: 7 if name != "header" else value for name, value in document.items()}).encode())


def bad_base64(handler, good):
    document = json.loads(good)
    handler.answer(200, json.dumps({name: "!!" if name != "header" else value for name, value in document.items()}).encode())


def nested_for_ever(handler, good):
    handler.answer(200, b"[" * 100000)


def cut_off_body(handler, good):
    handler.send_response(200)
    handler.send_header("Content-Type", "application/json")
    handler.send_header("Content-Length", str(len(good)))
    handler.end_headers()
    handler.wfile.write(good[:len(good) // 2])
    handler.close_connection = True


def hang_up(handler, good):
    handler.close_connection = True


def no_http(handler, good):
    handler.wfile.write(b"\x00\x01\x02 this is no HTTP\r\n\r\n" * 10)
    handler.close_connection = True


def endless_header(handler, good):
    handler.wfile.write(b"HTTP/1.1 200 OK\r\nX: " + b"x" * (1 << 20))
    handler.close_connection = True


def too_large(handler, good):
    handler.send_response(200)
    handler.send_header("Content-Type", "application/json")
    handler.send_header("Content-Length", str(1 << 40))
    handler.end_headers()
    handler.wfile.write(b" " * (1 << 16))
    handler.close_connection = True


def silence(handler, good):
    handler.server.ended.wait(PATIENCE)
    handler.close_connection = True


FAULTS = {fault.__name__: fault for fault in (
    not_json, http_500, http_302, http_204, empty_object, no_members, wrong_types, bad_base64, nested_for_ever,
    cut_off_body, hang_up, no_http, endless_header, too_large)}


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def answer(self, status, body, headers=None):
        self.send_response(status)
        for name, value in {"Content-Type": "application/json", **(headers or {})}.items():
            self.send_header(name, value)
        if status != 204:
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        function = self.path.rsplit("/", 1)[1]
        self.server.calls.append(function)
        status, good = self.server.forward(self.path, body)
        fault = self.server.faults.get(function)
        with contextlib.suppress(OSError):
            if fault:
                fault(self, good)
            else:
                self.answer(status, good)


class Spoiler(http.server.ThreadingHTTPServer):
    """Forwards to a real server and applies `faults`, functions by name of the ES9+ function. `calls` is what came in."""

    daemon_threads = True
    request_queue_size = 16

    def __init__(self, certificate, key, behind=None):
        super().__init__(("127.0.0.1", 0), Handler)
        self.faults, self.calls, self.ended, self.behind = {}, [], threading.Event(), behind
        self.tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.tls.load_cert_chain(certificate, key)
        self.plain = ssl.create_default_context()
        self.plain.check_hostname, self.plain.verify_mode = False, ssl.CERT_NONE

    @property
    def port(self):
        return self.server_address[1]

    def finish_request(self, request, client_address):
        # The handshake belongs to the connection's own thread: one that never comes must not hold up the others.
        with contextlib.suppress(OSError), self.tls.wrap_socket(request, server_side=True) as wrapped:
            super().finish_request(wrapped, client_address)

    def handle_error(self, *_):
        pass

    def forward(self, path, body):
        if not self.behind:
            return 404, b"{}"
        request = urllib.request.Request(f"https://{self.behind}{path}", method="POST", data=body, headers={
            "Content-Type": "application/json", "X-Admin-Protocol": "gsma/rsp/v2.2.2"})
        with urllib.request.urlopen(request, context=self.plain, timeout=PATIENCE) as response:
            return response.status, response.read()


@contextlib.contextmanager
def spoiling(pki, behind=None, name="S_SM_DP_TLS_NIST"):
    """A Spoiler with a certificate out of a directory that `pki create` has made."""
    key = pki / "spoiler-key"
    key.write_text(openssl("pkey", "-inform", "DER", "-in", pki / f"SK_{name}.der"))
    server = Spoiler(pki / f"CERT_{name}.pem", key, behind)
    key.unlink()
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.ended.set()
        server.shutdown()
        server.server_close()
        thread.join()


@contextlib.contextmanager
def deaf():
    """A port where connections come about and nobody ever says a word."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        yield listening.getsockname()[1]
