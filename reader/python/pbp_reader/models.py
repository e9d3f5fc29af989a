"""The model in use, loaded once and again when another one is promoted."""

from __future__ import annotations

import errno
import re
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Generic, TypeVar

from pbp_reader.bundle import Bundle, ModelsError, open_bundle
from pbp_reader.verified import Verified

# A network file system may say for a moment that a file is not there, and a version may be removed while it is read.
PASSING = (errno.ENOENT, errno.ESTALE)
PAUSES_SECONDS = (0.0, 0.1, 0.2, 0.4, 0.8)  # between six attempts: outlasts a promotion's last steps, not a user
T = TypeVar("T")

DEFAULT_MODEL = "keyphrases"
MODEL_NAME = re.compile(r"(?!registered\Z)[a-z0-9][a-z0-9-]{0,39}")
POINTER = re.compile(r"versions/([0-9]{6}-[0-9a-f]{12})")


class Models(Generic[T]):
    """What `load` makes of the bundle in use.

    `current` is resolved once a load, and everything is opened below the result: the parts of two bundles never mix.
    `load` is called again, with the bundle in use by then, when a file of the bundle vanishes during a load.
    May be used from several threads.
    """

    def __init__(
        self,
        folder: str | Path,
        load: Callable[[Bundle], T],
        verified: str | Path | None = None,
        model: str = DEFAULT_MODEL,
    ) -> None:
        """folder: the models folder, such as /mnt/models. verified: see Verified.

        model: name of the registered model; the default one lies right in the folder. Errors: ModelsError for what is
        no name and could lead elsewhere.
        """
        if MODEL_NAME.fullmatch(model) is None:
            raise ModelsError(
                "A registered model's name has at most 40 lower-case letters, digits and hyphens,"
                " and is not `registered`."
            )
        self.root = Path(folder)
        self.model = model
        self.folder = self.root if model == DEFAULT_MODEL else self.root / "registered" / model
        self.load = load
        self.verified = None if verified is None else Verified(Path(verified))
        self._lock = threading.Lock()
        self._loaded: tuple[str, T] | None = None

    def current(self) -> T:
        """Loads the first time only. Errors: ModelsError."""
        if self._loaded is None:
            self.refresh()
        assert self._loaded is not None
        return self._loaded[1]

    def refresh(self) -> bool:
        """Looks at the pointer (one call to the file system) and loads the bundle in use if it is another one.

        Returns whether it was. Errors: ModelsError; current() then keeps what it had.
        """
        with self._lock:
            before = self._loaded
            self._loaded = self._newest(before)
            return self._loaded is not before

    def _newest(self, before: tuple[str, T] | None) -> tuple[str, T]:
        for pause in (*PAUSES_SECONDS, None):
            try:
                version = self._version()
                if before is not None and before[0] == version:
                    return before
                return version, self.load(open_bundle(self.folder / "versions" / version, self.verified))
            except OSError as error:
                if error.errno not in PASSING or pause is None:
                    code = errno.errorcode.get(error.errno or 0, "no code")
                    raise ModelsError(
                        f"{error.filename} cannot be read ({code}). If {self.folder.name}/current is not there,"
                        " nothing has been promoted yet, or the file system is not mounted here."
                        f"{self._others()}"
                    ) from error
                time.sleep(pause)
        raise AssertionError("the last attempt returns or raises")

    def _others(self) -> str:
        """For who has mistyped a name, or named none: which ones there are."""
        pointers = [self.root / "current", *sorted((self.root / "registered").glob("*/current"))]
        named = [DEFAULT_MODEL if one.parent == self.root else one.parent.name for one in pointers if one.is_symlink()]
        if self.model == DEFAULT_MODEL and not named:
            return ""
        return f" Registered are: {', '.join(named) or 'none'}."

    def _version(self) -> str:
        match = POINTER.fullmatch(str((self.folder / "current").readlink()))
        if match is None:
            raise ModelsError(f"{self.folder}/current does not point to a version. pbp rollback repairs it.")
        return match[1]
