"""README.md names every fault, operation and setting that there is, and none that there is not."""

import re
import typing
from pathlib import Path
from typing import Any

import pytest

from simulators.cloudflared import Settings as TunnelSettings
from simulators.cloudflared.faults import AnyFault as TunnelFault
from simulators.discord import Settings as DiscordSettings
from simulators.discord.faults import AnyFault as DiscordFault
from simulators.discord.routes import NAMES as DISCORD_NAMES
from simulators.faults import Fault
from simulators.frameio import Settings as FrameioSettings
from simulators.frameio.faults import AnyFault as FrameioFault
from simulators.frameio.routes import NAMES as FRAMEIO_NAMES
from simulators.ims import Settings as ImsSettings
from simulators.ims.admin import NAMES as IMS_NAMES
from simulators.ims.faults import AnyFault as ImsFault
from simulators.lucidlink import Settings as LucidlinkSettings
from simulators.lucidlink.app import NAMES as LUCIDLINK_NAMES
from simulators.lucidlink.faults import AnyFault as LucidlinkFault
from simulators.ngrok import Settings as NgrokSettings
from simulators.ngrok.faults import AnyFault as NgrokFault

README = (Path(__file__).resolve().parent.parent / "README.md").read_text()
NAMED = set(re.findall(r"`([a-z_]+)`", README))


def section(title: str) -> str:
    return README.partition(f"\n## {title}\n")[2].partition("\n## ")[0]


def kinds(union: Any) -> set[str]:
    return {fault.model_fields["kind"].default for fault in typing.get_args(typing.get_args(union)[0])}


@pytest.mark.parametrize("union", [FrameioFault, DiscordFault, ImsFault])
def test_every_fault_has_a_line_in_the_table(union: Any) -> None:
    in_the_table = set(re.findall(r"^\| `([a-z_]+)` \| ", section("Faults"), re.MULTILINE))
    assert kinds(union) <= in_the_table
    selectors = set(Fault.model_fields) - {"kind"}
    assert in_the_table - kinds(FrameioFault) - kinds(DiscordFault) - kinds(ImsFault) <= selectors


def test_every_fault_of_the_tunnel_is_named_with_it() -> None:
    assert kinds(TunnelFault) - {"reset", "delay"} <= set(re.findall(r"`([a-z_]+)`", section("A tunnel")))


def test_every_fault_of_ngrok_is_named_with_it() -> None:
    assert kinds(NgrokFault) <= set(re.findall(r"`([a-z_]+)`", section("ngrok")))


def test_every_fault_of_the_daemon_is_named_with_it() -> None:
    assert kinds(LucidlinkFault) <= set(re.findall(r"`([a-z_]+)`", section("LucidLink")))


def test_what_every_fault_takes_is_in_a_table() -> None:
    first_cells = " ".join(re.findall(r"^\| (.*?) \|", section("Faults"), re.MULTILINE))
    assert set(Fault.model_fields) - {"kind"} <= set(re.findall(r"`([a-z_]+)`", first_cells))


@pytest.mark.parametrize("names", [FRAMEIO_NAMES, DISCORD_NAMES, frozenset(IMS_NAMES), frozenset(LUCIDLINK_NAMES)])
def test_every_operation_is_named(names: frozenset[str]) -> None:
    assert names - NAMED == set()


@pytest.mark.parametrize(
    "settings", [FrameioSettings, ImsSettings, TunnelSettings, NgrokSettings, DiscordSettings, LucidlinkSettings]
)
def test_every_setting_is_named(settings: Any) -> None:
    assert set(settings.model_fields) - NAMED == set()
