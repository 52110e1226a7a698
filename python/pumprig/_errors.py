"""What the rig raises: one hierarchy, from the errors of its C++ core. A verdict about the pump is never an exception."""


class Error(Exception):
    """Something in the rig did not work. `code` is one word, `where` the place: port, file with line and JSON pointer."""

    def __init__(self, text: str, code: str = "internal", where: str = "") -> None:
        super().__init__(text)
        self.code = code
        self.where = where


class InputError(Error):
    """An argument or a file has a mistake; the text names each with its place and remedy."""


class NotFoundError(Error):
    """What was named does not exist."""


class LinkError(Error):
    """A device, file or daemon is not there now, or did not answer in time; trying again may help."""


class CorruptError(Error):
    """Bytes or stored data fail their own check."""


class ProtocolError(Error):
    """The far end answered what its protocol does not allow."""


class RefusedError(Error):
    """The far end understood and declined."""


class UnsupportedError(Error):
    """This build, bench or device can not do it."""


class CancelledError(Error):
    """Somebody asked for the work to stop."""


class InternalError(Error):
    """A mistake of pumprig itself."""


_BY_CODE: dict[str, type[Error]] = {
    "invalid_argument": InputError,
    "not_found": NotFoundError,
    "unavailable": LinkError,
    "timeout": LinkError,
    "corrupt": CorruptError,
    "protocol": ProtocolError,
    "refused": RefusedError,
    "unsupported": UnsupportedError,
    "cancelled": CancelledError,
    "internal": InternalError,
}


def error_for(code: str, text: str, where: str = "") -> Error:
    """The exception that stands for an error code of the core; also called by it."""
    return _BY_CODE.get(code, InternalError)(text, code, where)
