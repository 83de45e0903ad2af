"""aiohttp against a running emulator with the default fixture, by an API key (digest) and by a service account (bearer).

Usage: aiohttp_client.py URL
"""

import asyncio
import sys

from aiohttp import ClientSession, DigestAuthMiddleware, encode_basic_auth

BASE = sys.argv[1]
ENDPOINTS = f"{BASE}/api/atlas/v2/groups/32b6e34b3d91647abb20e7b8/backup/AWS/privateEndpoints"
KEY = ("emulator", "00000000-0000-4000-8000-000000000000")
ACCOUNT = ("mdb_sa_id_000000000000000000000001", "mdb_sa_sk_emulatoremulatoremulatoremulatoremulator")
VERSION = {"Accept": "application/vnd.atlas.2025-03-12+json"}

passed = failed = 0


def check(what, ok, actual):
    global passed, failed
    passed, failed = passed + bool(ok), failed + (not ok)
    print("ok -" if ok else "not ok -", what, "" if ok else f"\n  actual: {actual}")


def by_key(public, private):
    return ClientSession(headers=VERSION, middlewares=(DigestAuthMiddleware(public, private),))


async def by_account():
    async with ClientSession() as session:
        form = {"grant_type": "client_credentials"}
        headers = {"Authorization": encode_basic_auth(*ACCOUNT)}
        async with session.post(f"{BASE}/api/oauth/token", headers=headers, data=form) as answer:
            token = (await answer.json())["access_token"]
    return ClientSession(headers={**VERSION, "Authorization": f"Bearer {token}"})


async def call(session, method, url, body=None):
    """The answer's status, and its body where there is one. Atlas's media types are JSON by another name."""
    async with session.request(method, url, json=body) as answer:
        return answer.status, await answer.json(content_type=None)


async def lifecycle(name, session):
    body = {"cloudProvider": "AWS", "regionName": "EU_WEST_1"}
    status, created = await call(session, "POST", ENDPOINTS, body)
    check(f"{name}: create", status == 201, created)
    status, error = await call(session, "POST", ENDPOINTS, body)
    code = "PRIVATE_ENDPOINT_SERVICE_ALREADY_EXISTS_FOR_REGION"
    check(f"{name}: create again", status == 409 and error["errorCode"] == code, error)
    status, page = await call(session, "GET", f"{ENDPOINTS}?itemsPerPage=1")
    check(f"{name}: list", status == 200 and [one["id"] for one in page["results"]] == [created["id"]], page)
    status, nothing = await call(session, "DELETE", f"{ENDPOINTS}/{created['id']}")
    check(f"{name}: delete", status == 204 and nothing is None, nothing)
    await call(session, "POST", f"{BASE}/_emulator/reset")


async def main():
    async with by_key(*KEY) as session:
        await lifecycle("digest", session)
    async with await by_account() as session:
        await lifecycle("bearer", session)
    async with by_key(KEY[0], "wrong") as session:
        status, error = await call(session, "GET", ENDPOINTS)
        check("a wrong key", status == 401 and error["error"] == 401, error)


asyncio.run(main())
print(f"{passed} passed, {failed} failed")
sys.exit(1 if failed else 0)
