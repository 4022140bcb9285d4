"""Child: a process that a test starts, listens to and ends. Every wait has a deadline."""

from __future__ import annotations

import queue
import subprocess
import threading
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

PATIENCE = 30.0  # seconds until a silent child counts as broken: far beyond what any takes on a busy machine


class Child:
    """Runs a command until the with block ends. What it writes, on stdout or stderr, is kept line by line."""

    def __init__(self, command: Sequence[str], *, env: Mapping[str, str], cwd: Path) -> None:
        pipe, stdout = subprocess.PIPE, subprocess.STDOUT
        self._process = subprocess.Popen(
            command, env=dict(env), cwd=cwd, stdin=pipe, stdout=pipe, stderr=stdout, encoding="utf-8"
        )
        self._lines: queue.SimpleQueue[str | None] = queue.SimpleQueue()
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()
        self.said: list[str] = []
        """The lines read so far; once it has ended, all of them."""

    def wait_for(self, fits: Callable[[str], bool]) -> str:
        """Return the next line that fits, or fail with all that was said instead."""
        deadline = time.monotonic() + PATIENCE
        while (line := self._next(deadline)) is not None:
            if fits(line):
                return line
        raise AssertionError("the child said only:\n" + "".join(self.said))

    def wait(self) -> int:
        """Return the exit code of a child that ends by itself."""
        return self._process.wait(PATIENCE)

    def signal(self, number: int) -> None:
        """Send a signal to this process and no other."""
        self._process.send_signal(number)

    def end(self) -> None:
        """End this process and no other; a second time does nothing."""
        if self._process.poll() is None:
            self._process.kill()  # works on a suspended process too
        self._process.wait(PATIENCE)
        self._reader.join(PATIENCE)
        while self._next(deadline=0) is not None:
            pass
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                pipe.close()

    def _next(self, deadline: float) -> str | None:
        """Return the next line, or None if there is no more, or none in time."""
        try:
            line = self._lines.get(timeout=max(deadline - time.monotonic(), 0))
        except queue.Empty:
            return None
        if line is not None:
            self.said.append(line)
        return line

    def _read(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            self._lines.put(line)
        self._lines.put(None)

    def __enter__(self) -> Child:
        return self

    def __exit__(self, *_: object) -> None:
        self.end()
