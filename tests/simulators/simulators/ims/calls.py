"""Edge: the calls of IMS, each with what it refuses.

Source: Adobe's "User Authentication Credentials API Reference (IMS)" and OAuth 2.0 (RFC 6749), read 2026-11.
"""

import base64
import binascii
import secrets
from urllib.parse import parse_qsl, urlencode

from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response

from simulators.ims import scopes
from simulators.ims.grants import Issued
from simulators.ims.refusals import Refused
from simulators.ims.world import World

LONGEST_STATE = 4096


async def authorize(world: World, request: Request) -> Response:
    """The page of the consent, already answered: a redirect with the code, or with the error."""
    asked, settings = request.query_params, world.settings
    if asked.get("client_id") != settings.client_id:
        return _error_page(world, "unknown client_id")
    redirect_uri = asked.get("redirect_uri", "")
    if redirect_uri not in settings.redirect_uris:
        return _error_page(world, "redirect_uri is not one that is registered")
    state = asked.get("state", "")
    try:
        wanted = _authorisation(asked.get("response_type"), state, asked.get("scope", ""))
        if not settings.consent:
            raise Refused("access_denied", "the user did not consent")
    except Refused as refused:
        _note(world, "authorize", refused)
        return _redirect(redirect_uri, refused.body() | {"state": state[:LONGEST_STATE]})
    code = world.grants.consent(settings, world.clock(), redirect_uri=redirect_uri, offline=scopes.OFFLINE in wanted)
    return _redirect(redirect_uri, {"code": code, "state": state})


async def token(world: World, request: Request) -> Response:
    form = await _form(request)
    _authenticate(world, request, form)
    settings, now = world.settings, world.clock()
    match form.get("grant_type"):
        case "authorization_code":
            issued = world.grants.redeem(form.get("code", ""), settings, now, redirect_uri=form.get("redirect_uri"))
        case "refresh_token":
            issued = world.grants.rotate(form.get("refresh_token", ""), settings, now)
        case "client_credentials":
            if "frame.s2s.all" not in scopes.parse(form.get("scope", ""), scopes.OF_A_SERVICE):
                raise Refused("invalid_scope", "frame.s2s.all is needed", violation="malformed")
            issued = world.grants.serve(settings, now)
        case _:
            raise Refused("unsupported_grant_type", "no such grant_type", violation="malformed")
    return JSONResponse(_answer(issued), headers={"cache-control": "no-store"})


async def revoke(world: World, request: Request) -> Response:
    """200 and nothing, also for a token that there is not (RFC 7009)."""
    form = await _form(request)
    _authenticate(world, request, form)
    world.grants.revoke(form.get("token", ""))
    return Response(status_code=200)


def refusal(world: World, route: str, refused: Refused) -> Response:
    _note(world, route, refused)
    return JSONResponse(refused.body(), status_code=refused.status)


async def refresh_token_of(request: Request) -> str:
    return (await _form(request)).get("refresh_token", "")


def _authorisation(response_type: str | None, state: str, scope: str) -> frozenset[str]:
    if response_type != "code":
        raise Refused("unsupported_response_type", "response_type must be code", violation="malformed")
    if not 0 < len(state) <= LONGEST_STATE:
        raise Refused("invalid_request", f"state must be 1 to {LONGEST_STATE} characters", violation="malformed")
    return scopes.parse(scope, scopes.OF_A_PERSON)


async def _form(request: Request) -> dict[str, str]:
    """Read by hand: a library for forms would be one more package, for three fields."""
    if request.headers.get("content-type", "").partition(";")[0].strip() != "application/x-www-form-urlencoded":
        raise Refused("invalid_request", "the body must be a form", violation="malformed")
    return dict(parse_qsl((await request.body()).decode(errors="replace")))


def _authenticate(world: World, request: Request, form: dict[str, str]) -> None:
    """By HTTP Basic, or by client_id and client_secret in the form."""
    scheme, _, credentials = request.headers.get("authorization", "").partition(" ")
    client_id, secret = form.get("client_id", ""), form.get("client_secret", "")
    if scheme.lower() == "basic":
        try:
            client_id, _, secret = base64.b64decode(credentials, validate=True).decode().partition(":")
        except (binascii.Error, UnicodeDecodeError):
            client_id = secret = ""
    known = secrets.compare_digest(client_id.encode(), world.settings.client_id.encode())
    right = secrets.compare_digest(secret.encode(), world.settings.client_secret.encode())
    if not (known and right):
        raise Refused("invalid_client", "client_id or client_secret is wrong", status=401, violation="unauthorized")


def _answer(issued: Issued) -> dict[str, object]:
    answer = {"access_token": issued.access_token, "token_type": "bearer", "expires_in": issued.expires_in_s}
    return answer if issued.refresh_token is None else answer | {"refresh_token": issued.refresh_token}


def _redirect(redirect_uri: str, parameters: dict[str, str]) -> Response:
    return RedirectResponse(f"{redirect_uri}?{urlencode(parameters)}", status_code=302)


def _error_page(world: World, why: str) -> Response:
    """Where to send the person back to is not known, so they are told here."""
    _note(world, "authorize", Refused("invalid_request", why, violation="malformed"))
    return HTMLResponse(f"<html><body><h1>{why}</h1></body></html>", status_code=400)


def _note(world: World, route: str, refused: Refused) -> None:
    if refused.violation is not None:
        world.violate(refused.violation, route, refused.description)
