"""Against servers that do what servers do: break off, ignore Range, send something else, say no."""

import contextlib
import errno
import hashlib
import http.server
import io
import tarfile
import threading

import pytest

from cinefuse.corpus.download import ATTEMPTS
from cinefuse.corpus.fetch import MMIMDB_FILES, RemoteFile, fetch
from cinefuse.corpus.unpack import unpack
from cinefuse.errors import FetchError, StorageError

CONTENT = bytes(range(256)) * 4000  # 1 MB
SHA256 = "sha256:" + hashlib.sha256(CONTENT).hexdigest()
MD5 = "md5:" + hashlib.md5(CONTENT, usedforsecurity=False).hexdigest()


class Server:
    """A web folder. `break_after` bytes it hangs up, `breaks` times; the log holds what was asked for.

    `headers` (ETag, Last-Modified) go with every answer; `conditions` holds the If-Range of every request,
    which it obeys unless it is not `conditional`.
    """

    def __init__(
        self,
        content=CONTENT,
        *,
        breaks=0,
        break_after=300_000,
        ranges=True,
        status=200,
        busy=0,
        headers=None,
        conditional=True,
    ):
        self.content, self.breaks, self.break_after = content, breaks, break_after
        self.ranges, self.status, self.busy = ranges, status, busy
        self.headers, self.conditional = headers or {}, conditional
        self.log, self.conditions = [], []

    def answer(self, request):
        asked = request.headers.get("Range")
        condition = request.headers.get("If-Range")
        self.log.append((request.path, asked))
        self.conditions.append(condition)
        if self.busy:
            self.busy -= 1
            return request.send_error(503)
        if self.status != 200:
            return request.send_error(self.status)
        if self.conditional and condition is not None and condition not in self.headers.values():
            asked = None
        start = int(asked.removeprefix("bytes=").removesuffix("-")) if asked and self.ranges else 0
        total = len(self.content)
        if start >= total:
            request.send_response(416)
            request.send_header("Content-Range", f"bytes */{total}")
            request.send_header("Content-Length", "0")
            return request.end_headers()
        request.send_response(206 if start else 200)
        if start:
            request.send_header("Content-Range", f"bytes {start}-{total - 1}/{total}")
        for name, value in self.headers.items():
            request.send_header(name, value)
        request.send_header("Content-Length", str(total - start))
        request.end_headers()
        body = self.content[start:]
        if self.breaks:
            self.breaks -= 1
            body = body[: self.break_after]
        return request.wfile.write(body)


@contextlib.contextmanager
def serving(server):
    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            server.answer(self)

        def log_message(self, *_):
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as listening:
        thread = threading.Thread(target=listening.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield f"http://127.0.0.1:{listening.server_port}/films"
        finally:
            listening.shutdown()
            thread.join()


def fetch_from(folder, *mirrors, size=None, checksum=None):
    return fetch([RemoteFile("films.bin", mirrors, size, checksum)], folder, pause_seconds=0.001)


@pytest.mark.parametrize("checksum", [SHA256, MD5])
def test_a_file_arrives_whole_and_checked(tmp_path, checksum):
    server = Server()
    with serving(server) as url:
        (fetched,) = fetch_from(tmp_path / "new", url + "/", size=len(CONTENT), checksum=checksum)
    assert fetched.path == tmp_path / "new" / "films.bin"
    assert fetched.path.read_bytes() == CONTENT
    assert fetched.checked
    assert f"sha256:{fetched.sha256}" == SHA256
    assert server.log == [("/films/films.bin", None)]
    assert [path.name for path in (tmp_path / "new").iterdir()] == ["films.bin"]


def test_without_a_published_checksum_it_says_so(tmp_path):
    with serving(Server()) as url:
        (fetched,) = fetch_from(tmp_path, url)
    assert not fetched.checked
    assert f"sha256:{fetched.sha256}" == SHA256


def test_a_line_that_breaks_off_is_taken_up_where_it_broke(tmp_path):
    server = Server(breaks=3)
    with serving(server) as url:
        fetch_from(tmp_path, url, checksum=SHA256)
    assert (tmp_path / "films.bin").read_bytes() == CONTENT
    assert [asked for _, asked in server.log] == [None, "bytes=300000-", "bytes=600000-", "bytes=900000-"]


def test_a_slow_line_that_moves_is_not_given_up(tmp_path):
    server = Server(breaks=15, break_after=64_000)
    assert server.breaks > ATTEMPTS
    with serving(server) as url:
        fetch_from(tmp_path, url, checksum=SHA256)
    assert len(server.log) == 16


def test_an_earlier_run_is_continued(tmp_path):
    (tmp_path / "films.bin.partial").write_bytes(CONTENT[:500_000])
    server = Server()
    with serving(server) as url:
        fetch_from(tmp_path, url, checksum=SHA256)
    assert server.log == [("/films/films.bin", "bytes=500000-")]
    assert (tmp_path / "films.bin").read_bytes() == CONTENT


OTHER = bytes(reversed(CONTENT))
DATE = "Tue, 01 Mar 2016 00:00:00 GMT"


class Quitter(Server):
    """Hangs up in the middle of its first answer, and then has the file no longer."""

    def answer(self, request):
        self.status, self.breaks = (404, 0) if self.log else (200, 1)
        return super().answer(request)


def begin(folder, *further, headers=None):
    """A fetch that leaves the first 300,000 bytes of CONTENT; the address that gave them."""
    with serving(Quitter(headers=headers)) as url, pytest.raises(FetchError):
        fetch_from(folder, url, *further)
    return url


@pytest.fixture
def same_port(monkeypatch):
    """Serves every server of a test at one address, as if what lies there had changed."""
    ports = []

    def bound(address, handler):
        listening = http.server.HTTPServer((address[0], ports[0] if ports else 0), handler)
        ports.append(listening.server_port)
        return listening

    monkeypatch.setattr(http.server, "ThreadingHTTPServer", bound)


@pytest.mark.parametrize(
    ("headers", "condition"),
    [
        ({"ETag": '"one"', "Last-Modified": DATE}, '"one"'),
        ({"ETag": 'W/"one"', "Last-Modified": DATE}, DATE),
        ({}, None),
    ],
)
def test_a_later_fetch_from_the_same_mirror_goes_on(tmp_path, same_port, headers, condition):
    first = begin(tmp_path, headers=headers)
    server = Server(headers=headers)
    with serving(server) as url:
        assert url == first
        fetch_from(tmp_path, url)
    assert (server.log, server.conditions) == ([("/films/films.bin", "bytes=300000-")], [condition])
    assert (tmp_path / "films.bin").read_bytes() == CONTENT
    assert [path.name for path in tmp_path.iterdir()] == ["films.bin"]


@pytest.mark.parametrize("conditional", [True, False])
def test_a_file_that_has_changed_is_fetched_afresh(tmp_path, same_port, conditional):
    begin(tmp_path, headers={"ETag": '"one"'})
    with serving(Server(OTHER, headers={"ETag": '"two"'}, conditional=conditional)) as url:
        fetch_from(tmp_path, url)
    assert (tmp_path / "films.bin").read_bytes() == OTHER


def test_a_file_that_has_another_size_is_fetched_afresh(tmp_path, same_port):
    begin(tmp_path)
    with serving(Server(OTHER + b"more")) as url:
        fetch_from(tmp_path, url)
    assert (tmp_path / "films.bin").read_bytes() == OTHER + b"more"


def test_a_file_that_ends_where_another_broke_off_is_not_taken_for_it(tmp_path, same_port):
    begin(tmp_path)
    with serving(Server(OTHER[:300_000])) as url:
        fetch_from(tmp_path, url)
    assert (tmp_path / "films.bin").read_bytes() == OTHER[:300_000]


def test_another_mirror_without_checksum_starts_afresh(tmp_path):
    begin(tmp_path)
    server = Server(OTHER, breaks=1, break_after=20_000)
    with serving(server) as url:
        fetch_from(tmp_path, url)
    assert [asked for _, asked in server.log] == [None, "bytes=20000-"]
    assert (tmp_path / "films.bin").read_bytes() == OTHER


def test_another_mirror_that_has_nothing_does_not_cost_what_arrived(tmp_path):
    with serving(Server(status=404)) as gone:
        begin(tmp_path, gone)
    assert (tmp_path / "films.bin.partial").read_bytes() == CONTENT[:300_000]


def test_another_mirror_ends_what_a_checksum_will_check(tmp_path):
    begin(tmp_path, headers={"ETag": '"one"'})
    server = Server(headers={"ETag": '"of its own"'})
    with serving(server) as url:
        fetch_from(tmp_path, url, checksum=SHA256)
    assert (server.log, server.conditions) == ([("/films/films.bin", "bytes=300000-")], [None])


@pytest.mark.parametrize("record", [None, b"", b"{}", b"\xff"])
def test_a_partial_of_unknown_origin_is_not_added_to(tmp_path, record):
    (tmp_path / "films.bin.partial").write_bytes(b"x" * 500_000)
    if record is not None:
        (tmp_path / "films.bin.partial.json").write_bytes(record)
    with serving(Server()) as url:
        fetch_from(tmp_path, url)
    assert (tmp_path / "films.bin").read_bytes() == CONTENT


def test_a_server_that_ignores_range_starts_afresh(tmp_path):
    (tmp_path / "films.bin.partial").write_bytes(b"x" * 500_000)
    with serving(Server(ranges=False)) as url:
        fetch_from(tmp_path, url, checksum=SHA256)
    assert (tmp_path / "films.bin").read_bytes() == CONTENT


def test_a_server_that_ignores_range_and_breaks_off_is_given_up(tmp_path):
    server = Server(ranges=False, breaks=100)
    with serving(server) as url, pytest.raises(FetchError, match=f"{ATTEMPTS} attempts brought nothing new"):
        fetch_from(tmp_path, url)
    assert len(server.log) == 1 + ATTEMPTS
    assert (tmp_path / "films.bin.partial").stat().st_size == 300_000


def test_a_partial_that_was_whole_already(tmp_path):
    (tmp_path / "films.bin.partial").write_bytes(CONTENT)
    with serving(Server()) as url:
        fetch_from(tmp_path, url, checksum=SHA256)
    assert (tmp_path / "films.bin").read_bytes() == CONTENT


def test_a_partial_of_a_larger_file_is_thrown_away(tmp_path):
    (tmp_path / "films.bin.partial").write_bytes(b"x" * 2_000_000)
    with serving(Server()) as url:
        fetch_from(tmp_path, url, checksum=SHA256)
    assert (tmp_path / "films.bin").read_bytes() == CONTENT


def test_a_busy_server_is_asked_again(tmp_path):
    server = Server(busy=2)
    with serving(server) as url:
        fetch_from(tmp_path, url, checksum=SHA256)
    assert len(server.log) == 3


def test_the_next_mirror_is_tried(tmp_path):
    wrong, good = Server(b"x" * len(CONTENT)), Server()
    with serving(Server(status=404)) as gone, serving(wrong) as other, serving(good) as url:
        (fetched,) = fetch_from(tmp_path, gone, other, url, checksum=SHA256)
    assert fetched.path.read_bytes() == CONTENT
    assert good.log == [("/films/films.bin", None)]  # nothing of the wrong file was kept


def test_every_mirrors_answer_is_told(tmp_path):
    with (
        serving(Server(status=404)) as gone,
        serving(Server(b"short")) as short,
        pytest.raises(FetchError) as caught,
    ):
        fetch_from(tmp_path, gone, short, "ftp://127.0.0.1/x", size=9, checksum=SHA256)
    message = str(caught.value)
    assert f"{gone}/films.bin: status 404 Not Found" in message
    assert f"{short}/films.bin: what it gave has 5 bytes, not 9" in message
    assert "ftp://" in message
    assert "--mirror URL" in message
    assert not list(tmp_path.iterdir())


def test_a_wrong_checksum(tmp_path):
    with (
        serving(Server()) as url,
        pytest.raises(FetchError, match=r"what it gave has the sha256 .*, not abc"),
    ):
        fetch_from(tmp_path, url, checksum="sha256:abc")
    assert not list(tmp_path.iterdir())


def test_a_server_that_is_not_there(tmp_path):
    with serving(Server()) as url:
        pass
    with pytest.raises(FetchError, match=rf"{ATTEMPTS} attempts brought nothing new: .*refused"):
        fetch_from(tmp_path, url)


def test_a_file_that_is_there_is_not_fetched_again(tmp_path):
    (tmp_path / "films.bin").write_bytes(CONTENT)
    (fetched,) = fetch_from(tmp_path, "http://127.0.0.1:9/none", checksum=SHA256)
    assert fetched.checked


def test_a_file_that_is_there_and_wrong_is_not_touched(tmp_path):
    (tmp_path / "films.bin").write_bytes(b"mine")
    with pytest.raises(
        FetchError, match=r"it is there already and has the sha256 .* delete it and fetch again"
    ):
        fetch_from(tmp_path, "http://127.0.0.1:9/none", checksum=SHA256)
    assert (tmp_path / "films.bin").read_bytes() == b"mine"


def test_a_disk_that_is_too_small_is_said_before(tmp_path, monkeypatch):
    monkeypatch.setattr("shutil.disk_usage", lambda _: type("Usage", (), {"free": 1000}))
    with (
        serving(Server()) as url,
        pytest.raises(StorageError, match="1,024,000 bytes are still to come, 1,000 are free"),
    ):
        fetch_from(tmp_path, url)


def test_a_disk_that_fills_up_keeps_what_arrived(tmp_path, monkeypatch):
    def full(*_args, **_kwargs):
        raise OSError(errno.ENOSPC, "No space left on device")

    (tmp_path / "films.bin.partial").write_bytes(CONTENT[:5000])
    with monkeypatch.context() as patch, serving(Server()) as url:
        patch.setattr("pathlib.Path.open", full)
        with pytest.raises(StorageError, match="No space left on device; what has arrived stays"):
            fetch_from(tmp_path, url)
    assert (tmp_path / "films.bin.partial").read_bytes() == CONTENT[:5000]


def test_mmimdbs_files_have_mirrors():
    names = [file.name for files in MMIMDB_FILES.values() for file in files]
    assert names == ["mmimdb.tar.gz", "metadata.npy", "multimodal_imdb.hdf5"]
    for files in MMIMDB_FILES.values():
        for file in files:
            assert len(file.mirrors) > 1
            assert all(mirror.startswith("http") for mirror in file.mirrors)


def make_archive(path, **members):
    with tarfile.open(path, "w:gz") as tar:
        for name, data in members.items():
            member = tarfile.TarInfo(name.replace("__", "/").replace("up", ".."))
            member.size = len(data)
            tar.addfile(member, io.BytesIO(data))
    return path


def test_an_archive_is_unpacked(tmp_path):
    unpack(make_archive(tmp_path / "a.tar.gz", mmimdb__x=b"1", mmimdb__dataset__y=b"2"), tmp_path)
    assert (tmp_path / "mmimdb" / "dataset" / "y").read_bytes() == b"2"


def test_an_archive_that_climbs_out_is_refused(tmp_path):
    with pytest.raises(FetchError, match="outside the destination"):
        unpack(make_archive(tmp_path / "a.tar.gz", up__evil=b"1"), tmp_path / "in")
    assert not (tmp_path / "evil").exists()


@pytest.mark.parametrize("cut", [0, 60, 5000])
def test_a_damaged_archive(tmp_path, cut):
    path = make_archive(tmp_path / "a.tar.gz", x=hashlib.shake_256(b"").digest(9000))
    path.write_bytes(path.read_bytes()[:cut])
    with pytest.raises(FetchError, match=r"a\.tar\.gz: .*delete it and fetch it again"):
        unpack(path, tmp_path)
