#!/usr/bin/env python3
"""Who may include whom: checks every #include against the table below.

Usage: layers.py [ROOT]          (default: the folder above this one)
       layers.py --self-test     (only show that the table catches what it should)

Prints each violation as file:line with the rule that it breaks. Exit status 1 if there is one.
"""

import collections
import fnmatch
import pathlib
import re
import sys
import tempfile

# Every file belongs to the first row that matches it. It may include its own row's folder, what the row lists, the
# standard library, POSIX, and fmt.
Row = collections.namedtuple("Row", "files may_include libraries because")
TABLE = [
    Row("rsp/base/*", "", "", "everything stands on it"),
    Row("rsp/asn1/*", "rsp/base", "", "the codec knows neither cryptography nor JSON"),
    Row("rsp/messages/*", "rsp/asn1 rsp/base", "", "messages are data; their JSON binding is rsp/json"),
    Row("rsp/saip/*", "rsp/asn1 rsp/base", "", "profile packages are data"),
    Row("rsp/json/*", "rsp/messages rsp/asn1 rsp/base", "json", "it is the JSON binding of messages and nothing more"),
    Row("rsp/crypto/*", "rsp/base", "openssl", "primitives know nothing of messages"),
    Row("rsp/pki/*", "rsp/crypto rsp/asn1 rsp/base", "", "certificates know nothing of messages; OpenSSL stays in rsp/crypto"),
    Row("rsp/card/*", "rsp/asn1 rsp/base", "", "transports bring their own sockets"),
    Row("rsp/qr/*.h", "rsp/base", "", "who shows a picture needs no library for it"),
    Row("rsp/qr/*", "rsp/base", "qrencode png", "QR codes know nothing of what is in them"),
    Row("rsp/http/server_stream.h", "rsp/base", "asio", "for server.cc alone"),
    Row("rsp/http/*.h", "rsp/base", "", "Beast, Asio and OpenSSL cost every includer seconds of compile time"),
    Row("rsp/http/*", "rsp/base", "asio beast openssl", "HTTP knows nothing of messages"),
    Row("sim_euicc/frontends/*", "sim_euicc rsp/messages rsp/saip rsp/crypto rsp/pki rsp/card rsp/json rsp/asn1 rsp/base",
        "asio json", "the card shares no logic with server and LPA, and has no HTTP"),
    Row("sim_euicc/*", "rsp/messages rsp/saip rsp/crypto rsp/pki rsp/card rsp/asn1 rsp/base", "sqlite",
        "the card shares no logic with server and LPA; sockets and JSON are for frontends/"),
    Row("fake_smdp/server*", "fake_smdp rsp", "json", "the server shares no logic with card and LPA"),
    Row("fake_smdp/*", "rsp/messages rsp/saip rsp/crypto rsp/pki rsp/card rsp/qr rsp/json rsp/asn1 rsp/base", "json sqlite",
        "the server shares no logic with card and LPA; HTTP is for server*"),
    Row("lpa/transport/*", "lpa rsp", "asio pcsc", "the LPA shares no logic with card and server"),
    Row("lpa/*", "rsp", "", "the LPA shares no logic with card and server; sockets are for transport/"),
    Row("hil/fake_module/front_end.cc", "rsp sim_euicc fake_smdp lpa hil", "asio json",
        "the ports of the fake module are the only sockets and terminals of its own"),
    Row("hil/*", "rsp sim_euicc fake_smdp lpa", "json", "it wires the others together, and nobody else's sockets are its own"),
    Row("cli/*", "rsp sim_euicc fake_smdp lpa hil", "json cli11", "the top"),
    Row("bindings/*", "rsp sim_euicc fake_smdp lpa hil", "json pybind11", "the top"),
]

# Which library a header in angle brackets belongs to.
LIBRARIES = [
    ("boost/asio*", "asio"), ("boost/beast*", "beast"), ("openssl/*", "openssl"), ("nlohmann/*", "json"),
    ("sqlite3*.h", "sqlite"), ("CLI/*", "cli11"), ("pybind11/*", "pybind11"), ("fmt/*", "fmt"),
    ("PCSC/*", "pcsc"), ("qrencode.h", "qrencode"), ("png.h", "png"),
]
POSIX = re.compile(r"(sys|net|netinet|arpa|linux|asm)/\w+\.h|(fcntl|netdb|poll|pthread|pty|pwd|signal|spawn|stdio|stdlib|"
                   r"string|strings|termios|time|unistd|errno|limits|dirent|dlfcn|sched|syslog|stdint|stddef)\.h")

INCLUDE = re.compile(r'\s*#\s*include\s*(?:"([^"]*)"|<([^>]*)>)')


def row_of(path):
    return next((row for row in TABLE if fnmatch.fnmatchcase(path, row.files)), None)


def library_of(header):
    for pattern, library in LIBRARIES:
        if fnmatch.fnmatchcase(header, pattern):
            return library
    return "std" if re.fullmatch(r"[a-z_]+", header) or POSIX.fullmatch(header) else None


def problem(row, quoted, header, exists):
    """What is wrong with one #include in a file of this row; None if nothing is."""
    if quoted is not None:
        allowed = row.may_include.split() + [row.files.rpartition("/")[0]]
        if not exists(quoted):
            return '"%s" is no file, seen from the root of the project' % quoted
        if not any(quoted.startswith(folder + "/") for folder in allowed):
            return '"%s" is out of bounds' % quoted
        return None
    library = library_of(header)
    if library is None:
        return "<%s> is of no library that this script knows" % header
    if library not in ("std", "fmt") and library not in row.libraries.split():
        return "<%s> is out of bounds" % header
    return None


def violations(path, text, exists):
    """file:line, what is wrong, and the rule, for every bad line of one file."""
    row = row_of(path)
    if row is None:
        yield "%s: no row of the table in tests/layers.py is for this file" % path
        return
    for number, line in enumerate(text.splitlines(), 1):
        match = INCLUDE.match(line)
        found = match and problem(row, match.group(1), match.group(2), exists)
        if found:
            may = ", ".join((row.may_include + " " + row.libraries).split()) or "nothing"
            yield "%s:%d: %s\n    %s may include %s: %s" % (path, number, found, row.files, may, row.because)


def check(root):
    found, count = [], 0
    for folder in ("rsp", "sim_euicc", "fake_smdp", "lpa", "hil", "cli", "bindings"):
        for file in sorted((root / folder).rglob("*")):
            if file.suffix in (".h", ".cc", ".inc"):
                count += 1
                path = file.relative_to(root).as_posix()
                found += violations(path, file.read_text(encoding="utf-8"), lambda name: (root / name).is_file())
    return found, count


# --- What the table must catch, and what it must let pass ---

FORBIDDEN = [
    ("rsp/base/a.h", '"rsp/asn1/a.h"'), ("rsp/base/a.h", "<openssl/evp.h>"),
    ("rsp/asn1/a.cc", "<nlohmann/json.hpp>"), ("rsp/asn1/a.cc", '"rsp/messages/a.h"'),
    ("rsp/messages/a.h", '"rsp/crypto/a.h"'), ("rsp/messages/a.h", "<nlohmann/json.hpp>"),
    ("rsp/saip/a.h", '"rsp/http/a.h"'), ("rsp/saip/a.h", '"rsp/messages/a.h"'),
    ("rsp/json/a.cc", '"rsp/crypto/a.h"'), ("rsp/json/a.cc", '"rsp/http/a.h"'),
    ("rsp/crypto/a.cc", '"rsp/messages/a.h"'), ("rsp/crypto/a.cc", '"rsp/asn1/a.h"'),
    ("rsp/pki/a.cc", '"rsp/messages/a.h"'), ("rsp/pki/a.cc", "<openssl/x509.h>"),
    ("rsp/card/a.h", "<boost/asio.hpp>"), ("rsp/card/a.h", '"rsp/messages/a.h"'),
    ("rsp/qr/a.h", "<png.h>"), ("rsp/qr/a.cc", '"rsp/messages/a.h"'),
    ("rsp/http/a.cc", '"rsp/messages/a.h"'), ("rsp/http/a.h", "<boost/beast/core/error.hpp>"),
    ("rsp/http/a.h", "<boost/asio/ip/tcp.hpp>"), ("rsp/http/a.h", "<openssl/ssl.h>"),
    ("sim_euicc/a.cc", "<boost/asio.hpp>"), ("sim_euicc/a.cc", '"rsp/json/a.h"'), ("sim_euicc/a.cc", '"rsp/http/a.h"'),
    ("sim_euicc/a.cc", '"lpa/a.h"'), ("sim_euicc/a.cc", '"fake_smdp/a.h"'), ("sim_euicc/a.cc", '"hil/a.h"'),
    ("sim_euicc/a.cc", '"sim_euicc_2/a.h"'), ("sim_euicc/frontends/a.cc", '"rsp/http/a.h"'),
    ("sim_euicc/frontends/a.cc", '"lpa/a.h"'),
    ("fake_smdp/a.cc", '"rsp/http/a.h"'), ("fake_smdp/a.cc", '"sim_euicc/a.h"'), ("fake_smdp/a.cc", "<boost/asio.hpp>"),
    ("fake_smdp/server.cc", '"lpa/a.h"'), ("fake_smdp/server.cc", '"hil/a.h"'),
    ("lpa/a.cc", "<boost/asio.hpp>"), ("lpa/a.cc", '"sim_euicc/a.h"'), ("lpa/transport/a.cc", '"fake_smdp/a.h"'),
    ("lpa/a.cc", '"hil/a.h"'), ("hil/a.cc", '"cli/a.h"'), ("hil/a.cc", '"bindings/a.h"'), ("hil/a.cc", "<CLI/CLI.hpp>"),
    ("lpa/a.cc", '"a.h"'), ("lpa/a.cc", "<some/library.h>"), ("rsp/new_folder/a.h", "<string>"),
]
ALLOWED = [
    ("rsp/base/a.cc", "<string>"), ("rsp/base/a.cc", "<fmt/format.h>"), ("rsp/base/a.cc", "<sys/random.h>"),
    ("rsp/base/a.cc", '"rsp/base/b.h"'), ("rsp/json/a.h", "<nlohmann/json.hpp>"), ("rsp/card/a.cc", '"rsp/asn1/a.h"'),
    ("rsp/qr/a.cc", "<qrencode.h>"),
    ("rsp/http/a.cc", "<boost/beast/core/error.hpp>"), ("rsp/http/a.cc", '"rsp/http/a.h"'),
    ("rsp/crypto/a.cc", "<openssl/evp.h>"), ("sim_euicc/frontends/a.cc", "<boost/asio.hpp>"),
    ("sim_euicc/frontends/a.cc", '"sim_euicc/a.h"'), ("sim_euicc/a.cc", "<sqlite3.h>"),
    ("fake_smdp/server.h", '"rsp/http/a.h"'), ("fake_smdp/server.h", '"fake_smdp/a.h"'), ("lpa/a.cc", '"rsp/http/a.h"'),
    ("lpa/transport/a.cc", "<boost/asio.hpp>"), ("lpa/transport/a.cc", '"lpa/a.h"'), ("hil/trace/a.cc", '"hil/a.h"'),
    ("hil/fake_module/front_end.cc", "<boost/asio.hpp>"), ("hil/a.cc", '"sim_euicc/a.h"'), ("cli/a.cc", '"hil/a.h"'), ("cli/a.cc", "<CLI/CLI.hpp>"),
]


def self_test():
    """Wrong answers of the table, and of the walk over a tree of files."""
    wrong = []
    for cases, expected in ((FORBIDDEN, True), (ALLOWED, False)):
        for path, header in cases:
            caught = bool(list(violations(path, "#include " + header, lambda name: "/" in name)))
            if caught != expected:
                wrong.append("%s with %s is %s" % (path, header, "caught" if caught else "not caught"))
    with tempfile.TemporaryDirectory() as name:
        root = pathlib.Path(name)
        (root / "lpa").mkdir()
        (root / "lpa/lpa.cc").write_text("// A comment.\n  #  include <boost/asio.hpp>\n#include <vector>\n")
        found, count = check(root)
        if count != 1 or len(found) != 1 or not found[0].startswith("lpa/lpa.cc:2: <boost/asio.hpp>"):
            wrong.append("a file on disk with one violation gives %r" % found)
    return wrong


def main():
    arguments = sys.argv[1:]
    wrong = self_test()
    if wrong:
        sys.exit("tests/layers.py itself is wrong:\n  " + "\n  ".join(wrong))
    if arguments == ["--self-test"]:
        print("%d violations are caught, %d good lines pass" % (len(FORBIDDEN), len(ALLOWED)))
        return
    root = pathlib.Path(arguments[0]) if arguments else pathlib.Path(__file__).resolve().parent.parent
    found, count = check(root)
    print("\n".join(found) if found else "%d files keep to the layers" % count)
    if not count:
        sys.exit("no source file was found below %s" % root)
    sys.exit(1 if found else 0)


if __name__ == "__main__":
    main()
