"""Bytes of others into everything that parses them: guided by coverage, or made to hurt.

    python -m tests.fuzz --seconds 60 [TARGET …]
    python -m tests.fuzz --hostile 100000 [--seed N]

The second makes so many queries, regular expressions, signature files and logs, and prints what each kind cost; it ends
with status 1 where one took over a second of the processor, raised what it must not, or took the memory.

Of the first, each target runs in a process of its own for so many seconds; the first fault of each is printed with the
bytes that make it.  Needs atheris, which has no wheel everywhere.
"""

import argparse
import faulthandler
import importlib.util
import secrets
import subprocess
import sys
import tempfile
from pathlib import Path

_HANGS = 600
"""Seconds of the clock for 1,000 inputs, on however busy a machine."""


def main() -> int:
    """Exit 1 if a target raised what it must not."""
    parser = argparse.ArgumentParser(description="Fuzz what parses the bytes of others, guided by coverage.")
    parser.add_argument("targets", nargs="*", help="targets to try; all without")
    parser.add_argument("--seconds", type=int, default=60, help="for each target")
    parser.add_argument("--hostile", type=int, metavar="INPUTS", help="try so many hostile inputs instead")
    parser.add_argument("--seed", type=int, default=secrets.randbits(32), help="of an earlier run, to repeat it")
    parser.add_argument("--alone", metavar="CORPUS", help=argparse.SUPPRESS)
    chosen = parser.parse_args()
    if chosen.hostile:
        return _hostile(chosen.hostile, chosen.seed)
    if importlib.util.find_spec("atheris") is None:
        print("not available: atheris is not installed; install the extra: pip install -e '.[fuzz]'")
        return 2
    if chosen.alone:
        return _fuzz(chosen.targets[0], Path(chosen.alone), chosen.seconds)
    from .targets import TARGETS  # noqa: PLC0415 - not before atheris, where it is to be watched

    return max(_run(name, chosen.seconds) for name in chosen.targets or [target.name for target in TARGETS])


def _hostile(inputs: int, seed: int) -> int:
    from .hostile import MEBIBYTES, Tally, memory, try_all  # noqa: PLC0415 - as the targets

    print(f"seed {seed}", flush=True)
    tallies: dict[str, Tally] = {}
    # What hangs inside a library would hang for ever: say where, and end.
    faulthandler.dump_traceback_later(_HANGS, exit=True)
    for done, (name, tally) in enumerate(try_all(inputs, seed), 1):
        tallies[name] = tally
        if done % 1000 == 0:
            faulthandler.dump_traceback_later(_HANGS, exit=True)
            print(f"{done:,} of {inputs:,}", file=sys.stderr, flush=True)
    faulthandler.cancel_dump_traceback_later()
    for name, tally in tallies.items():
        slowest = f"slowest {tally.slowest * 1000:.0f} ms (input {tally.slowest_number})"
        print(f"{name:20} {tally.count:8,} inputs {tally.seconds:8.1f} s  {slowest}  {len(tally.faults)} faults")
        print(*tally.faults[:20], sep="\n", end="\n" if tally.faults else "")
    most = memory()
    print(f"memory {most} MiB")
    return 1 if most > MEBIBYTES or any(tally.faults for tally in tallies.values()) else 0


def _run(name: str, seconds: int) -> int:
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-m", "tests.fuzz", name, "--seconds", str(seconds), "--alone", folder]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
    lines = done.stderr.splitlines()
    if done.returncode:
        told = [entry for entry in lines if entry.startswith("Base64:")]
        print(f"{name:16} FAULT", done.stdout.strip(), *told, sep="\n", flush=True)
        return 1
    last = next((entry for entry in reversed(lines) if entry.startswith("#") and "cov:" in entry), "")
    print(f"{name:16} fine  {' '.join(last.split())}", flush=True)
    return 0


def _fuzz(name: str, corpus: Path, seconds: int) -> int:
    import atheris  # noqa: PLC0415 - only the child watches coverage

    with atheris.instrument_imports(include=["gerritbot_er", "tests.fuzz"]):
        from .targets import SEEDS, TARGETS  # noqa: PLC0415
    target = next(target for target in TARGETS if target.name == name)
    for number, seed in enumerate(SEEDS.get(name, ())):
        (corpus / str(number)).write_bytes(seed)
    options = [f"-max_total_time={seconds}", "-max_len=4096", "-timeout=10", f"-artifact_prefix={corpus}/fault-"]
    atheris.Setup([sys.argv[0], *options, str(corpus)], target.try_)
    atheris.Fuzz()
    return 0


if __name__ == "__main__":
    sys.exit(main())
