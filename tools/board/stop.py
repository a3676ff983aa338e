"""Ctrl-C and its like: the first one ends the work, further ones do not disturb the clearing up."""
import signal

SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class Stopped(BaseException):
    """By a signal; `code` is the exit code for it."""

    def __init__(self, number):
        super().__init__(number)
        self.code = 128 + number


def stop_listening():
    for number in SIGNALS:
        signal.signal(number, signal.SIG_IGN)


def stop(number, _frame):
    stop_listening()
    raise Stopped(number)


def listen():
    """One that whoever started this wants ignored (SIGINT of a job in the background) stays so."""
    for number in SIGNALS:
        if signal.getsignal(number) != signal.SIG_IGN:
            signal.signal(number, stop)
