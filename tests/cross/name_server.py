"""Brings the loopback up and answers on its port 53 that collector.test is 127.0.0.1."""
import fcntl, socket, struct

s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
SIOCSIFFLAGS, IFF_UP = 0x8914, 1
fcntl.ioctl(s, SIOCSIFFLAGS, struct.pack("16sh14x", b"lo", IFF_UP))
s.bind(("127.0.0.1", 53))
print("ready", flush=True)
while True:
    query, peer = s.recvfrom(512)
    end = query.index(0, 12) + 5  # the question: name, type, class
    known = query[12:end - 4] == b"\x09collector\x04test\x00"
    address = known and query[end - 4:end - 2] == b"\x00\x01"
    answer = b"\xc0\x0c\x00\x01\x00\x01" + struct.pack(">IH", 60, 4) + socket.inet_aton("127.0.0.1")
    flags = 0x8180 if known else 0x8183  # 3: there is no such name
    head = query[:2] + struct.pack(">HHHHH", flags, 1, bool(address), 0, 0)
    s.sendto(head + query[12:end] + (answer if address else b""), peer)
