"""A port of this machine that leads to one inside a network namespace, and that can break."""

import contextlib
import ctypes
import os
import select
import socket
import threading
import time

NEW_NETWORK = 0x40000000  # CLONE_NEWNET


class Forwarder:
    """Serves 127.0.0.1:port until close(). `network` is the file of the namespace, `target` an address and port there."""

    def __init__(self, network, target):
        self.network, self.target, self.port = network, target, 0
        self.lock = threading.Lock()
        self.connections = set()
        self.serve()

    def serve(self):
        """Begins, or begins again on the same port after refuse()."""
        self.listener = self.listen()
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self.accept, args=[self.listener], daemon=True).start()

    def listen(self):
        deadline = time.monotonic() + 180
        while True:
            try:
                return socket.create_server(("127.0.0.1", self.port))
            except OSError:  # after refuse(), a connection of somebody's may have got that port: they go
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.2)

    def refuse(self):
        """From now on nobody is let in; who is in is thrown out."""
        with contextlib.suppress(OSError):
            self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()
        self.drop_connections()

    def drop_connections(self):
        """Breaks off all that are open; new ones are served."""
        with self.lock:
            for connection in self.connections:
                with contextlib.suppress(OSError):
                    connection.shutdown(socket.SHUT_RDWR)

    close = refuse

    def accept(self, listener):
        # A namespace is entered by one thread alone, and a socket stays in the one in which it was made: the listener is outside.
        with open(self.network) as file:
            if ctypes.CDLL(None, use_errno=True).setns(file.fileno(), NEW_NETWORK) != 0:
                raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
        while True:
            try:
                outer, _ = listener.accept()
            except OSError:
                return
            try:
                inner = socket.create_connection(self.target, timeout=60)
            except OSError:
                outer.close()
                continue
            inner.settimeout(None)
            for end in (outer, inner):  # else small pieces wait for the other side's word, 40 ms each
                end.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            with self.lock:
                self.connections |= {outer, inner}
            threading.Thread(target=self.pump, args=[outer, inner], daemon=True).start()

    def pump(self, outer, inner):
        open_ends = {outer: inner, inner: outer}
        with contextlib.suppress(OSError):
            while open_ends:
                for end in select.select(list(open_ends), [], [])[0]:
                    if data := end.recv(1 << 16):
                        open_ends[end].sendall(data)
                    else:
                        open_ends.pop(end).shutdown(socket.SHUT_WR)
        with self.lock:
            self.connections -= {outer, inner}
        outer.close()
        inner.close()
