# What the official Globus client makes of the simulator: each finding is one line of JSON, judged by the test that
# runs this. Argument: a JSON object with the client's id and secret, the collections, and a folder to move.
import inspect
import json
import socket
import sys

import globus_sdk
from globus_sdk.transport import RequestsTransport, RetryConfig

given = json.loads(sys.argv[1])
collections = ("source", "destination", "forbidden", "guest", "strict", "resting")
source, destination, forbidden, guest, strict, resting = (given[name] for name in collections)
transfer_scope = "urn:globus:auth:scope:transfer.api.globus.org:all"
once = RetryConfig(max_retries=0)


def data_access(collection):
    return f"https://auth.globus.org/scopes/{collection}/data_access"


def tell(name, value):
    print(json.dumps({"name": name, "value": value}), flush=True)


def refused(name, work):
    try:
        work()
    except globus_sdk.GlobusAPIError as error:
        consent = error.info.consent_required
        scopes = consent.required_scopes if consent else None
        tell(name, [type(error).__name__, error.http_status, error.code, error.message != "", scopes])
    else:
        tell(name, "was not refused")


def auth_client(secret=given["clientSecret"]):
    return globus_sdk.ConfidentialAppAuthClient(given["clientId"], secret, retry_config=once)


def fetch_token(scopes):
    answer = auth_client().oauth2_client_credentials_tokens(scopes)
    return answer.by_resource_server["transfer.api.globus.org"]


def transfer_client(token, **options):
    return globus_sdk.TransferClient(
        authorizer=globus_sdk.AccessTokenAuthorizer(token), retry_config=once, **options
    )


reached = " ".join(f"*{data_access(one)}" for one in (source, destination, strict, resting))
with_access = f"{transfer_scope}[{reached}]"
token = fetch_token(with_access)
tell("token", [token["scope"], token["token_type"], token["refresh_token"]])
refused("wrong secret", lambda: auth_client("wrong").oauth2_client_credentials_tokens(transfer_scope))
refused("unknown scope", lambda: fetch_token(f"{transfer_scope}[*{data_access(guest)}]"))
client = transfer_client(token["access_token"])


def submission(path, to=destination, submission_id=None, label="beamgate official", **options):
    data = globus_sdk.TransferData(
        source_endpoint=source,
        destination_endpoint=to,
        label=label,
        submission_id=submission_id or client.get_submission_id()["value"],
        sync_level="checksum",
        verify_checksum=True,
        encrypt_data=True,
        **options,
    )
    data.add_item(path, f"/received{path}", recursive=True)
    return data


data = submission(given["folder"])
first, again = client.submit_transfer(data), client.submit_transfer(data)
tell("submit", [first["code"], again["code"], first["task_id"] == again["task_id"]])
tell("wait", client.task_wait(first["task_id"], timeout=20, polling_interval=1))
task = client.get_task(first["task_id"], query_params={"fields": "status,files_transferred,faults,label,nice_status"})
tell("task", task.data)
tell("successful", len(list(client.task_successful_transfers(first["task_id"]))))

missing = client.submit_transfer(submission("/missing", label="never there"))["task_id"]
refused("identical paths", lambda: client.submit_transfer(submission("/missing")))
while client.get_task(missing)["faults"] == 0:
    pass
errors = client.task_event_list(missing, query_params={"filter": "is_error:1"})
tell("events", [[event["is_error"], event["code"] != ""] for event in errors][:1])
newest = client.task_event_list(missing, limit=1, query_params={"filter": "is_error:1"}).data["DATA"][0]
tell("event", [newest["code"], "File: /missing" in newest["details"].splitlines()])
tell("not paused", client.task_pause_info(missing)["pause_rules"])
paused = client.submit_transfer(submission("/paused", to=resting))["task_id"]
rules = client.task_pause_info(paused)["pause_rules"]
tell("paused", [[rule["message"], rule["endpoint_display_name"]] for rule in rules])
tell("pause", [client.get_task(paused)[name] for name in ("status", "is_paused", "nice_status")])
client.cancel_task(paused)
late = client.submit_transfer(
    submission("/late", deadline="2099-12-31T00:00:00+00:00", source_local_user="svc", preserve_timestamp=True)
)["task_id"]
tell("deadline", [client.get_task(late)[name] for name in ("deadline", "preserve_timestamp")])
client.cancel_task(late)
refused("deadline passed", lambda: client.submit_transfer(submission("/x", deadline="2001-01-01T00:00:00+00:00")))
opened = client.task_list(filter={"type": "TRANSFER", "status": ["ACTIVE", "INACTIVE"]}, limit=10)
tell("open", [one["task_id"] == missing for one in opened])
tell("by id", len(list(client.task_list(filter={"task_id": [missing, first["task_id"]]}))))
tell("by label", [one["label"] for one in client.task_list(filter="label:never there")])
refused("wrong filter", lambda: client.task_list(filter={"nonsense": "1"}))
page = client.task_list(limit=1, offset=1)
tell("page", [page["length"], page["total"], page["offset"], page["limit"]])
tell("all pages", len(list(client.paginated.task_list(limit=1).items())))
tell("cancel", [client.cancel_task(missing)["code"], client.cancel_task(first["task_id"])["code"]])
ended = client.get_task(missing)
tell("cancelled", [ended["status"], ended["fatal_error"]["code"], ended["nice_status"]])

nowhere = "00000000-0000-4000-8000-000000000000"
refused("no such task", lambda: client.get_task(nowhere))
refused("no such endpoint", lambda: client.submit_transfer(submission("/x", to=nowhere)))
refused("permission", lambda: client.submit_transfer(submission("/x", to=forbidden)))
refused("policy", lambda: client.submit_transfer(submission("/x", to=strict)))
refused("local user of a guest", lambda: client.submit_transfer(submission("/x", to=guest, destination_local_user="svc")))
plain = transfer_client(fetch_token(transfer_scope)["access_token"])
refused("consent", lambda: plain.submit_transfer(submission("/x")))
refused("invented submission id", lambda: client.submit_transfer(submission("/x", submission_id=nowhere)))
empty = submission("/x")
empty["DATA"] = []
refused("no items", lambda: client.submit_transfer(empty))
refused("wrong token", lambda: transfer_client("wrong").get_submission_id())
for status in given["struck"]:
    refused(f"struck {status}", lambda: client.get_task("struck"))


def unanswered(name, work):
    try:
        work()
    except globus_sdk.NetworkError as error:
        tell(name, type(error).__name__)
    else:
        tell(name, "was answered")


for name in ("cut", "lost"):
    unanswered(name, lambda: client.get_task(name))
impatient = {"transport": RequestsTransport(http_timeout=0.5)}
unanswered("hangs", lambda: transfer_client(token["access_token"], **impatient).get_task("hangs"))


def deaf_url(kept):
    """Of a host that takes no connection: as many wait there already as it lets wait."""
    listener = socket.create_server(("127.0.0.1", 0), backlog=0)
    address = listener.getsockname()
    kept.append(listener)
    for _ in range(3):
        waiting = socket.socket()
        waiting.setblocking(False)
        waiting.connect_ex(address)
        kept.append(waiting)
    return f"http://127.0.0.1:{address[1]}"


sockets = []
deaf = transfer_client(token["access_token"], base_url=deaf_url(sockets), **impatient)
unanswered("takes no connection", lambda: deaf.get_task("never"))

exported = [getattr(globus_sdk, name) for name in dir(globus_sdk)]
tell("exceptions", sorted(one.__name__ for one in exported if inspect.isclass(one) and issubclass(one, Exception)))
