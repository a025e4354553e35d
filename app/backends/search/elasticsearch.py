"""Elasticsearch: one index behind an alias, and versioned writes in any order."""

from __future__ import annotations

import logging
import ssl
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from typing import Any
from urllib.parse import urlsplit

from elastic_transport import NodeConfig, TransportError, Urllib3HttpNode
from elasticsearch import ApiError, Elasticsearch, NotFoundError
from urllib3 import Timeout

from app.backends.circuit_breaker import CircuitBreaker
from app.backends.search.base import WINDOW, Document, SearchError, SearchQuery, Write
from app.database.cursor import Cursor
from app.lib.search.documents import NARROW_KEY

log = logging.getLogger(__name__)
# Failures are in our own log.
logging.getLogger("elastic_transport").setLevel(logging.ERROR)

# Increment with every change below or of the keys in texts. Old and new processes then have an
# index each.
INDEX_VERSION = 3
MAPPINGS = {
    "dynamic": "strict",
    "properties": {
        "kind": {"type": "keyword"},
        "id": {"type": "long"},
        "created_at": {"type": "date"},
        # Already folded, so that every engine has the same hits: only spaces separate words.
        "text": {"type": "text", "analyzer": "whitespace", "norms": False},
    },
}
SETTINGS = {"number_of_shards": 1, "auto_expand_replicas": "0-1"}

CONNECT_SECONDS = 0.5
RESPONSE_SECONDS = 2
# Jobs can wait longer than requests.
WRITE_SECONDS = 5
MANAGE_SECONDS = 30
BREAKER_SECONDS = 10
# An unfinished index that is older was left behind by a killed process.
BUILD_SECONDS = 3600
# So many words that begin alike are looked for at the end of a phrase.
EXPANSIONS = 1000
# The index has a newer version already.
CONFLICT = 409
MISSING = 404
UNEXPECTED_RESPONSE = "unexpected response"


class _Node(Urllib3HttpNode):
    """A shorter timeout to connect than to read, and the system's certificate authorities."""

    def __init__(self, config: NodeConfig) -> None:
        if config.scheme == "https":
            config = config.replace(ssl_context=ssl.create_default_context())
        super().__init__(config)
        self.pool.timeout = Timeout(connect=CONNECT_SECONDS, read=RESPONSE_SECONDS)


class ElasticsearchSearch:
    """Deleted rows stay in the index as empty documents, so that no late write revives them."""

    needs_sync = True
    is_degraded = False

    def __init__(self, url: str, prefix: str) -> None:
        self.live = f"{prefix}-v{INDEX_VERSION}"
        # The alias of a new index while it is built; it gets every change too.
        self.next = f"{self.live}-next"
        self.client = Elasticsearch(_with_port(url), node_class=_Node, max_retries=0)
        self.manager = self.client.options(request_timeout=MANAGE_SECONDS)
        self.breaker = CircuitBreaker(BREAKER_SECONDS)

    def search_by_date(self, query: SearchQuery, cursor: Cursor) -> list[int]:
        return [hit["sort"][0] for hit in self._hits(query, cursor)]

    def search_by_relevance(self, query: SearchQuery) -> list[int]:
        hits = self._hits(query, Cursor(WINDOW), source={"includes": ["text"]})
        scores = [(query.score(hit["_source"]["text"]), hit["sort"][0]) for hit in hits]
        return [row_id for _, row_id in sorted(scores, reverse=True)]

    def write(self, documents: Sequence[Document]) -> None:
        # A missing index misses nothing: a build reads the rows later than these were read. The
        # next index comes first: if it goes live in between, the second write reaches it.
        self._bulk(documents, (self.next, self.live), accepted={CONFLICT, MISSING})

    @contextmanager
    def rebuild(self) -> Iterator[Write]:
        name = f"{self.live}-{time.time_ns() // 1_000_000}"
        with self._calling():
            self._drop(self._indices(self.next))
            self.manager.indices.create(
                index=name, aliases={self.next: {}}, mappings=MAPPINGS, settings=SETTINGS
            )
        try:
            yield lambda documents: self._bulk(documents, (self.next,), accepted={CONFLICT})
            self._swap(name)
        except BaseException:
            # If Elasticsearch is unavailable, the next rebuild drops the index.
            with suppress(SearchError), self._calling():
                self._drop([name])
            raise

    def needs_rebuild(self) -> bool:
        with self._calling():
            if self._indices(self.live):
                return False
            started = [int(name.rpartition("-")[2]) / 1000 for name in self._indices(self.next)]
        return all(at < time.time() - BUILD_SECONDS for at in started)

    def _hits(
        self,
        query: SearchQuery,
        cursor: Cursor,
        *,
        source: bool | Mapping[str, Any] = False,
    ) -> list[Any]:
        with self._calling():
            response = self.client.search(
                index=self.live,
                query={"bool": {"filter": list(_conditions(query, cursor))}},
                sort=[{"id": "asc" if cursor.is_forward else "desc"}],
                size=cursor.limit,
                source=source,
                track_total_hits=False,
                allow_partial_search_results=False,
            )
            match response.body:
                case {"hits": {"hits": list(hits)}}:
                    return hits
            raise SearchError(UNEXPECTED_RESPONSE)

    def _bulk(
        self, documents: Sequence[Document], aliases: Iterable[str], accepted: set[int]
    ) -> None:
        lines = [line for alias in aliases for doc in documents for line in _lines(alias, doc)]
        with self._calling():
            writer = self.client.options(request_timeout=WRITE_SECONDS)
            # Never creates an index implicitly, which would lack everything written before.
            response = writer.bulk(operations=lines, require_alias=True, source=False)
            match response.body:
                case {"items": list(items)}:
                    statuses = {item["index"]["status"] for item in items}
                case _:
                    raise SearchError(UNEXPECTED_RESPONSE)
            if failed := statuses - {200, 201} - accepted:
                raise SearchError(f"writing failed with status {sorted(failed)}")

    def _swap(self, name: str) -> None:
        with self._calling():
            self.manager.indices.refresh(index=name)
            old = [{"remove_index": {"index": index}} for index in self._indices(self.live)]
            # Fails when a later rebuild has dropped this index meanwhile.
            unmark = {"remove": {"index": name, "alias": self.next, "must_exist": True}}
            self.manager.indices.update_aliases(
                actions=[unmark, {"add": {"index": name, "alias": self.live}}, *old]
            )

    def _indices(self, alias: str) -> list[str]:
        try:
            names = self.client.indices.get_alias(name=alias)
        except NotFoundError:
            return []
        # Whatever the response, never drop an index that is not ours.
        return sorted(name for name in names if name.startswith(f"{self.live}-"))

    def _drop(self, names: Sequence[str]) -> None:
        if names:
            self.manager.options(ignore_status=MISSING).indices.delete(index=names)

    @contextmanager
    def _calling(self) -> Iterator[None]:
        """Raises SearchError for every failure, and immediately while the breaker is open."""
        if not self.breaker.may_try():
            raise SearchError("the circuit breaker is open")
        try:
            yield
        except SearchError as error:
            text = str(error)
        except (ApiError, TransportError) as error:
            # Its own text could contain the search terms.
            status = f" {error.status_code}" if isinstance(error, ApiError) else ""
            text = f"{type(error).__name__}{status}"
        else:
            self.breaker.close()
            return
        self.breaker.open()
        log.warning("no answer from Elasticsearch: %s", text)
        raise SearchError(text)


def _with_port(url: str) -> str:
    """The client requires an explicit port, even the default one of the scheme."""
    parts = urlsplit(url)
    default = 443 if parts.scheme == "https" else 80
    netloc = parts.netloc if parts.port else f"{parts.netloc}:{default}"
    return parts._replace(netloc=netloc).geturl()


def _conditions(query: SearchQuery, cursor: Cursor) -> Iterator[dict[str, Any]]:
    yield {"term": {"kind": query.kind}}
    for term, start in query.parts:
        phrase = {"match_phrase": {"text": term}}
        yield phrase if start is None else {"bool": {"should": [phrase, _beginning_with(start)]}}
    if query.kind == "post" and query.viewer_id is None:
        yield {"bool": {"must_not": {"match_phrase": {"text": NARROW_KEY}}}}
    if query.since is not None:
        yield {"range": {"created_at": {"gte": query.since}}}
    if query.until is not None:
        yield {"range": {"created_at": {"lt": query.until}}}
    if cursor.after is not None:
        yield {"range": {"id": {"gt": cursor.after}}}
    elif cursor.before is not None:
        yield {"range": {"id": {"lt": cursor.before}}}


def _beginning_with(start: str) -> dict[str, Any]:
    if " " not in start:
        return {"prefix": {"text": start}}
    phrase = {"query": start, "max_expansions": EXPANSIONS}
    return {"match_phrase_prefix": {"text": phrase}}


def _lines(alias: str, document: Document) -> Iterator[dict[str, Any]]:
    yield {
        "index": {
            "_index": alias,
            "_id": f"{document.kind}-{document.id}",
            "version": document.version,
            "version_type": "external",
        }
    }
    if document.text is None:
        yield {}
    else:
        yield {
            "kind": document.kind,
            "id": document.id,
            "created_at": document.created_at,
            "text": document.text,
        }
