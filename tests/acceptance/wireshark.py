"""tshark, another opinion on captures."""
import os
import pathlib
import shutil
import subprocess

from conftest import PATIENCE

NOBODY = 65534

# Wireshark checks no checksums unless told to, because network cards fill them in late.
STRICT = ["-o", "ip.check_checksum:TRUE", "-o", "tcp.check_checksum:TRUE", "-o", "udp.check_checksum:TRUE"]
WRONG = ('_ws.malformed || _ws.expert.severity == "Error" || _ws.expert.severity == "Warning" || tcp.analysis.flags || '
         'ip.checksum.status == "Bad" || tcp.checksum.status == "Bad" || udp.checksum.status == "Bad"')


class Tshark:
    """tshark as an unprivileged user, since Wireshark loads no scripts of users that root runs."""

    def __init__(self, directory):
        self.directory = directory
        self.home = directory / "home"
        self.home.mkdir()
        os.chmod(directory, 0o755)
        self.as_nobody = {}
        if os.geteuid() == 0:
            os.chown(self.home, NOBODY, NOBODY)
            self.as_nobody = {"user": NOBODY, "group": NOBODY, "extra_groups": []}
        self.environment = {"PATH": os.environ["PATH"], "HOME": str(self.home), "LC_ALL": "C.UTF-8",
                            "XDG_CONFIG_HOME": str(self.home / "config"), "XDG_RUNTIME_DIR": str(self.home)}

    def give(self, file):
        """A copy that the user can read."""
        copy = self.directory / pathlib.Path(file).name
        shutil.copyfile(file, copy)
        os.chmod(copy, 0o644)
        return copy

    def __call__(self, file, *arguments):
        ran = subprocess.run(["tshark", *STRICT, "-r", str(self.give(file)), *arguments], cwd=self.home, timeout=PATIENCE,
                             env=self.environment, capture_output=True, text=True, check=False, **self.as_nobody)
        assert ran.returncode == 0, ran.stderr
        return ran.stdout

    def fields(self, file, display_filter, *names, script=None):
        """A list of values for each packet that the filter lets pass."""
        arguments = ["-X", f"lua_script:{self.give(script)}"] if script else []
        for name in names:
            arguments += ["-e", name]
        out = self(file, "-Y", display_filter, "-T", "fields", "-E", "separator=/t", *arguments)
        return [line.split("\t") for line in out.splitlines()]
