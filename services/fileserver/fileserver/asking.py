"""Edge: from a request of starlette's to what it says of itself."""

from starlette.requests import Request

from fileserver.signing import Address
from fileserver.visit import Visit, visit

NO_ADDRESS = Address("", "", "", "")


def asked_by(request: Request) -> Visit:
    """Of the signed route. A path that is spelled with escapes is not one of ours: the address in it counts for
    nothing."""
    parts = request.path_params
    is_plain = request.scope.get("raw_path", b"") == request.scope["path"].encode(errors="replace")
    signature = parts["signature"] if is_plain else ""
    return visit_of(request, Address(parts["exposure_id"], parts["expires"], parts["key_id"], signature))


def visit_of(request: Request, address: Address) -> Visit:
    return visit(
        request.method,
        address,
        peer=request.client.host if request.client else "",
        headers=((name.decode("latin-1"), value.decode("latin-1")) for name, value in request.headers.raw),
    )
