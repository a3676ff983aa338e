"""What flashing writes to a board: the one place that knows, for ssh and for card images alike."""
import hashlib
import os
import struct

from checks import Failure, read

BASE = "/opt/latcast"
UNIT = "latcast-profagent.service"
HERE = os.path.dirname(os.path.abspath(__file__))
# Files of a release that a later one takes over unless it is given others.
INHERITED = ("plan.json", "ca.pem", "token", "profagent.conf")
MODES = {"profagent": 0o755, "token": 0o600}  # others: 644


def architecture_of_elf(head):
    """What the first 20 bytes of a program say it runs on: an ARCH of tools/cross, or None."""
    if len(head) < 20 or head[:4] != b"\x7fELF" or head[5] != 1:
        return None
    machine = struct.unpack_from("<H", head, 18)[0]
    return {(2, 183): "aarch64", (1, 40): "armhf", (2, 62): "x86_64"}.get((head[4], machine))


def read_agent(path, arch):
    """The agent for a board, which must be of its architecture."""
    default = os.path.join(HERE, "..", "..", "build", "cross", arch, "profagent")
    if path is None and not os.path.exists(default):
        raise Failure(f"there is no agent for {arch} yet; build it with: tools/cross {arch}")
    path = default if path is None else path
    agent = read(path, "agent")
    found = architecture_of_elf(agent[:20])
    if found != arch:
        raise Failure(f"{path} is {'an agent for ' + found if found else 'no agent for any board'},"
                      f" but the board is {arch}", 3)
    return agent


def configuration(given, inherited, has_ca):
    """profagent.conf: what the unit adds to the agent's command line. Of its two lines, what is not
    given stays as it is on the board."""
    old = inherited.get("profagent.conf", b"")
    if old and given.collector is None and given.words is None and "ca.pem" not in given.files:
        return old
    lines = dict(line.partition("=")[::2] for line in old.decode(errors="replace").splitlines())
    upload, words = (lines.get(key, "").strip('"').split()
                     for key in ("LATCAST_UPLOAD", "LATCAST_OPTIONS"))
    if given.collector:
        upload = ["--upload", given.collector, "--token-file", "/run/latcast/token"]
    if upload and has_ca and "--ca-file" not in upload:
        upload += ["--ca-file", f"{BASE}/current/ca.pem"]
    if given.words is not None:
        words = given.words
    return f'LATCAST_UPLOAD="{" ".join(upload)}"\nLATCAST_OPTIONS="{" ".join(words)}"\n'.encode()


def name_of(files):
    """A digest of all files. The name is for everyone to read: that of the token takes 0.1 s to
    compute, so that a weak one is not found by trying."""
    token = hashlib.pbkdf2_hmac("sha256", files.get("token", b""), b"latcast release", 200000)
    return "r" + hashlib.sha256(files["SHA256SUMS"] + token).hexdigest()[:12]


class Release:
    """Files and links of one release of what is given (checks.Given). `inherited` holds those of the
    board's current one."""

    def __init__(self, given, arch, inherited):
        if given.collector and "token" not in given.files and "token" not in inherited:
            raise Failure("--collector needs --token-file, too: the board has no token yet", 2)
        files = {"profagent": read_agent(given.agent, arch),
                 UNIT: read(os.path.join(HERE, UNIT), "unit"), **given.files}
        for name in ("plan.json", "ca.pem", "token"):
            if name in inherited:
                files.setdefault(name, inherited[name])
        files["profagent.conf"] = configuration(given, inherited, "ca.pem" in files)
        sums = [f"{hashlib.sha256(files[n]).hexdigest()}  {n}\n" for n in sorted(files)
                if n != "token"]
        files["SHA256SUMS"] = "".join(sums).encode()
        self.name = name_of(files)
        self.has_plan = "plan.json" in files
        folder = f"{BASE}/releases/{self.name}"
        # (path, mode, content)
        self.files = [(f"{folder}/{n}", MODES.get(n, 0o644), files[n]) for n in sorted(files)]
        # (path, target): what board.sh makes on a running board
        self.links = [(f"{BASE}/current", f"releases/{self.name}"),
                      ("/usr/local/bin/profagent", f"{BASE}/current/profagent")]
        self.unit_links = [(f"/etc/systemd/system/{UNIT}", f"{BASE}/current/{UNIT}"),
                           (f"/etc/systemd/system/multi-user.target.wants/{UNIT}",
                            f"/etc/systemd/system/{UNIT}")]
