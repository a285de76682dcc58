"""Traditional Chinese in simplified form, so that a word is known however it is written.

For comparing only: what a record says keeps its own writing. Knows nothing of files or records.
"""

from __future__ import annotations

import functools
import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from opencc import OpenCC

_HAN = re.compile(r"[\u3400-\u9fff\uf900-\ufaff]")


def simplified(text: str) -> str:
    """Return the text in simplified characters and mainland words: `商品链接` for `商品連結`."""
    return str(_converter().convert(text)) if _HAN.search(text) else text


@functools.cache
def _converter() -> OpenCC:
    from opencc import OpenCC  # here: most files hold no Chinese, and the tables take a while to read

    return OpenCC("tw2sp")
