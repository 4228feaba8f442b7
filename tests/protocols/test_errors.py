import pytest

from protocols.errors import LocalProtocolError, ProtocolError, RemoteProtocolError


def test_the_common_ancestor_cannot_be_raised_itself() -> None:
    with pytest.raises(TypeError, match="names no culprit"):
        ProtocolError("whose fault?")


@pytest.mark.parametrize("kind", [LocalProtocolError, RemoteProtocolError])
def test_both_kinds_are_caught_as_protocol_errors(kind: type[ProtocolError]) -> None:
    with pytest.raises(ProtocolError, match="what went wrong"):
        raise kind("what went wrong")


def test_the_two_kinds_do_not_catch_each_other() -> None:
    assert not issubclass(LocalProtocolError, RemoteProtocolError)
    assert not issubclass(RemoteProtocolError, LocalProtocolError)
