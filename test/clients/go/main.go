// Go against a running emulator with the default fixture, by the two transports that Atlas's own Go clients use:
// mongodb-forks/digest for an API key, x/oauth2 for a service account.
// The emulator is told what to become by its control API, and is reset in the end.
// Usage: go run . URL
package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"strings"
	"time"

	"github.com/mongodb-forks/digest"
	"golang.org/x/oauth2"
	"golang.org/x/oauth2/clientcredentials"
)

const (
	version = "application/vnd.atlas.2025-03-12+json"
	path    = "/api/atlas/v2/groups/32b6e34b3d91647abb20e7b8/backup/AWS/privateEndpoints"
)

var passed, failed int

func check(what string, ok bool, actual any) {
	if ok {
		passed++
		fmt.Println("ok -", what)
		return
	}
	failed++
	fmt.Printf("not ok - %s\n  actual: %v\n", what, actual)
}

// endpoint is what a success tells, apiError what a failure does.
type endpoint struct {
	ID     string `json:"id"`
	Status string `json:"status"`
	apiError
}

type apiError struct {
	Code       string `json:"errorCode"`
	Error      int    `json:"error"`
	Detail     string `json:"detail"`
	Reason     string `json:"reason"`
	Parameters []any  `json:"parameters"`
}

type client struct {
	base string
	http *http.Client
}

func (c client) do(method, url, body string) (int, endpoint) {
	request, err := http.NewRequest(method, c.base+url, bytes.NewBufferString(body))
	if err != nil {
		panic(err)
	}
	request.Header.Set("Accept", version)
	if body != "" {
		request.Header.Set("Content-Type", version)
	}
	response, err := c.http.Do(request)
	if err != nil {
		return 0, endpoint{apiError: apiError{Code: err.Error()}}
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		return 0, endpoint{apiError: apiError{Code: err.Error()}}
	}
	var decoded endpoint
	_ = json.Unmarshal(text, &decoded)
	return response.StatusCode, decoded
}

// poll repeats a GET until done says so, for ten seconds at most.
func (c client) poll(url string, done func(int, endpoint) bool) (int, endpoint) {
	for deadline := time.Now().Add(10 * time.Second); ; time.Sleep(50 * time.Millisecond) {
		status, found := c.do("GET", url, "")
		if done(status, found) || time.Now().After(deadline) {
			return status, found
		}
	}
}

func (c client) lifecycle(name, region string) {
	body := fmt.Sprintf(`{"cloudProvider":"AWS","regionName":%q}`, region)
	status, created := c.do("POST", path, body)
	check(name+": create", status == 201 && created.Status == "INITIATING", created)
	status, again := c.do("POST", path, body)
	check(name+": create again", status == 409, again)
	one := path + "/" + created.ID
	_, active := c.poll(one, func(_ int, found endpoint) bool { return found.Status == "ACTIVE" })
	check(name+": poll until ACTIVE", active.Status == "ACTIVE" && active.ID == created.ID, active)
	status, listed := c.do("GET", path+"?pageNum=1&itemsPerPage=5&includeCount=true", "")
	check(name+": list", status == 200, listed)
	status, deleted := c.do("DELETE", one, "")
	check(name+": delete", status == 204, deleted)
	status, gone := c.poll(one, func(status int, _ endpoint) bool { return status == 404 })
	check(name+": poll until 404", status == 404 && gone.Code == "RESOURCE_NOT_FOUND", gone)
	status, invalid := c.do("POST", path, `{"cloudProvider":"AWS"}`)
	check(name+": a missing attribute", status == 400 && invalid.Code == "MISSING_ATTRIBUTE", invalid)
}

// fails checks that a request is refused, and that the answer decodes into what Atlas's clients decode it into.
func (c client) fails(what, method, url, body string, status int, code string) {
	got, failure := c.do(method, url, body)
	decoded := failure.Error == status && failure.Code == code && failure.Detail != "" && failure.Reason != ""
	check(fmt.Sprintf("%s: %d %s", what, status, code), got == status && decoded, failure)
}

// control sends a command to the emulator, and returns the answer's body.
func control(base, method, url, body string) string {
	request, err := http.NewRequest(method, base+"/_emulator"+url, strings.NewReader(body))
	if err != nil {
		panic(err)
	}
	if body != "" {
		request.Header.Set("Content-Type", "application/json")
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		panic(err)
	}
	defer response.Body.Close()
	text, _ := io.ReadAll(response.Body)
	if response.StatusCode >= 300 {
		panic(fmt.Sprintf("%s %s: %d %s", method, url, response.StatusCode, text))
	}
	return string(text)
}

// A world in which things go wrong: a key that may only be used from elsewhere, a project that takes two requests.
const world = `{
  "organizations": [{ "id": "32b6e34b3d91647abb20e7a0", "name": "Acme" }],
  "projects": [
    { "id": "32b6e34b3d91647abb20e7b8", "orgId": "32b6e34b3d91647abb20e7a0", "name": "Shop" },
    { "id": "32b6e34b3d91647abb20e7b9", "orgId": "32b6e34b3d91647abb20e7a0", "name": "Busy", "rateLimit": "2/2/60" }
  ],
  "apiKeys": [
    { "publicKey": "emulator", "privateKey": "00000000-0000-4000-8000-000000000000", "orgId": "32b6e34b3d91647abb20e7a0",
      "roles": [{ "roleName": "ORG_OWNER", "orgId": "32b6e34b3d91647abb20e7a0" }] },
    { "publicKey": "elsewhr", "privateKey": "00000000-0000-4000-8000-000000000001", "orgId": "32b6e34b3d91647abb20e7a0",
      "roles": [{ "roleName": "ORG_OWNER", "orgId": "32b6e34b3d91647abb20e7a0" }], "accessList": ["203.0.113.0/24"] }
  ],
  "serviceAccounts": [
    { "clientId": "mdb_sa_id_000000000000000000000001", "clientSecret": "mdb_sa_sk_emulatoremulatoremulatoremulatoremulator",
      "orgId": "32b6e34b3d91647abb20e7a0", "roles": [{ "roleName": "ORG_OWNER", "orgId": "32b6e34b3d91647abb20e7a0" }] }
  ]%s
}`

func withKey(base, public, private string) client {
	byKey, err := digest.NewTransport(public, private).Client()
	if err != nil {
		panic(err)
	}
	return client{base, byKey}
}

// failures goes through what a client must be able to tell apart, with either kind of credentials.
func failures(name string, c client) {
	base := c.base
	control(base, "PUT", "/state", fmt.Sprintf(world, ""))
	body := `{"cloudProvider":"AWS","regionName":"US_EAST_1"}`
	c.fails(name, "POST", path, `{"cloudProvider":"AWS","regionName":"US_EAST_9"}`, 400, "INVALID_ATTRIBUTE")
	c.fails(name, "GET", path+"/000000000000000000000000", "", 404, "RESOURCE_NOT_FOUND")
	c.do("POST", path, body)
	c.fails(name, "POST", path, body, 409, "PRIVATE_ENDPOINT_SERVICE_ALREADY_EXISTS_FOR_REGION")
	busy := strings.Replace(path, "b8/", "b9/", 1)
	c.do("GET", busy, "")
	c.do("GET", busy, "")
	c.fails(name, "GET", busy, "", 429, "RATE_LIMITED_TOKEN_BUCKET")
	control(base, "POST", "/faults", `{"errorCode":"UNEXPECTED_ERROR","match":{"operationId":"listBackupPrivateEndpoints"},"when":{"times":1}}`)
	c.fails(name, "GET", path, "", 500, "UNEXPECTED_ERROR")
	status, _ := c.do("GET", path, "")
	check(name+": 200 again", status == 200, status)
	versions := `,
  "privateEndpointVersions": [{ "date": "2024-11-13", "sunset": "2025-06-01" }, { "date": "2025-05-01" }]`
	control(base, "PUT", "/state", fmt.Sprintf(world, versions))
	c.fails(name, "GET", path, "", 410, "VERSION_GONE")
	control(base, "POST", "/reset", "")
}

func main() {
	base := os.Args[1]

	byKey := withKey(base, "emulator", "00000000-0000-4000-8000-000000000000")
	byKey.lifecycle("API key", "EU_WEST_1")

	account := clientcredentials.Config{
		ClientID:     "mdb_sa_id_000000000000000000000001",
		ClientSecret: "mdb_sa_sk_emulatoremulatoremulatoremulatoremulator",
		TokenURL:     base + "/api/oauth/token",
	}
	byAccount := client{base, account.Client(context.Background())}
	byAccount.lifecycle("service account", "EU_WEST_2")

	failures("API key", byKey)
	failures("service account", byAccount)
	control(base, "PUT", "/state", fmt.Sprintf(world, ""))
	withKey(base, "elsewhr", "00000000-0000-4000-8000-000000000001").
		fails("a key for elsewhere", "GET", path, "", 403, "IP_ADDRESS_NOT_ON_ACCESS_LIST")
	control(base, "POST", "/reset", "")
	withKey(base, "emulator", "wrong").fails("a wrong key", "GET", path, "", 401, "UNEXPECTED_ERROR")
	impostor := account
	impostor.ClientSecret = "wrong"
	_, err := impostor.Token(context.Background())
	check("a wrong secret", err != nil, err)

	// The client fetches a new token when its own has less than ten seconds to go: with a short life, at every call.
	control(base, "DELETE", "/requests", "")
	for range 3 {
		byAccount.do("GET", path, "")
	}
	tokens := control(base, "GET", "/requests?operation=token&status=200&count=true", "")
	check("a short-lived token: a new one for each call", strings.Contains(tokens, `"count":3`), tokens)

	// It goes by its own clock: when the emulator's runs ahead, it comes with a token that is too old.
	token, err := account.Token(context.Background())
	if err != nil {
		panic(err)
	}
	stale := client{base, oauth2.NewClient(context.Background(), oauth2.StaticTokenSource(token))}
	status, _ := stale.do("GET", path, "")
	check("a token before a jump of the clock: 200", status == 200, status)
	control(base, "POST", "/clock", `{"advance":"PT2H"}`)
	stale.fails("a token after a jump of the clock", "GET", path, "", 401, "UNEXPECTED_ERROR")
	control(base, "POST", "/reset", "")

	fmt.Printf("%d passed, %d failed\n", passed, failed)
	if failed > 0 {
		os.Exit(1)
	}
}
