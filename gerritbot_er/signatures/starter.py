"""Where the starter library of signatures lies: in a checkout beside the package, installed under share/."""

import sysconfig
from pathlib import Path

from gerritbot_er.errors import Misconfigured


def starter_folder() -> Path:
    """The folder of the starter library; Misconfigured where this installation has none."""
    checkout = Path(__file__).resolve().parents[2]
    installed = Path(sysconfig.get_path("data")) / "share" / "gerritbot-er" / "signatures"
    candidates = (checkout / "signatures" if (checkout / "setup.cfg").is_file() else installed, installed)
    for folder in candidates:
        if folder.is_dir():
            return folder
    raise Misconfigured(f"the starter library is not in {installed}; install gerritbot-er again, or name a folder")
