"""Who may use each route: the table that the route matrix tests, complete by construction."""

from collections.abc import Iterator

from django.urls import URLPattern, URLResolver, get_resolver

# Access: everybody, signed in, member, editor, owner. staff, "-" is not allowed for anybody (405).
# A guest is the user of a share link: a viewer who only reads.
PAGES = """
home                   GET user
login                  GET everybody  POST everybody
login-link             GET link       POST link
logout                 POST user
account                GET user       POST user
account_name           POST user
account_sign_out       POST user
token_create           POST user
token_revoke           POST nobody
teams                  GET user       POST user
team                   GET nobody
team_add               POST nobody
team_role              POST nobody
team_remove            POST nobody
webhook_create         POST user
webhook                GET nobody
webhook_remove         POST nobody
webhook_send_again     POST nobody
invitation             GET link       POST link
share                  GET link       POST link
health                 GET everybody
healthz                GET everybody
ready                  GET everybody
metrics                GET token
operations             GET staff
operations_retry       POST staff
site_audit             GET staff
users                  GET staff      POST staff
user_block             POST staff
user_link              POST staff
upload                 POST user
sample                 POST user
overview               GET viewer
intake                 GET viewer
intake_column          POST editor
intake_confirm         POST editor
rejected_csv           GET viewer
progress               GET viewer
failures_csv           GET viewer
cancel                 POST editor
resume                 POST editor
retry                  POST editor
settings               GET editor     POST editor
try_services           POST editor
dataset_webhook_create POST editor
dataset_webhook        GET editor
dataset_webhook_remove POST editor
dataset_webhook_send_again POST editor
dataset_audit          GET owner
members                GET viewer
members_team           POST owner
members_invite         POST owner
members_share          POST owner
members_leave          POST viewer
members_role           POST owner
members_remove         POST owner
invitation_revoke      POST owner
link_revoke            POST owner
recluster              POST editor
delete                 GET owner      POST owner
add_domains            POST editor
classify               GET viewer     POST editor
classify_clear         POST editor
classify_add           POST editor
quality                GET viewer
quality_measure        POST editor
quality_labels         POST editor
quality_labels_remove  POST editor
pairs                  GET editor
pairs_judge            POST editor
pairs_undo             POST editor
runs                   GET viewer
run_new                GET editor     POST editor
run_cancel             POST editor
run_compare            GET viewer
run_rename             POST editor
tune                   GET viewer
tune_start             POST editor
tune_cancel            POST editor
tune_preview           GET viewer
tune_run               POST editor
logo_image             GET viewer
logo_thumbnail         GET viewer
gallery                GET viewer
brands                 GET viewer
brand                  GET viewer
names                  GET viewer
find_clusters          GET viewer
cluster                GET viewer
cluster_montage        GET viewer
compare                GET viewer
outliers               GET viewer
ignored                GET viewer
history                GET viewer
rules                  GET viewer
why                    GET viewer
domains                GET viewer
domain                 GET viewer
logo_choose            POST editor
logo_refuse            POST editor
logo_upload            POST editor
logo_address           POST editor
logo_look              POST editor
logo_undo              POST editor
review                 GET viewer
review_decide          POST editor
review_undo            POST editor
review_redo            POST editor
review_bring_back      POST editor
review_again           POST editor
review_sure            GET viewer     POST editor
review_logos           GET editor
review_logos_undo      POST editor
map                    GET viewer
map_points             GET viewer
map_names              GET viewer
map_labels             GET viewer
map_values             GET viewer
map_picked             POST viewer
map_search             GET viewer
search                 GET viewer
search_picture         POST editor
curation_import        GET editor     POST editor
exports                GET viewer
export_file            GET viewer
export_preview         GET viewer
export_picked          POST viewer
assign                 POST editor
new_cluster            POST editor
ignore                 POST editor
restore                POST editor
same                   POST editor
different              POST editor
remove_rule            POST editor
merge                  POST editor
split_back             POST editor
lock                   POST editor
note                   POST editor
rename                 POST editor
undo                   POST editor
undo_decision          POST editor
redo                   POST editor
"""
# By method of the API: the scope that a token needs, and the role that its user needs.
API = """
me                GET read user
datasets          GET read user     POST curate user
upload_list       POST curate user
dataset           GET read viewer   DELETE admin owner
dataset_members   GET read viewer
start             POST curate editor
add               POST curate editor
runs              GET read viewer   POST curate editor
run               GET read viewer
cancel_run        POST curate editor
clusters          GET read viewer
cluster           GET read viewer
cluster_items     GET read viewer
items             GET read viewer
item              GET read viewer
outliers          GET read viewer
why               GET read viewer
corrections       GET read viewer
assign            POST curate editor
ignore            POST curate editor
restore           POST curate editor
new_cluster       POST curate editor
same              POST curate editor
different         POST curate editor
merge             POST curate editor
split_back        POST curate editor
rename            POST curate editor
lock              POST curate editor
unlock            POST curate editor
note              POST curate editor
undo_correction   POST curate editor
undo_one          POST curate editor
remove_rules      POST curate editor
rules             GET read viewer
search            GET read viewer
review            GET read viewer
skip              POST curate editor
keep_apart        POST curate editor
redo_correction   POST curate editor
classify          POST curate editor
classify_image    POST curate editor
classification    GET read viewer
export_formats    GET read viewer
export            GET read viewer
"""
API_FOR_EVERYBODY = {"openapi-json", "openapi-view", "api-root", "nothing"}


def pages() -> dict[str, dict[str, str]]:
    """Return the access to pages by route and method."""
    table = {}
    for name, *rest in map(str.split, PAGES.strip().splitlines()):
        table[name] = dict(zip(rest[::2], rest[1::2], strict=True))
    return table


def api() -> dict[str, dict[str, tuple[str, str]]]:
    """Return the scope and the role that the API asks for, by route and method."""
    table = {}
    for name, *rest in map(str.split, API.strip().splitlines()):
        groups = zip(rest[::3], rest[1::3], rest[2::3], strict=True)
        table[name] = {method: (scope, role) for method, scope, role in groups}
    return table


def parameters(route: str, namespace: str = "") -> set[str]:
    """Return the names of what the address of a route takes."""
    resolver = get_resolver()
    if namespace:
        resolver = resolver.namespace_dict[namespace.rstrip(":")][1]
    return set(resolver.reverse_dict.getlist(route)[0][0][0][1])


def known_routes() -> tuple[set[str], set[str]]:
    """Return the names of all pages and of all addresses of the API."""
    named: set[str] = set()
    in_api: set[str] = set()
    seen: set[tuple[bool, str]] = set()
    for pattern, is_api in _patterns(get_resolver().url_patterns, is_api=False):
        place = (is_api, str(pattern.pattern))
        if place not in seen:  # the API repeats the address of each method
            (in_api if is_api else named).add(pattern.name or place[1])
        seen.add(place)
    return named, in_api


def _patterns(
    patterns: list[URLPattern | URLResolver], *, is_api: bool
) -> Iterator[tuple[URLPattern, bool]]:
    for one in patterns:
        if isinstance(one, URLResolver):
            yield from _patterns(one.url_patterns, is_api=is_api or one.namespace == "api")
        else:
            yield one, is_api
