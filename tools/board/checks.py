"""What is flashed is looked at before anything is written: an agent on a board has nobody to tell that
it was given something wrong."""
import json
import math
import re
import shlex

LARGEST = 64 << 20  # bytes; the agent's limit of a plan
DEEPEST = 64  # its limit of what lies within what
LAST_CPU = 1023


class Failure(Exception):
    """A message for the user, and the exit code."""

    def __init__(self, message, code=1):
        super().__init__(message)
        self.code = code


def read(path, what):
    try:
        with open(path, "rb") as f:
            content = f.read(LARGEST + 1)
    except OSError as e:
        raise Failure(f"cannot read the {what} {path}: {e.strerror}")
    if len(content) > LARGEST:
        raise Failure(f"the {what} {path} is larger than {LARGEST >> 20} MiB")
    return content


def whats_wrong_with_plan(plan):
    if not isinstance(plan, dict) or "schema_version" not in plan:
        return "it is no object with a schema_version"
    if plan.get("kind") == "device":
        return "it is a device.json; 'predict plan' makes plans"
    if plan["schema_version"] != 1 or isinstance(plan["schema_version"], bool):
        return f"its schema_version is {plan['schema_version']!r}, not 1"
    if not isinstance(plan.get("name"), str):
        return "it has no name"
    items = plan.get("items")
    if not isinstance(items, list) or not items:
        return "it has no items: nothing would be measured"
    for number, item in enumerate(items):
        if not isinstance(item, dict) or item.get("kind") not in ("net", "op"):
            return f"items[{number}] is of no kind \"net\" or \"op\""
        if not isinstance(item.get("ops"), list) and not isinstance(item.get("choices"), list):
            return f"items[{number}] has neither ops nor choices"
        if item["kind"] == "op" and not isinstance(item.get("ops"), list):
            return f"items[{number}] is an operator and has no ops"
    return None


def strict_json(text):
    """As the agent reads it: Python takes more."""
    def no_number(name):
        raise ValueError(f"{name} is no number of JSON")

    def once(pairs):
        keys = set()
        for key, _ in pairs:
            if key in keys:
                raise ValueError(f"\"{key}\" stands there twice")
            keys.add(key)
        return dict(pairs)

    def depth(value):
        inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
        return 1 + max(map(depth, inner), default=0)

    value = json.loads(text, parse_constant=no_number, object_pairs_hook=once)
    if depth(value) > DEEPEST:
        raise ValueError(f"it is nested deeper than {DEEPEST}")
    json.dumps(value, ensure_ascii=False).encode()  # halves of characters cannot be
    return value


def read_plan(path):
    """Its form; the agent looks at each operator, and leaves out those that it cannot run."""
    content = read(path, "plan")
    try:
        wrong = whats_wrong_with_plan(strict_json(content.decode("utf-8-sig")))
    except (ValueError, RecursionError) as e:
        wrong = str(e)
    if wrong:
        raise Failure(f"{path} is no plan: {wrong}")
    return content


def read_token(path):
    """As the agent and the collector take it."""
    content = read(path, "token")
    if len(content) > 4096 or not re.fullmatch(rb"[!-~]+[ \t\r\n]*", content):
        raise Failure(f"{path} holds no token: one word of printable ASCII characters is needed")
    return content


def read_authorities(path):
    content = read(path, "certificate authorities")
    if not re.search(rb"-----BEGIN (TRUSTED )?CERTIFICATE-----.+-----END ", content, re.S):
        raise Failure(f"{path} holds no certificate (PEM: -----BEGIN CERTIFICATE-----)")
    return content


def number(low, high, whole=False):
    def takes(text):
        if "_" in text or not text.isascii():  # Python takes 1_000 and digits of other scripts
            return False
        try:
            value = int(text) if whole else float(text)
        except ValueError:
            return False
        return math.isfinite(value) and low <= value <= high
    return takes, f"{'a whole number' if whole else 'a number'} of {low:g} to {high:g}"


def like(pattern, words):
    return lambda text: re.fullmatch(pattern, text) is not None, words


def cpus(text):
    """none, or CPUs and ranges of them from the lower to the higher."""
    ranges = [[int(cpu) for cpu in part.split("-")] for part in text.split(",")] if re.fullmatch(
        r"[0-9]+(-[0-9]+)?(,[0-9]+(-[0-9]+)?)*", text) else []
    return text == "none" or bool(ranges) and all(r[0] <= r[-1] <= LAST_CPU for r in ranges)


# Options of 'profagent run', and what they take; None: nothing.
OPTIONS = {
    "device": like(r"[A-Za-z0-9_-][A-Za-z0-9._-]{0,99}",
                   "1 to 100 of A-Z a-z 0-9 . _ - and not starting with a dot"),
    "backend": like(r"null|native|openblas|onednn|xnnpack|cuda",
                    "native, openblas, onednn, xnnpack, cuda or null"),
    "isa": like(r"[a-z0-9_]+", "the name of an instruction set, as avx2 or neon"),
    "threads": number(1, 1024, whole=True),
    "dtype": like(r"f32|bf16|int16|int8", "f32, bf16, int16 or int8"),
    "batch": number(1, 1 << 20, whole=True),
    "pin": (cpus, "CPUs, as 2,3 or 0-3, or none"),
    "cluster": like(r"fast|middle|slow", "fast, middle or slow"),
    "freq": like(r"all|[1-9][0-9]*(,[1-9][0-9]*)*", "frequencies in kHz, as 600000,1200000, or all"),
    "pace-ms": number(0.01, 60000),
    "cold": None,
    "precision": number(1e-4, 1),
    "max-seconds-per-item": number(1e-3, 3600),
    "time-budget": number(1e-3, 1e7),
    "raw": None,
    "weight-seed": number(0, 2**53, whole=True),
    "retries": number(0, 1000, whole=True),
    "retry-seconds": number(0, 86400),
    "quiet": None,
    "json": None,
}
# Those that are not to be given here, and why.
REFUSED = {
    "plan": "is set by --plan of flash itself",
    "out": "is set by the service, which may write nowhere else",
    "upload": "is set by --collector of flash itself",
    "token-file": "is set by --token-file of flash itself",
    "ca-file": "is set by --ca-file of flash itself",
    "fresh": "would discard what was measured whenever the service starts",
}


def check_word(option, word):
    """Goes into the service's environment, which splits at white space and knows quotes."""
    if not word or any(c.isspace() or c in "\"'\\$`#%" for c in word):
        raise Failure(f"{option} may hold no spaces, quotes, $, %, # or backslashes: {word}", 2)
    return word


def check_option(word, following):
    """One option of 'profagent run'; its value is in its word or the next of `following`."""
    name, equals, value = word[2:].partition("=")
    if not word.startswith("--") or name not in (*OPTIONS, *REFUSED):
        raise Failure(f"--run-options: {word} is no option of 'profagent run', whose --help has them",
                      2)
    if name in REFUSED:
        raise Failure(f"--run-options: --{name} {REFUSED[name]}", 2)
    if OPTIONS[name] is None:
        if equals:
            raise Failure(f"--run-options: --{name} takes no argument", 2)
        return
    takes, words = OPTIONS[name]
    value = value if equals else next(following, None)
    if value is None or not takes(value):
        raise Failure(f"--run-options: --{name} takes {words}" +
                      ("" if value is None else f", not {value}"), 2)


def run_options(text):
    """The words of --run-options: what the agent would refuse on the board is refused here."""
    try:
        words = [check_word("--run-options", w) for w in shlex.split(text)]
    except ValueError as e:
        raise Failure(f"--run-options: {e}", 2)
    rest = iter(words)
    for word in rest:
        check_option(word, rest)
    return words


def collector(url):
    if not re.match(r"https?://[^/]", check_word("--collector", url)):
        raise Failure(f"--collector takes http:// or https:// and a host, not {url}", 2)
    return url


class Given:
    """What the command line gives, read and checked: files of a release, the collector's URL and the
    agent's options; None where the board's stay."""

    def __init__(self, options):
        readers = {"plan.json": (options.plan, read_plan), "ca.pem": (options.ca_file, read_authorities),
                   "token": (options.token_file, read_token)}
        self.files = {name: reader(path) for name, (path, reader) in readers.items()
                      if path is not None}
        self.collector = None if options.collector is None else collector(options.collector)
        self.words = None if options.run_options is None else run_options(options.run_options)
        self.agent = options.agent
