"""Sessions that end the process that measures them; found by workers under this name."""

import os
import signal
from pathlib import Path

from alliance_features.extraction.extractor import Extractor, Recipe

#: A session whose id begins so kills its process, each time or until a file exists.
KILLER = "killer-"
ONCE = "killer-once-"
MARK = "ALLIANCE_FEATURES_TEST_MARK"


class Killed(Extractor):
    def add(self, session, rows):
        if session.session_id.startswith(ONCE):
            mark = Path(os.environ[MARK])
            if not mark.exists():
                mark.touch()
                os.kill(os.getpid(), signal.SIGKILL)
        elif session.session_id.startswith(KILLER):
            os.kill(os.getpid(), signal.SIGKILL)
        super().add(session, rows)


class KillerRecipe(Recipe):
    def extractor(self):
        return Killed(self)
