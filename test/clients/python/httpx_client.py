"""httpx against a running emulator with the default fixture, by an API key (digest) and by a service account (bearer).

Usage: httpx_client.py URL
"""

import sys

import httpx

BASE = sys.argv[1]
ENDPOINTS = "/groups/32b6e34b3d91647abb20e7b8/backup/AWS/privateEndpoints"
KEY = ("emulator", "00000000-0000-4000-8000-000000000000")
ACCOUNT = ("mdb_sa_id_000000000000000000000001", "mdb_sa_sk_emulatoremulatoremulatoremulatoremulator")

passed = failed = 0


def check(what, ok, actual):
    global passed, failed
    passed, failed = passed + bool(ok), failed + (not ok)
    print("ok -" if ok else "not ok -", what, "" if ok else f"\n  actual: {actual}")


def client(**how):
    headers = {"Accept": "application/vnd.atlas.2025-03-12+json", **how.pop("headers", {})}
    return httpx.Client(base_url=f"{BASE}/api/atlas/v2", headers=headers, **how)


def token():
    answer = httpx.post(f"{BASE}/api/oauth/token", auth=ACCOUNT, data={"grant_type": "client_credentials"})
    return answer.raise_for_status().json()["access_token"]


for name, made in {
    "digest": client(auth=httpx.DigestAuth(*KEY)),
    "bearer": client(headers={"Authorization": f"Bearer {token()}"}),
}.items():
    with made as api:
        body = {"cloudProvider": "AWS", "regionName": "EU_WEST_1"}
        created = api.post(ENDPOINTS, json=body)
        check(f"{name}: create", created.status_code == 201, created.text)
        again = api.post(ENDPOINTS, json=body)
        code = "PRIVATE_ENDPOINT_SERVICE_ALREADY_EXISTS_FOR_REGION"
        check(f"{name}: create again", again.status_code == 409 and again.json()["errorCode"] == code, again.text)
        listed = api.get(ENDPOINTS, params={"itemsPerPage": 1})
        ids = [one["id"] for one in listed.json()["results"]]
        check(f"{name}: list", ids == [created.json()["id"]], listed.text)
        deleted = api.delete(f"{ENDPOINTS}/{ids[0]}")
        check(f"{name}: delete", deleted.status_code == 204 and deleted.content == b"", deleted.text)
    httpx.post(f"{BASE}/_emulator/reset").raise_for_status()

# The challenge that a client holds is good for five minutes; then httpx answers the new one by itself.
with client(auth=httpx.DigestAuth(*KEY)) as api:
    statuses = [api.get(ENDPOINTS).status_code]
    httpx.post(f"{BASE}/_emulator/clock", json={"advance": "PT6M"}).raise_for_status()
    statuses.append(api.get(ENDPOINTS).status_code)
    check("a stale nonce", statuses == [200, 200], statuses)
with client(auth=httpx.DigestAuth(KEY[0], "wrong")) as api:
    wrong = api.get(ENDPOINTS)
    check("a wrong key", wrong.status_code == 401 and wrong.json()["error"] == 401, wrong.text)

print(f"{passed} passed, {failed} failed")
sys.exit(1 if failed else 0)
