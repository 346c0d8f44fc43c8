"""A disk that loses its power: what may be found on it afterwards, from a recording of what was asked of it.

Of all that was written to a file since its last sync each sector of 512 bytes is found as it was before or after any
of the writes, and the file has any of the sizes; a file that is new or deleted may be there or not until its folder is
synced, which SQLite does with the first sync of a log or journal. Nothing is promised about the order.
"""

from base64 import b64decode
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from random import Random  # noqa: TID251 - the same images for the same seed
from typing import Any

SECTOR = 512
Choice = Callable[[list[Any]], Any]
#: What is found: the bytes by the name's ending; of what is not there nothing.
Image = dict[str, bytes]


@dataclass
class File:
    """One file's content: as it would be, and what of it may be found."""

    content: bytearray = field(default_factory=bytearray)
    #: By sector: its bytes at the last sync, then after each write to it.
    sectors: dict[int, list[bytes]] = field(default_factory=dict)
    sizes: list[int] = field(default_factory=lambda: [0])

    def write(self, offset: int, data: bytes) -> None:
        """Bytes at a place; the file grows where it must."""
        self._change(offset, offset + len(data), lambda: self._put(offset, data))

    def truncate(self, size: int) -> None:
        """Cut it, or let it grow with zeros."""
        had = len(self.content)
        self._change(min(size, had), max(size, had), lambda: self._resize(size))

    def sync(self) -> None:
        """From now on nothing but this is found."""
        self.sectors, self.sizes = {}, [len(self.content)]

    def found(self, choose: Choice) -> bytes:
        """One of the contents that the disk may have."""
        content = bytearray(self.content)
        for number, versions in self.sectors.items():
            version = choose(versions)
            content[number * SECTOR : number * SECTOR + len(version)] = version
        size = choose(self.sizes)
        return bytes(content[:size].ljust(size, b"\0"))

    def _change(self, begin: int, end: int, act: Callable[[], None]) -> None:
        touched = range(begin // SECTOR, -(-end // SECTOR))
        for number in touched:
            self.sectors.setdefault(number, [self._sector(number)])
        act()
        for number in touched:
            self.sectors[number].append(self._sector(number))
        self.sizes.append(len(self.content))

    def _sector(self, number: int) -> bytes:
        return bytes(self.content[number * SECTOR : (number + 1) * SECTOR]).ljust(SECTOR, b"\0")

    def _put(self, offset: int, data: bytes) -> None:
        self.content.extend(bytes(max(0, offset + len(data) - len(self.content))))
        self.content[offset : offset + len(data)] = data

    def _resize(self, size: int) -> None:
        del self.content[size:]
        self.content.extend(bytes(size - len(self.content)))


class Disk:
    """The database and the files beside it, by the ending of their names."""

    def __init__(self, begins: Image) -> None:
        #: What may be found under the name; the last is what would be found without a loss.
        self._names: dict[str, list[File | None]] = {name: [File(bytearray(data))] for name, data in begins.items()}
        for files in self._names.values():
            for file in files:
                if file:
                    file.sync()

    def do(self, what: str, name: str, *more: Any) -> None:
        """One step of the recording."""
        files = self._names.setdefault(name, [None])
        if what == "create" or (files[-1] is None and what != "delete"):  # a process without a recorder made it
            files.append(File())
        current = files[-1]
        if what == "delete" or current is None:
            files.append(None)
            if more[0]:
                self._folder_synced()
        elif what == "create":
            return
        elif what == "write":
            current.write(more[0], b64decode(more[1]))
        elif what == "truncate":
            current.truncate(more[0])
        else:
            current.sync()
            if len(files) > 1:
                self._folder_synced()

    def _folder_synced(self) -> None:
        self._names = {name: files[-1:] for name, files in self._names.items()}

    def now(self) -> Image:
        """What is there while the power stays on."""
        return self._image(lambda versions: versions[-1])

    def lost(self) -> Image:
        """What is there at least: all that was not synced is gone."""
        return self._image(lambda versions: versions[0])

    def torn(self, seed: int) -> Image:
        """One of all that may be there."""
        return self._image(Random(seed).choice)  # noqa: S311 - no secret

    def _image(self, choose: Choice) -> Image:
        chosen = {name: choose(files) for name, files in self._names.items()}
        return {name: file.found(choose) for name, file in chosen.items() if file is not None}


def crashes(begins: Image, steps: Iterable[list[Any]], every: int) -> Iterable[tuple[int, Image]]:
    """Images with the number of steps before them, three for every so many steps: as it was, all lost, and torn."""
    disk = Disk(begins)
    for number, step in enumerate(steps):
        if step[0] in {"create", "delete", "write", "truncate", "sync"}:
            disk.do(*step)
        if number % every == 0:
            yield from ((number, image) for image in (disk.now(), disk.lost(), disk.torn(number)))
