#!/usr/bin/env python3
"""Checks that every source file is as clang-format-14 writes it with the project's .clang-format.

Usage: format.py [ROOT]     (default: the folder above this one)

Lists the files that differ and how to put them right. Exit status 1 if there is one, 3 if clang-format-14 is missing.
"""

import concurrent.futures
import os
import pathlib
import shutil
import subprocess
import sys

# Another version formats a few lines otherwise, so that two developers would undo each other's work.
PROGRAM = "clang-format-14"
FOLDERS = ("rsp", "sim_euicc", "fake_smdp", "lpa", "hil", "cli", "bindings", "tests")


def first_difference(file):
    """Line of the first difference; None if there is none."""
    run = subprocess.run([PROGRAM, "--dry-run", "-Werror", "--ferror-limit=1", str(file)],
                         capture_output=True, text=True, check=False)
    if run.returncode == 0:
        return None
    prefix = str(file) + ":"
    for line in run.stderr.splitlines():
        if line.startswith(prefix):
            return line[len(prefix):].split(":")[0]
    return run.stderr.strip() or "?"


def main():
    root = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else pathlib.Path(__file__).parent.parent).resolve()
    if shutil.which(PROGRAM) is None:
        print("%s is missing: scripts/setup installs it" % PROGRAM, file=sys.stderr)
        sys.exit(3)
    files = sorted(file for folder in FOLDERS for file in (root / folder).rglob("*") if file.suffix in (".h", ".cc"))
    if not files:
        sys.exit("no source file was found below %s" % root)
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        differing = [(file, line) for file, line in zip(files, pool.map(first_difference, files)) if line is not None]
    if not differing:
        print("%d files are formatted" % len(files))
        return
    names = [file.relative_to(root).as_posix() for file, _ in differing]
    for name, (_, line) in zip(names, differing):
        print("%s:%s: is not formatted" % (name, line))
    print("%d of %d files; to put them right: %s -i %s" % (len(names), len(files), PROGRAM, " ".join(names)))
    sys.exit(1)


if __name__ == "__main__":
    main()
