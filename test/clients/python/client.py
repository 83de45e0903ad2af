"""Python's requests against a running emulator with the default fixture, by an API key and by a service account.

The emulator is told what to become by its control API, and is reset in the end.
Usage: client.py URL
"""

import sys
import time

import requests
from requests.auth import HTTPDigestAuth

BASE = sys.argv[1]
ENDPOINTS = f"{BASE}/api/atlas/v2/groups/32b6e34b3d91647abb20e7b8/backup/AWS/privateEndpoints"
KEY = ("emulator", "00000000-0000-4000-8000-000000000000")
ACCOUNT = ("mdb_sa_id_000000000000000000000001", "mdb_sa_sk_emulatoremulatoremulatoremulatoremulator")

passed = failed = 0


def check(what, ok, actual):
    global passed, failed
    if ok:
        passed += 1
        print("ok -", what)
    else:
        failed += 1
        print(f"not ok - {what}\n  actual: {actual}")


def session():
    """Every call must name a version; what is sent is JSON."""
    made = requests.Session()
    made.headers["Accept"] = "application/vnd.atlas.2025-03-12+json"
    return made


def by_key(public=KEY[0], private=KEY[1]):
    made = session()
    made.auth = HTTPDigestAuth(public, private)
    return made


def by_account():
    answer = requests.post(f"{BASE}/api/oauth/token", auth=ACCOUNT, data={"grant_type": "client_credentials"}, timeout=10)
    answer.raise_for_status()
    made = session()
    made.headers["Authorization"] = f"Bearer {answer.json()['access_token']}"
    return made


def control(method, path, body=None):
    answer = requests.request(method, f"{BASE}/_emulator{path}", json=body, timeout=10)
    answer.raise_for_status()
    return answer


def poll(get, done):
    """Repeats a GET until it is done, for ten seconds at most."""
    deadline = time.monotonic() + 10
    while True:
        answer = get()
        if done(answer) or time.monotonic() > deadline:
            return answer
        time.sleep(0.05)


def lifecycle(name, client):
    body = {"cloudProvider": "AWS", "regionName": "EU_WEST_1"}
    created = client.post(ENDPOINTS, json=body, timeout=10)
    check(f"{name}: create", created.status_code == 201 and created.json()["status"] == "INITIATING", created.text)
    one = f"{ENDPOINTS}/{created.json()['id']}"
    active = poll(lambda: client.get(one, timeout=10), lambda answer: answer.json()["status"] == "ACTIVE")
    check(f"{name}: poll until ACTIVE", active.json()["status"] == "ACTIVE", active.text)

    client.post(ENDPOINTS, json={"cloudProvider": "AWS", "regionName": "EU_WEST_2"}, timeout=10)
    found, url = [], f"{ENDPOINTS}?itemsPerPage=1"
    while url:
        page = client.get(url, timeout=10).json()
        found += [entry["regionName"] for entry in page["results"]]
        url = next((link["href"] for link in page["links"] if link["rel"] == "next"), None)
    check(f"{name}: list, page by page", found == ["EU_WEST_1", "EU_WEST_2"], found)

    deleted = client.delete(one, timeout=10)
    check(f"{name}: delete", deleted.status_code == 204 and deleted.content == b"", deleted.text)
    gone = poll(lambda: client.get(one, timeout=10), lambda answer: answer.status_code == 404)
    check(f"{name}: poll until 404", gone.json()["errorCode"] == "RESOURCE_NOT_FOUND", gone.text)


def fails(what, answer, status, code):
    error = answer.json()
    ok = answer.status_code == error["error"] == status and error["errorCode"] == code and error["detail"]
    check(f"{what}: {status} {code}", ok, answer.text)


def failures(name, client):
    wrong = {"cloudProvider": "AWS", "regionName": "US_EAST_9"}
    fails(name, client.post(ENDPOINTS, json=wrong, timeout=10), 400, "INVALID_ATTRIBUTE")
    fails(name, client.get(f"{ENDPOINTS}/{'0' * 24}", timeout=10), 404, "RESOURCE_NOT_FOUND")
    body = {"cloudProvider": "AWS", "regionName": "US_EAST_1"}
    client.post(ENDPOINTS, json=body, timeout=10)
    taken = client.post(ENDPOINTS, json=body, timeout=10)
    fails(name, taken, 409, "PRIVATE_ENDPOINT_SERVICE_ALREADY_EXISTS_FOR_REGION")
    fails(name, client.get(ENDPOINTS, headers={"Accept": "*/*"}, timeout=10), 406, "INVALID_VERSION_DATE")
    struck = client.get(ENDPOINTS, headers={"X-Emulator-Fault": "UNEXPECTED_ERROR"}, timeout=10)
    fails(name, struck, 500, "UNEXPECTED_ERROR")


for name, start in (("API key", by_key), ("service account", by_account)):
    control("POST", "/reset")
    lifecycle(name, start())
    failures(name, start())

control("POST", "/reset")
fails("a wrong key", by_key(private="wrong").get(ENDPOINTS, timeout=10), 401, "UNEXPECTED_ERROR")

# A world of its own: a key that may only be used from elsewhere, a project that takes two requests, and a version that
# has been sunset in favour of the next.
ORG = "32b6e34b3d91647abb20e7a0"
OWNER = [{"roleName": "ORG_OWNER", "orgId": ORG}]
world = {
    "organizations": [{"id": ORG, "name": "Acme"}],
    "projects": [{"id": "32b6e34b3d91647abb20e7b8", "orgId": ORG, "name": "Shop", "rateLimit": "2/2/60"}],
    "apiKeys": [
        {"publicKey": KEY[0], "privateKey": KEY[1], "orgId": ORG, "roles": OWNER},
        {"publicKey": "elsewhr", "privateKey": KEY[1], "orgId": ORG, "roles": OWNER, "accessList": ["203.0.113.0/24"]},
    ],
    "serviceAccounts": [],
}
control("PUT", "/state", world)
elsewhere = by_key(public="elsewhr").get(ENDPOINTS, timeout=10)
fails("a key for elsewhere", elsewhere, 403, "IP_ADDRESS_NOT_ON_ACCESS_LIST")
client = by_key()
for _ in range(2):
    client.get(ENDPOINTS, timeout=10)
limited = client.get(ENDPOINTS, timeout=10)
fails("too many requests", limited, 429, "RATE_LIMITED_TOKEN_BUCKET")
check("too many requests: when to come again", 0 < int(limited.headers.get("Retry-After", 0)) <= 60, limited.headers)
versions = [{"date": "2024-11-13", "sunset": "2025-06-01"}, {"date": "2025-05-01"}]
control("PUT", "/state", {**world, "privateEndpointVersions": versions})
fails("a version that is gone", by_key().get(ENDPOINTS, timeout=10), 410, "VERSION_GONE")
control("POST", "/reset")

# A nonce is good for five minutes: the one that a session holds goes stale, and requests takes the new one by itself.
client = by_key()
control("DELETE", "/requests")
answers = [client.get(ENDPOINTS, timeout=10).status_code for _ in range(3)]
taken = control("GET", "/requests?status=401&count=true").json()["count"]
check("a session: three calls, one challenge", answers == [200, 200, 200] and taken == 1, (answers, taken))
control("POST", "/clock", {"advance": "PT6M"})
control("DELETE", "/requests")
after = client.get(ENDPOINTS, timeout=10)
challenges = control("GET", "/requests?status=401").json()["requests"]
check("a stale nonce: one more challenge", after.status_code == 200 and len(challenges) == 1, after.text)
stale = challenges and "stale=true" in challenges[0]["responseHeaders"]["www-authenticate"]
check("a stale nonce: the challenge says so", stale, challenges)

# A token has no such way: when it is too old, that is a plain 401, and the client must fetch another.
client = by_account()
check("a fresh token", client.get(ENDPOINTS, timeout=10).status_code == 200, None)
control("POST", "/clock", {"advance": "PT2H"})
fails("a token that is too old", client.get(ENDPOINTS, timeout=10), 401, "UNEXPECTED_ERROR")
check("another token", by_account().get(ENDPOINTS, timeout=10).status_code == 200, None)

control("POST", "/reset")
print(f"{passed} passed, {failed} failed")
sys.exit(1 if failed else 0)
