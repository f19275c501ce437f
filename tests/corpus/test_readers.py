import pytest

from cinefuse.corpus.movie import SPLITS, Fault, Reading, SourceMovie
from cinefuse.corpus.readers import READERS, find_reader
from cinefuse.errors import CorpusError


@pytest.fixture
def sources(raw_folder, hdf5_file, tmp_path):
    table = tmp_path / "films.csv"
    table.write_text("id,plot,genres,split\n1,A plot.,Drama|War,train\n2,Another.,War,test\n")
    return {
        "embedded": "embedded",
        "raw-folder": str(raw_folder),
        "hdf5": str(hdf5_file[0]),
        "table": str(table),
    }


@pytest.mark.parametrize("name", READERS)
def test_every_reader_recognises_its_source_and_no_other(sources, name):
    reader = READERS[name]
    assert reader.name == name
    assert [source for source in sources.values() if reader.recognises(source)] == [sources[name]]
    assert find_reader(sources[name]) is reader


@pytest.mark.parametrize("name", READERS)
def test_every_reader_tells_movies(sources, name):
    if name == "embedded":
        pytest.importorskip("cinefuse.corpus.readers.embedded")
    reading = READERS[name].read(sources[name], {})
    assert isinstance(reading, Reading)
    assert reading.name
    entries = list(reading.entries)
    assert entries
    assert not [entry for entry in entries if isinstance(entry, Fault)]
    for entry in entries:
        assert isinstance(entry, SourceMovie)
        assert entry.id
        assert entry.where
        assert entry.genres
        assert entry.split in ({*SPLITS, "unpaired"} if reading.has_splits else {None})
        assert reading.genres is None or set(entry.genres) <= set(reading.genres)
    assert len({entry.id for entry in entries}) == len(entries)


@pytest.mark.parametrize("name", [name for name in READERS if name != "table"])
def test_columns_are_for_tables(sources, name):
    with pytest.raises(CorpusError, match="--column is for CSV and Parquet tables"):
        READERS[name].read(sources[name], {"plot": "overview"})


def test_what_nobody_recognises(tmp_path):
    with pytest.raises(CorpusError, match="no such file or folder; allowed:") as caught:
        find_reader(str(tmp_path / "gone"))
    for reader in READERS.values():
        assert f"{reader.name}: {reader.description}" in str(caught.value)
    (tmp_path / "films.docx").touch()
    with pytest.raises(CorpusError, match=r"films\.docx: no reader recognises it; allowed:"):
        find_reader(str(tmp_path / "films.docx"))
