"""A card image, written without root: its root file system is found by what it holds, copied out,
changed by debugfs, checked, and only then written back."""
import errno
import json
import os
import posixpath
import re
import shutil
import subprocess
import tempfile

from checks import Failure, Given
from release import BASE, INHERITED, Release, architecture_of_elf
from stop import Stopped, stop_listening

SHELLS = ("/bin/sh", "/usr/bin/dash", "/bin/dash", "/usr/bin/bash", "/bin/bash", "/usr/bin/busybox",
          "/bin/busybox", "/usr/lib/systemd/systemd", "/lib/systemd/systemd", "/sbin/init")
SYSTEMD = ("/usr/lib/systemd/systemd", "/lib/systemd/systemd")
CHUNK = 1 << 20
BLOCK = 1 << 12


def partitions(path):
    """(start, size) in bytes of each partition, or of the whole where there is no table."""
    size = os.path.getsize(path)
    done = subprocess.run(["sfdisk", "--json", path], capture_output=True, check=False,
                          env={**os.environ, "LC_ALL": "C"})
    said = done.stderr.decode(errors="replace").strip()
    if done.returncode and "does not contain a recognized partition table" in said:
        return [(0, size)]
    if done.returncode:
        raise Failure(f"the partition table of {path} cannot be read; is the image cut off? {said}")
    table = json.loads(done.stdout)["partitiontable"]
    listed = table.get("partitions", [])
    sector = int(table.get("sectorsize", 512))
    parts = [(p["start"] * sector, p["size"] * sector) for p in listed]
    # A GPT whose end is missing shows but the entry that protects it, of type ee.
    if any(p["type"] == "ee" for p in listed) or any(s + n > size for s, n in parts):
        raise Failure(f"{path} is cut off: its partitions reach beyond its end, at byte {size}")
    return parts


def is_ext(path, start):
    with open(path, "rb") as f:
        f.seek(start + 1024 + 56)
        return f.read(2) == b"\x53\xef"


def quoted(path):
    """As debugfs reads one word of a command."""
    return '"' + path.replace('"', '""') + '"'


class FileSystem:
    """An ext2, 3 or 4 file system in a file. Changes are noted first and done by one debugfs."""

    def __init__(self, path):
        self.path = path
        self.commands = []
        self.made = set()
        self.known = {}  # what stat() found: each debugfs takes long to begin

    def ask(self, command):
        done = subprocess.run(["debugfs", "-R", command, self.path], capture_output=True, check=False)
        return done.stdout.decode(errors="replace")

    def stat(self, path):
        """(type, mode, size, link target) of what is there, not following a link; None: nothing."""
        if path not in self.known:
            self.known[path] = self.look(path)
        return self.known[path]

    def look(self, path):
        text = self.ask(f"stat {quoted(path)}")
        m = re.search(r"Type: (\w+)\s+Mode:\s+0?(\d+)", text)
        if not m:
            return None
        size = re.search(r"Size: (\d+)", text)
        link = re.search(r'Fast link dest: "(.*)"', text)
        target = link[1] if link else None
        if m[1] == "symlink" and not link:  # a long one, in a block of its own
            target = self.content(path).decode(errors="replace")
        return m[1], int(m[2], 8), int(size[1]) if size else 0, target

    def resolve(self, path, depth=0):
        """The path without links in it, also of what is not there yet."""
        at = "/"
        for name in path.strip("/").split("/"):
            at = posixpath.join(at, name)
            found = self.stat(at)
            if found and found[0] == "symlink" and depth < 40 and found[3]:
                at = self.resolve(posixpath.normpath(posixpath.join(posixpath.dirname(at), found[3])),
                                  depth + 1)
        return at

    def read(self, path):
        path = self.resolve(path)
        found = self.stat(path)
        return self.content(path) if found and found[0] == "regular" else None

    def content(self, path):
        """Of a file, or a link, itself."""
        with tempfile.TemporaryDirectory() as folder:
            out = os.path.join(folder, "f")
            self.ask(f"dump {quoted(path)} {quoted(out)}")
            with open(out, "rb") as f:
                return f.read()

    def room(self):
        """(bytes that are free for others than root, block size, free inodes)"""
        text = subprocess.run(["dumpe2fs", "-h", self.path], capture_output=True,
                              check=False).stdout.decode(errors="replace")

        def number(key):
            m = re.search(rf"^{key}:\s+(\d+)", text, re.M)
            return int(m[1]) if m else 0
        block = number("Block size")
        return ((number("Free blocks") - number("Reserved block count")) * block, block,
                number("Free inodes"))

    def place(self, path):
        """Where `path` itself is: no links before its last name."""
        return posixpath.join(self.resolve(posixpath.dirname(path)), posixpath.basename(path))

    def holds(self, path, mode, content):
        found = self.stat(self.place(path))
        return found is not None and found[:2] == ("regular", mode) and self.read(path) == content

    def leads(self, path, target):
        found = self.stat(self.place(path))
        return found is not None and found[0] == "symlink" and found[3] == target

    def make_folders(self, path):
        """`path`'s folder, all of its parents, without links; its name in there."""
        at = "/"
        for name in posixpath.dirname(path).strip("/").split("/"):
            at = self.resolve(posixpath.join(at, name))
            if at not in self.made and not self.stat(at):
                self.own(f"mkdir {quoted(at)}", at, 0o40755)
                self.made.add(at)
        return posixpath.join(at, posixpath.basename(path))

    def own(self, command, path, mode):
        """Makes something that is root's."""
        path = quoted(path)
        self.commands += [command, f"sif {path} mode 0{mode:o}", f"sif {path} uid 0",
                          f"sif {path} gid 0"]

    def make_place(self, path):
        """Nothing in a folder that is there; what to call it without links."""
        path = self.make_folders(path)
        if self.stat(path):
            self.commands.append(f"rm {quoted(path)}")
        return path

    def write(self, path, mode, source):
        path = self.make_place(path)
        self.own(f"write {quoted(source)} {quoted(path)}", path, 0o100000 | mode)

    def link(self, path, target):
        path = self.make_place(path)
        self.commands.append(f"symlink {quoted(path)} {quoted(target)}")

    def names(self, path):
        """What is in a folder."""
        lines = (line.split("/") for line in self.ask(f"ls -p {quoted(path)}").splitlines())
        return [parts[5] for parts in lines if len(parts) == 8 and parts[5] not in ("", ".", "..")]

    def remove(self, path):
        """A folder of files."""
        self.commands += [f"rm {quoted(posixpath.join(path, name))}" for name in self.names(path)]
        self.commands.append(f"rmdir {quoted(path)}")

    def commit(self):
        done = subprocess.run(["debugfs", "-w", "-f", "-", self.path], capture_output=True,
                              input="\n".join([*self.commands, ""]).encode(), check=False)
        self.said = done.stderr.decode(errors="replace")
        self.known.clear()

    def check(self, what, repair):
        self.known.clear()
        done = subprocess.run(["e2fsck", "-fp" if repair else "-fn", self.path],
                              capture_output=True, check=False)
        if done.returncode > (1 if repair else 0):
            raise Failure(f"{what}:\n{done.stdout.decode(errors='replace')[-1500:]}")


def copy_range(source, start, size, target):
    """Copies bytes into a new file, holes as holes."""
    with open(source, "rb") as f, open(target, "wb") as t:
        f.seek(start)
        for at in range(0, size, CHUNK):
            data = f.read(min(CHUNK, size - at))
            if data.strip(b"\0"):
                t.seek(at)
                t.write(data)
        t.truncate(size)


def put(image, at, wanted):
    """Only the blocks that differ: holes of a sparse image stay holes."""
    there = os.pread(image, len(wanted), at)
    for i in range(0, len(wanted), BLOCK):
        block = wanted[i:i + BLOCK]
        if there[i:i + BLOCK] != block and os.pwrite(image, block, at + i) != len(block):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def write_back(source, image, start, size):
    """Only what differs. Stopped or failing midway, it puts back what was there; once all is on disk
    nothing stops it any more."""
    undo = []
    with open(source, "rb") as f, open(image, "r+b", buffering=0) as t:
        target = t.fileno()
        try:
            for at in range(start, start + size, CHUNK):
                new = f.read(min(CHUNK, start + size - at))
                old = os.pread(target, len(new), at)
                if new != old:
                    undo.append((at, old))
                    put(target, at, new)
            os.fsync(target)
            stop_listening()
        except BaseException:
            stop_listening()
            for at, old in undo:
                put(target, at, old)
            os.fsync(target)
            raise


def find_root(path, folder):
    """The copy of the partition that holds a system, with where it came from."""
    extents = [p for p in partitions(path) if p[1] > 65536 and is_ext(path, p[0])]
    for start, size in extents:
        copy = os.path.join(folder, "root")
        copy_range(path, start, size, copy)
        fs = FileSystem(copy)
        if fs.stat("/etc") and any(fs.stat(fs.resolve(s)) for s in SHELLS):
            return fs, start, size
    raise Failure(f"{path} has no ext4 partition with a system in it (/etc and a shell or init); "
                  f"{len(extents)} of its partitions are ext4. A compressed image must be unpacked")


def architecture(fs, path):
    for shell in SHELLS:
        arch = architecture_of_elf((fs.read(shell) or b"")[:20])
        if arch:
            return arch
    raise Failure(f"the system in {path} is for another kind of board than aarch64, ARMv7 and x86_64",
                  3)


def check_room(fs, files, path):
    free, block, inodes = fs.room()
    needed = sum((len(c) // block + 1) * block for _, _, c in files) + 32 * block
    if needed > free or inodes < len(files) + 16:
        raise Failure(f"the system in {path} is full: {needed} bytes and {len(files) + 16} inodes are "
                      f"needed, {max(free, 0)} and {inodes} are free; nothing was changed")


def change(fs, release, links, folder):
    """Writes a release, and looks whether it is there: debugfs itself does not say when it fails."""
    old = fs.stat(f"{BASE}/current")
    if old and old[3] and old[3] != release.links[0][1]:
        links = [*links, (f"{BASE}/previous", old[3])]
    kept = [target for place, target in links if place in (f"{BASE}/current", f"{BASE}/previous")]
    kept += [found[3] for found in (old, fs.stat(f"{BASE}/previous")) if found and len(kept) < 2]
    releases = fs.resolve(f"{BASE}/releases")
    for name in fs.names(releases):
        if f"releases/{name}" not in kept:
            fs.remove(posixpath.join(releases, name))
    for number, (path, mode, content) in enumerate(release.files):
        source = os.path.join(folder, str(number))
        with open(source, "wb") as f:
            f.write(content)
        fs.write(path, mode, source)
    for path, target in links:
        fs.link(path, target)
    fs.commit()
    for path, mode, content in release.files:
        found = fs.stat(fs.resolve(path))
        if fs.read(path) != content or not found or found[1] != mode:
            raise Failure(f"{path} could not be written; the image is as it was\n{fs.said}")


def put_release(fs, release, image, start, size, folder):
    """Into the image, where it is not there already; what came of it, in words."""
    enabled = any(fs.stat(fs.resolve(s)) for s in SYSTEMD)
    links = release.links + (release.unit_links if enabled else [])
    said = "starts at the next boot" if enabled else "no systemd in it, nothing starts it"
    if (all(fs.holds(*file) for file in release.files) and
            all(fs.leads(*link) for link in links)):
        return f"is there already, nothing was changed; {said}"
    check_room(fs, release.files, image)
    change(fs, release, links, folder)
    fs.check("the file system would be damaged; the image is as it was", repair=False)
    write_back(fs.path, image, start, size)
    return said


def flash(options):
    path, given = options.image, Given(options)
    for program in ("sfdisk", "debugfs", "e2fsck", "dumpe2fs"):
        if not shutil.which(program, path=os.environ.get("PATH", "") + ":/sbin:/usr/sbin"):
            raise Failure(f"{program} is needed; 'tools/deps boards' installs it")
    os.environ["PATH"] += ":/sbin:/usr/sbin"
    if not os.path.isfile(path) or not os.access(path, os.R_OK | os.W_OK):
        raise Failure(f"{path} is no file that can be read and written")
    try:
        with tempfile.TemporaryDirectory(dir=os.path.dirname(os.path.abspath(path)),
                                         prefix=".latcast-flash-") as folder:
            fs, start, size = find_root(path, folder)
            fs.check(f"the file system in {path} is damaged", repair=True)
            arch = architecture(fs, path)
            inherited = {name: fs.read(f"{BASE}/current/{name}") for name in INHERITED}
            release = Release(given, arch, {n: c for n, c in inherited.items() if c is not None})
            said = put_release(fs, release, path, start, size, folder)
    except OSError as e:
        raise Failure(f"{path}: {e.strerror}; is there room for a copy beside it?")
    except Stopped as e:
        raise Failure(f"stopped; {path} is as it was", e.code)
    print(f"flash: {path}: release {release.name} for {arch}, {said}")
    return release
