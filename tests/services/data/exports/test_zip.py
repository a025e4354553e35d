"""Zip files that are written in one go."""

from __future__ import annotations

import json
from pathlib import Path
from zipfile import ZipFile

import pytest

from app.services.data.exports.zip import ZipWriter


def test_a_list_grows_while_other_files_are_put_in(tmp_path: Path) -> None:
    with ZipWriter(tmp_path / "a.zip") as zipped:
        posts = zipped.add_list("posts.json", "posts")
        posts.extend([{"body": "“one”\n"}])
        zipped.add("pages/1.html", "<p>é</p>")
        posts.extend([])
        posts.extend([{"body": "two"}, {"body": "three"}])
        zipped.add_list("nothing.json", "nothing")
        zipped.add_json("me.json", {"name": "Ana"})
    with ZipFile(tmp_path / "a.zip") as zip_file:
        assert zip_file.testzip() is None
        read = {name: zip_file.read(name).decode() for name in zip_file.namelist()}
    assert json.loads(read["posts.json"]) == {
        "posts": [{"body": "“one”\n"}, {"body": "two"}, {"body": "three"}]
    }
    assert json.loads(read["nothing.json"]) == {"nothing": []}
    assert json.loads(read["me.json"]) == {"name": "Ana"}
    assert read["pages/1.html"] == "<p>é</p>"
    assert [path.name for path in tmp_path.iterdir()] == ["a.zip"]


def test_nothing_is_left_of_a_file_that_failed(tmp_path: Path) -> None:
    with pytest.raises(TypeError), ZipWriter(tmp_path / "a.zip") as zipped:
        zipped.add_list("posts.json", "posts").extend([object()])
    assert list(tmp_path.iterdir()) == []


def test_a_file_that_is_there_is_not_written_over(tmp_path: Path) -> None:
    (tmp_path / "a.zip").write_text("somebody else's")
    with pytest.raises(FileExistsError), ZipWriter(tmp_path / "a.zip"):
        pass
    assert (tmp_path / "a.zip").read_text() == "somebody else's"
