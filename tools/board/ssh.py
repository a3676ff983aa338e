"""A board that answers ssh."""
import io
import os
import shutil
import subprocess
import tarfile
import tempfile

from checks import Failure, Given
from release import BASE, HERE, INHERITED, Release, architecture_of_elf

MACHINES = {"aarch64": "aarch64", "armv7l": "armhf", "armv8l": "armhf", "x86_64": "x86_64"}


class Board:
    """One connection, which later commands share. Close it at the end."""

    def __init__(self, host, options):
        if not shutil.which("ssh"):
            raise Failure("ssh is needed (Debian: apt install openssh-client)")
        self.host = host
        self.folder = tempfile.mkdtemp(prefix="latcast-flash-")
        self.ssh = ["ssh", "-o", "ConnectTimeout=15", "-o", "ControlMaster=auto",
                    "-o", f"ControlPath={self.folder}/c", "-o", "ControlPersist=60"]
        for o in options.ssh_option:
            self.ssh += ["-o", o]
        if options.port:
            self.ssh += ["-p", str(options.port)]
        self.sudo = ""
        with open(os.path.join(HERE, "board.sh"), "rb") as f:
            self.script = f.read()

    def close(self):
        subprocess.run([*self.ssh, "-O", "exit", self.host], stderr=subprocess.DEVNULL, check=False)
        shutil.rmtree(self.folder, ignore_errors=True)

    def run(self, command, data):
        """The output of a command, which gets `data` as input; its stderr is shown."""
        done = subprocess.run([*self.ssh, self.host, self.sudo + command], input=data,
                              stdout=subprocess.PIPE, check=False)
        if done.returncode == 255:
            raise Failure(f"{self.host} cannot be reached by ssh (what ssh says stands above)", 5)
        if done.returncode:
            raise Failure(f"{self.host}: '{command.split(' ', 1)[0]}' failed there (see above)")
        return done.stdout

    def do(self, *words):
        """A verb of board.sh."""
        return self.run("sh -s -- " + " ".join(words), self.script)

    def probe(self):
        facts, has = {}, []
        for line in self.do("probe").decode(errors="replace").splitlines():
            key, _, value = line.partition("=")
            if key == "has":
                has.append(value)
            facts[key] = value
        self.facts = facts
        if facts.get("user") != "0":
            self.sudo = "sudo -n "
            self.run("true", b"")
        self.current = facts.get("current", "")
        self.inherited = {name: self.run(f"cat {BASE}/current/{name}", b"")
                          for name in has if name in INHERITED}

    def architecture(self):
        """By its shell: a 64-bit kernel may well run a 32-bit system."""
        machine = self.facts.get("machine", "")
        try:
            shell = architecture_of_elf(bytes.fromhex(self.facts.get("shell", "")))
        except ValueError:
            shell = None
        if MACHINES.get(machine) is None or shell is None:
            raise Failure(f"{self.host} is {machine or 'of an unknown kind'}; there are agents for "
                          "aarch64, ARMv7 (hard float) and x86_64", 3)
        return shell

    def send(self, files):
        out = io.BytesIO()
        with tarfile.open(fileobj=out, mode="w") as tar:
            made = set()
            for path, mode, content in files:
                folder = os.path.dirname(path)
                parents = [folder.rsplit("/", n)[0] for n in range(folder.count("/"))][::-1]
                for parent in (p for p in parents if p.count("/") > 1 and p not in made):
                    made.add(parent)
                    entry = tarfile.TarInfo(parent[1:])
                    entry.type, entry.mode = tarfile.DIRTYPE, 0o755
                    tar.addfile(entry)
                entry = tarfile.TarInfo(path[1:])
                entry.size, entry.mode = len(content), mode
                tar.addfile(entry, io.BytesIO(content))
        self.run("tar -xpof - -C /", out.getvalue())


def flash(host, options):
    given = Given(options)
    board = Board(host, options)
    try:
        if options.rollback:
            board.probe()
            board.do("rollback")
        elif options.remove:
            board.probe()
            board.do("remove")
        else:
            board.probe()
            release = Release(given, board.architecture(), board.inherited)
            if release.name == board.current:
                board.do("again")
            else:
                board.send(release.files)
                board.do("activate", release.name)
            return release
    finally:
        board.close()
    return None
