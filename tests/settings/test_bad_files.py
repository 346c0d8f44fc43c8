"""Settings files that cannot be read: one message each, with the place where there is one."""

import os
from pathlib import Path

import pytest

from relflow.core.errors import SetupError
from relflow.settings.place import find_place
from relflow.settings.policy import load_policy
from tests.settings.texts import LEAST


def refused(file: Path) -> SetupError:
    """What both ways to read the file say; they say the same."""
    with pytest.raises(SetupError) as by_policy:
        load_policy(file)
    with pytest.raises(SetupError) as by_place:
        find_place(file, None, {"HOME": "/nowhere"}, Path("/"))
    assert (by_policy.value.what, by_policy.value.why) == (by_place.value.what, by_place.value.why)
    return by_policy.value


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("a = = 1", ":1:5: Invalid value"),
        ("[gitlab]\nurl = \n", ":2:7: Invalid value"),
        ('[gitlab]\nurl = "https:', ":2:14: "),
        ("[a]\n[a]\n", ":2:3: "),
        ('a = "\x01"', ":1:6: "),
        ("a = [\n", ":1:6: "),
        ("\x00", ":1:1: "),
        ("a = 1\na = 2", ":2:6: "),
    ],
)
def test_no_toml(text: str, place: str, tmp_path: Path) -> None:
    """A text that is no TOML is refused with line and column."""
    file = tmp_path / "relflow.toml"
    file.write_text(text)
    error = refused(file)
    assert error.what == f"{file} is not valid TOML"
    assert error.why[0].startswith(f"relflow.toml{place}")


@pytest.mark.parametrize("text", ["a = " + "[" * 100_000, "a = " + "[" * 50 + "]" * 50, "a = " + "9" * 10_000])
def test_monsters(text: str, tmp_path: Path) -> None:
    """Depth and length that no settings have are refused as broken TOML."""
    file = tmp_path / "relflow.toml"
    file.write_text(text)
    assert refused(file).what.endswith("is not valid TOML")


def test_missing(tmp_path: Path) -> None:
    """A file that is named and not there is an error, never another file."""
    assert refused(tmp_path / "nothing.toml").why == ("No such file or directory",)


def test_folder(tmp_path: Path) -> None:
    """A folder is no settings file."""
    assert refused(tmp_path).what == f"{tmp_path} is not a file"


def test_pipe(tmp_path: Path) -> None:
    """A named pipe is refused at once, not waited for."""
    os.mkfifo(tmp_path / "pipe")
    assert refused(tmp_path / "pipe").what.endswith("is not a file")


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_unreadable(tmp_path: Path) -> None:
    """A file without rights is refused with the system's word for it."""
    file = tmp_path / "relflow.toml"
    file.write_text(LEAST)
    file.chmod(0)
    assert refused(file).why == ("Permission denied",)


@pytest.mark.parametrize("name", ["x" * 300, "a\x00b"])
def test_impossible_name(name: str, tmp_path: Path) -> None:
    """A name that no file can have is refused like a missing file, with the places that a name comes from."""
    refusal = refused(tmp_path / name)
    assert refusal.what.endswith("cannot be read")
    assert "--config or RELFLOW_CONFIG" in refusal.next_step[0]


def test_not_text(tmp_path: Path) -> None:
    """Another encoding than UTF-8 is refused with the line."""
    file = tmp_path / "relflow.toml"
    file.write_bytes("# eins\n# zwei\n# drä\n".encode("latin-1"))
    assert refused(file).why == ("relflow.toml:3: this line is not UTF-8",)


def test_too_large(tmp_path: Path) -> None:
    """More than settings can be is not even parsed."""
    file = tmp_path / "relflow.toml"
    file.write_text("#" * 1_000_001)
    assert refused(file).what.endswith("is too large")


def test_byte_order_mark(tmp_path: Path) -> None:
    """An editor's byte-order mark is passed over, and so are its line ends."""
    file = tmp_path / "relflow.toml"
    file.write_bytes(b"\xef\xbb\xbf" + LEAST.replace("\n", "\r\n").encode())
    assert load_policy(file).names == ("dev", "prod")
