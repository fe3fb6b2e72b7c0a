"""What a system is told before it starts: hub files and settings, checked whole."""

from portwatt.config.faults import Fault, FaultyFileError
from portwatt.config.hub import hub_of, load_hub, parse_hub
from portwatt.config.hub_file import HubFile
from portwatt.config.settings import Config, default_data_dir

__all__ = [
    "Config",
    "Fault",
    "FaultyFileError",
    "HubFile",
    "default_data_dir",
    "hub_of",
    "load_hub",
    "parse_hub",
]
