"""Licence: the text under which a project puts its files."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from fixtures.promises import Promise
    from fixtures.repository import Repository

MIT = """\
Permission is hereby granted, free of charge, to any person obtaining a copy
of this software and associated documentation files (the "Software"), to deal
in the Software without restriction, including without limitation the rights
to use, copy, modify, merge, publish, distribute, sublicense, and/or sell
copies of the Software, and to permit persons to whom the Software is
furnished to do so, subject to the following conditions:

The above copyright notice and this permission notice shall be included in all
copies or substantial portions of the Software.

THE SOFTWARE IS PROVIDED "AS IS", WITHOUT WARRANTY OF ANY KIND, EXPRESS OR
IMPLIED, INCLUDING BUT NOT LIMITED TO THE WARRANTIES OF MERCHANTABILITY,
FITNESS FOR A PARTICULAR PURPOSE AND NONINFRINGEMENT. IN NO EVENT SHALL THE
AUTHORS OR COPYRIGHT HOLDERS BE LIABLE FOR ANY CLAIM, DAMAGES OR OTHER
LIABILITY, WHETHER IN AN ACTION OF CONTRACT, TORT OR OTHERWISE, ARISING FROM,
OUT OF OR IN CONNECTION WITH THE SOFTWARE OR THE USE OR OTHER DEALINGS IN THE
SOFTWARE.
"""
TEXTS = {"MIT": MIT}
"""What follows the copyright line, by SPDX identifier (spdx.org/licenses)."""


@dataclass(frozen=True, slots=True)
class Licence:
    file: str
    """A file below the stack's folder."""
    license: str
    """An SPDX identifier."""


@pytest.mark.promise("files", expect=Licence)
def test_licence(promise: Promise[Licence], repository: Repository) -> None:
    """After its copyright line the file holds the licence's own words, however they are wrapped."""
    words = " ".join(repository.text(promise.expect.file).split())
    wanted = " ".join(TEXTS[promise.expect.license].split())

    assert "Copyright" in words.partition(wanted)[0], "no copyright line before the licence's text"
    assert words.endswith(wanted), f"{promise.expect.file} is not the {promise.expect.license} text"
