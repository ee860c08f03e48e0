"""How far slow work is, as the bar that a terminal draws and the window reads."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from tqdm import tqdm

BAR_FORMAT = "{percentage:3.0f}% |{bar}| {elapsed}, {remaining} left {postfix}"


@contextmanager
def counted(words: str, total: int) -> Iterator[Callable[[], None]]:
    """Draw a bar with these words and a count; what is given is called for each."""
    with tqdm(
        total=total, bar_format=BAR_FORMAT, postfix=f"{words}, 0 of {total}"
    ) as bar:

        def one_more() -> None:
            done = f"{words}, {bar.n + 1} of {total}"
            bar.set_postfix_str(done, refresh=False)
            bar.update()

        yield one_more
