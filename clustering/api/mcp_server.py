"""An MCP server: tools for assistants, with the rules of the API and the token of one user."""

from collections.abc import Callable
from functools import wraps
from io import BytesIO
from typing import Annotated, Any, Final, ParamSpec, TypeVar
from uuid import UUID, uuid4

from asgiref.sync import sync_to_async
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import Http404
from mcp.server import MCPServer
from mcp.server.mcpserver import Image
from mcp.server.mcpserver.exceptions import ToolError
from mcp.types import ToolAnnotations
from PIL import Image as Picture
from pydantic import Field

from clustering.api import clusters, datasets, items, why
from clustering.api.access import ApiRequest, Scope, get_finished_run, hold_finished_run
from clustering.api.corrections import CorrectionShown, Decided
from clustering.api.items import Labels
from clustering.api.paging import PageQuery
from clustering.models import Logo
from clustering.pipeline.errors import PipelineError
from clustering.selectors import gallery
from clustering.services import storage, tokens
from clustering.services.curation import decisions
from clustering.views.access import get_dataset, get_editable_dataset

INSTRUCTIONS: Final = (
    "Logosite groups web sites by the look of their logos. Look at data sets, clusters and"
    " outliers first. Corrections are made in the name of the token's user and can be undone."
    " With dry_run, a correction is checked and described, not made."
)
TILE_PX: Final = 96
TILES_PER_ROW: Final = 4
READS: Final = ToolAnnotations(read_only_hint=True)
WRITES: Final = ToolAnnotations(read_only_hint=False, destructive_hint=False)

DataSet = Annotated[str, Field(description="slug of a data set, from list_data_sets")]
RunName = Annotated[str, Field(description="slug of a run; latest: the newest that succeeded")]
Uid = Annotated[UUID, Field(description="uid of a cluster")]
Domains = Annotated[list[str], Field(description="names of domains that have a logo in the run")]
Cursor = Annotated[str, Field(description="next of the page before")]
P = ParamSpec("P")
R = TypeVar("R")


class Tools:
    """The tools of the token that ``secret_of`` returns; it is checked again at each call."""

    def __init__(self, secret_of: Callable[[], str]) -> None:
        self._secret_of = secret_of

    def list_data_sets(self, cursor: Cursor = "") -> dict[str, Any]:
        """List the data sets that you may see, newest first."""
        return datasets.datasets(self._request(Scope.READ), PageQuery(cursor=cursor)).dict()

    def list_clusters(
        self, data_set: DataSet, run: RunName = "latest", q: str = "", cursor: Cursor = ""
    ) -> dict[str, Any]:
        """List clusters of a run, largest first; `q` is a part of a name or domain."""
        query = clusters.ClusterQuery(q=q, cursor=cursor)
        return clusters.clusters(self._request(Scope.READ), data_set, run, query).dict()

    def show_cluster(
        self, data_set: DataSet, cluster: Uid, run: RunName = "latest", cursor: Cursor = ""
    ) -> list[Any]:
        """Show a cluster: its domains, and an image of up to eight of its logos."""
        request = self._request(Scope.READ)
        query = clusters.MemberQuery(cursor=cursor)
        shown = clusters.cluster(request, data_set, run, cluster, Labels())
        page = clusters.cluster_items(request, data_set, run, cluster, query)
        found = get_finished_run(get_dataset(request, data_set), run)
        rows = gallery.clusters(found, Labels().labels).filter(uid=cluster)
        cards = gallery.cards(found, Labels().labels, list(rows))
        logos = cards[0].montage if cards else ()
        text = {"cluster": shown.dict(), "domains": page.dict()}
        return [text, Image(data=_montage(list(logos)), format="png")] if logos else [text]

    def list_outliers(
        self, data_set: DataSet, run: RunName = "latest", q: str = "", cursor: Cursor = ""
    ) -> dict[str, Any]:
        """List outliers with the clusters that they may belong to, likeliest first."""
        query = items.ItemQuery(q=q, cursor=cursor, limit=20)
        return items.outliers(self._request(Scope.READ), data_set, run, query).dict()

    def explain_domain(
        self, data_set: DataSet, domain: str, run: RunName = "latest"
    ) -> dict[str, Any]:
        """Show where a domain is, where its logo was found, and why that image was chosen."""
        request = self._request(Scope.READ)
        shown = items.item(request, data_set, run, domain, Labels())
        named = get_dataset(request, data_set).domains.get(name=domain)
        capture = named.captures.filter(is_primary=True).first()
        found = {"finder": capture.finder, "url": capture.source_url} if capture else None
        return shown.dict() | {"logo_found": found, "confidence": named.confidence}

    def why_together(
        self,
        data_set: DataSet,
        domain: str,
        other: Annotated[
            str, Field(description="domain to compare with; if empty, the medoid of its cluster")
        ] = "",
        run: RunName = "latest",
    ) -> dict[str, Any]:
        """Show why two domains are together or not: looks, words, rules, neighbours."""
        compared = why.Other(second=other)
        return why.why(self._request(Scope.READ), data_set, run, domain, compared).dict()

    def search(self, data_set: DataSet, q: str, run: RunName = "latest") -> dict[str, Any]:
        """Find domains by a part of their name."""
        query = items.ItemQuery(q=q, limit=50)
        return items.items(self._request(Scope.READ), data_set, run, query).dict()

    def assign(
        self,
        data_set: DataSet,
        domains: Domains,
        cluster: Annotated[UUID | None, Field(description="uid; null: make them outliers")],
        run: RunName = "latest",
        *,
        dry_run: bool = False,
    ) -> dict[str, Any]:
        """Move domains to a cluster, or out as outliers."""
        command = decisions.Assign(tuple(domains), cluster)
        return self._decide((data_set, run), command, dry_run=dry_run)

    def new_cluster(
        self,
        data_set: DataSet,
        domains: Domains,
        name: str,
        run: RunName = "latest",
        *,
        dry_run: bool = False,
    ) -> dict[str, Any]:
        """Split domains off into a new cluster."""
        command = decisions.NewCluster(tuple(domains), name)
        return self._decide((data_set, run), command, dry_run=dry_run)

    def same(
        self,
        data_set: DataSet,
        domains: Domains,
        run: RunName = "latest",
        *,
        dry_run: bool = False,
    ) -> dict[str, Any]:
        """Bind domains into one brand, for all later runs."""
        return self._decide((data_set, run), decisions.Same(tuple(domains)), dry_run=dry_run)

    def different(
        self,
        data_set: DataSet,
        domains: Domains,
        others: Annotated[list[str], Field(description="empty: from each other")] = [],  # noqa: B006 # read only
        run: RunName = "latest",
        *,
        dry_run: bool = False,
    ) -> dict[str, Any]:
        """Keep domains apart, from each other or from others, in all later runs."""
        command = decisions.Different(tuple(domains), tuple(others))
        return self._decide((data_set, run), command, dry_run=dry_run)

    def merge(
        self,
        data_set: DataSet,
        clusters: list[UUID],
        into: UUID | None = None,
        run: RunName = "latest",
        *,
        dry_run: bool = False,
    ) -> dict[str, Any]:
        """Merge clusters, into one of them or the largest."""
        command = decisions.MergeClusters(tuple(clusters), into)
        return self._decide((data_set, run), command, dry_run=dry_run)

    def split_back(
        self, data_set: DataSet, cluster: Uid, run: RunName = "latest", *, dry_run: bool = False
    ) -> dict[str, Any]:
        """Take a merged cluster apart again."""
        return self._decide((data_set, run), decisions.SplitBackCluster(cluster), dry_run=dry_run)

    def rename(
        self,
        data_set: DataSet,
        cluster: Uid,
        name: str,
        run: RunName = "latest",
        *,
        dry_run: bool = False,
    ) -> dict[str, Any]:
        """Give a cluster another name."""
        command = decisions.RenameCluster(cluster, name)
        return self._decide((data_set, run), command, dry_run=dry_run)

    def undo(
        self, data_set: DataSet, run: RunName = "latest", *, dry_run: bool = False
    ) -> dict[str, Any]:
        """Reverse your latest correction."""
        return self._decide((data_set, run), decisions.Undo(), dry_run=dry_run)

    def redo(
        self, data_set: DataSet, run: RunName = "latest", *, dry_run: bool = False
    ) -> dict[str, Any]:
        """Make the correction again that you undid last."""
        return self._decide((data_set, run), decisions.Redo(), dry_run=dry_run)

    def _decide(
        self, place: tuple[str, str], command: decisions.Command, *, dry_run: bool
    ) -> dict[str, Any]:
        request = self._request(Scope.CURATE)
        dataset = get_editable_dataset(request, place[0])
        with transaction.atomic():
            run = hold_finished_run(dataset, place[1])
            decision = decisions.decide(
                run, request.user, command, client_id=uuid4(), is_dry_run=dry_run
            )
        shown = CorrectionShown.of(decision.correction).dict()
        return Decided(**shown, version=decision.version, is_dry_run=dry_run).dict()

    def _request(self, scope: Scope) -> ApiRequest:
        """Return a request of the token's user, for the functions of the API."""
        token = tokens.find(self._secret_of())
        if token is None:
            raise ToolError("the API token is unknown or revoked")
        if not token.allows(scope):
            raise ToolError(f"this needs a token with the scope {scope}, not {token.scope}")
        request = ApiRequest()
        request.user, request.token = token.user, token
        return request


READING: Final = (
    Tools.list_data_sets,
    Tools.list_clusters,
    Tools.show_cluster,
    Tools.list_outliers,
    Tools.explain_domain,
    Tools.why_together,
    Tools.search,
)
WRITING: Final = (
    Tools.assign,
    Tools.new_cluster,
    Tools.same,
    Tools.different,
    Tools.merge,
    Tools.split_back,
    Tools.rename,
    Tools.undo,
    Tools.redo,
)


def make_server(secret: str) -> MCPServer:
    """Return a server whose tools act with the token ``secret``."""
    return serving(Tools(lambda: secret))


def serving(tools: Tools) -> MCPServer:
    """Return a server of ``tools``."""
    server = MCPServer("Logosite", instructions=INSTRUCTIONS)
    for functions, annotations in ((READING, READS), (WRITING, WRITES)):
        for function in functions:
            bound = getattr(tools, function.__name__)
            server.add_tool(
                _tool(bound),
                name=function.__name__,
                annotations=annotations,
                structured_output=function is not Tools.show_cluster,  # images are content
            )
    return server


def _tool(function: Callable[P, R]) -> Callable[P, Any]:
    """Return ``function`` as a tool: in a thread for the database, errors as texts."""

    def call(*args: P.args, **kwargs: P.kwargs) -> R:
        try:
            return function(*args, **kwargs)
        except Http404 as error:
            raise ToolError("there is no such thing, or you may not see it") from error
        except (PermissionDenied, PipelineError) as error:
            raise ToolError(str(error)) from error

    @wraps(function)
    async def tool(*args: P.args, **kwargs: P.kwargs) -> R:
        return await sync_to_async(call)(*args, **kwargs)

    return tool


def _montage(logos: list[Logo]) -> bytes:
    """Return one PNG of the logos, side by side on white."""
    n_rows = -(-len(logos) // TILES_PER_ROW)
    sheet = Picture.new("RGB", (TILES_PER_ROW * TILE_PX, n_rows * TILE_PX), "white")
    for place, logo in enumerate(logos):
        tile = storage.opened(logo.sha256)
        if tile is not None:
            tile.thumbnail((TILE_PX, TILE_PX))
            row, column = divmod(place, TILES_PER_ROW)
            sheet.paste(tile, (column * TILE_PX, row * TILE_PX), mask=tile)
    out = BytesIO()
    sheet.save(out, "PNG")
    return out.getvalue()
