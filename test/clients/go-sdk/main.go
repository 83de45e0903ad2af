// Atlas's Go SDK against a running emulator with the default fixture, by an API key and by a service account: run.sh
// runs it with several versions of the SDK. The emulator is told what to become by its control API; to see a new token
// for every call, start it with --token-lifetime 5s.
// Before v20250312022 of the SDK the field CloudBackupsAPI was named CloudBackupsApi.
// Usage: go run . URL
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"strings"
	"time"

	"go.mongodb.org/atlas-sdk/v20250312026/admin"
	"golang.org/x/oauth2"
)

const (
	project  = "32b6e34b3d91647abb20e7b8"
	provider = "AWS"
	key      = "emulator"
	secret   = "00000000-0000-4000-8000-000000000000"
	account  = "mdb_sa_id_000000000000000000000001"
	password = "mdb_sa_sk_emulatoremulatoremulatoremulatoremulator"
	role     = `"orgId": "32b6e34b3d91647abb20e7a0", "roles": [{ "roleName": "ORG_OWNER", "orgId": "32b6e34b3d91647abb20e7a0" }]`
)

var (
	ctx            = context.Background()
	passed, failed int
)

func check(what string, ok bool, actual any) {
	if ok {
		passed++
		fmt.Println("ok -", what)
		return
	}
	failed++
	fmt.Printf("not ok - %s\n  actual: %v\n", what, actual)
}

// byKey makes a client that signs in by HTTP Digest.
func byKey(base, public, private string) *admin.APIClient {
	client, err := admin.NewClient(admin.UseBaseURL(base), admin.UseDigestAuth(public, private))
	if err != nil {
		panic(err)
	}
	return client
}

// byAccount makes a client that fetches tokens. The base URL comes first: the token URL is derived from it.
func byAccount(base string) *admin.APIClient {
	client, err := admin.NewClient(admin.UseBaseURL(base), admin.UseOAuthAuth(ctx, account, password))
	if err != nil {
		panic(err)
	}
	return client
}

// byToken makes a client with a token that it holds on to, as the SDK does for most of a token's life.
func byToken(base string) *admin.APIClient {
	form := url.Values{"grant_type": {"client_credentials"}, "client_id": {account}, "client_secret": {password}}
	response, err := http.PostForm(base+"/api/oauth/token", form)
	if err != nil {
		panic(err)
	}
	defer response.Body.Close()
	var token oauth2.Token
	if err := json.NewDecoder(response.Body).Decode(&token); err != nil {
		panic(err)
	}
	holder := oauth2.NewClient(ctx, oauth2.StaticTokenSource(&token))
	client, err := admin.NewClient(admin.UseBaseURL(base), admin.UseHTTPClient(holder))
	if err != nil {
		panic(err)
	}
	return client
}

// control sends a command to the emulator, and returns the answer's body.
func control(base, method, path, body string) string {
	request, err := http.NewRequest(method, base+"/_emulator"+path, strings.NewReader(body))
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
		panic(fmt.Sprintf("%s %s: %d %s", method, path, response.StatusCode, text))
	}
	return string(text)
}

func wanted(region string) *admin.ObjectStoragePrivateEndpointRequest {
	request := admin.NewObjectStoragePrivateEndpointRequest()
	request.SetCloudProvider(provider)
	request.SetRegionName(region)
	return request
}

func lifecycle(name string, client *admin.APIClient) {
	api := client.CloudBackupsAPI
	created, _, err := api.CreateBackupPrivateEndpoint(ctx, project, provider, wanted("EU_WEST_1")).Execute()
	if err != nil {
		check(name+": create", false, err)
		return
	}
	id := created.GetId()
	check(name+": create", created.GetStatus() == "INITIATING", created)

	status := ""
	for deadline := time.Now().Add(10 * time.Second); status != "ACTIVE" && time.Now().Before(deadline); time.Sleep(50 * time.Millisecond) {
		found, _, err := api.GetBackupPrivateEndpoint(ctx, project, provider, id).Execute()
		if err != nil {
			break
		}
		status = found.GetStatus()
	}
	check(name+": poll until ACTIVE", status == "ACTIVE", status)

	_, _, err = api.CreateBackupPrivateEndpoint(ctx, project, provider, wanted("EU_WEST_2")).Execute()
	check(name+": create another", err == nil, err)
	var listed []string
	for page, total := 1, 1; page <= total; page++ {
		found, _, err := api.ListBackupPrivateEndpoints(ctx, project, provider).ItemsPerPage(1).PageNum(page).Execute()
		if err != nil {
			break
		}
		total = found.GetTotalCount()
		for _, one := range found.GetResults() {
			listed = append(listed, one.GetRegionName())
		}
	}
	check(name+": list, page by page", fmt.Sprint(listed) == "[EU_WEST_1 EU_WEST_2]", listed)

	_, err = api.DeleteBackupPrivateEndpoint(ctx, project, provider, id).Execute()
	check(name+": delete", err == nil, err)
	err = nil
	for deadline := time.Now().Add(10 * time.Second); err == nil && time.Now().Before(deadline); time.Sleep(50 * time.Millisecond) {
		_, _, err = api.GetBackupPrivateEndpoint(ctx, project, provider, id).Execute()
	}
	fails(name+": poll until gone", err, 404, "RESOURCE_NOT_FOUND")
}

// fails checks that the SDK decodes an answer into its own error.
func fails(what string, err error, status int, code string) {
	decoded, ok := admin.AsError(err)
	ok = ok && admin.IsErrorCode(err, code) && decoded.GetError() == status && decoded.GetDetail() != ""
	check(fmt.Sprintf("%s: %d %s", what, status, code), ok, err)
}

func list(client *admin.APIClient, project string) error {
	_, _, err := client.CloudBackupsAPI.ListBackupPrivateEndpoints(ctx, project, provider).Execute()
	return err
}

func failures(name, base string, client *admin.APIClient) {
	api := client.CloudBackupsAPI
	control(base, "PUT", "/state", world(""))
	_, _, err := api.CreateBackupPrivateEndpoint(ctx, project, provider, wanted("US_EAST_9")).Execute()
	fails(name, err, 400, "INVALID_ATTRIBUTE")
	_, _, err = api.GetBackupPrivateEndpoint(ctx, project, provider, strings.Repeat("0", 24)).Execute()
	fails(name, err, 404, "RESOURCE_NOT_FOUND")
	_, _, _ = api.CreateBackupPrivateEndpoint(ctx, project, provider, wanted("US_EAST_1")).Execute()
	_, _, err = api.CreateBackupPrivateEndpoint(ctx, project, provider, wanted("US_EAST_1")).Execute()
	fails(name, err, 409, "PRIVATE_ENDPOINT_SERVICE_ALREADY_EXISTS_FOR_REGION")
	const busy = "32b6e34b3d91647abb20e7b9"
	_, _ = list(client, busy), list(client, busy)
	fails(name, list(client, busy), 429, "RATE_LIMITED_TOKEN_BUCKET")
	control(base, "POST", "/faults", `{"errorCode":"UNEXPECTED_ERROR","match":{"operationId":"listBackupPrivateEndpoints"},"when":{"times":1}}`)
	fails(name, list(client, project), 500, "UNEXPECTED_ERROR")
	control(base, "PUT", "/state", world(`, "privateEndpointVersions": [{ "date": "2024-11-13", "sunset": "2025-06-01" }, { "date": "2025-05-01" }]`))
	fails(name, list(client, project), 410, "VERSION_GONE")
	control(base, "POST", "/reset", "")
}

// world is one in which things go wrong: a key that may only be used from elsewhere, a project that takes two requests.
func world(more string) string {
	return `{
  "organizations": [{ "id": "32b6e34b3d91647abb20e7a0", "name": "Acme" }],
  "projects": [
    { "id": "32b6e34b3d91647abb20e7b8", "orgId": "32b6e34b3d91647abb20e7a0", "name": "Shop" },
    { "id": "32b6e34b3d91647abb20e7b9", "orgId": "32b6e34b3d91647abb20e7a0", "name": "Busy", "rateLimit": "2/2/60" }
  ],
  "apiKeys": [
    { "publicKey": "` + key + `", "privateKey": "` + secret + `", ` + role + ` },
    { "publicKey": "elsewhr", "privateKey": "` + secret + `", "accessList": ["203.0.113.0/24"], ` + role + ` }
  ],
  "serviceAccounts": [{ "clientId": "` + account + `", "clientSecret": "` + password + `", ` + role + ` }]` + more + `
}`
}

func main() {
	base := os.Args[1]
	control(base, "POST", "/reset", "")
	lifecycle("API key", byKey(base, key, secret))
	control(base, "POST", "/reset", "")
	lifecycle("service account", byAccount(base))
	failures("API key", base, byKey(base, key, secret))
	failures("service account", base, byAccount(base))

	control(base, "PUT", "/state", world(""))
	fails("a key for elsewhere", list(byKey(base, "elsewhr", secret), project), 403, "IP_ADDRESS_NOT_ON_ACCESS_LIST")
	control(base, "POST", "/reset", "")
	fails("a wrong key", list(byKey(base, key, "wrong"), project), 401, "UNEXPECTED_ERROR")

	// The SDK fetches a new token when its own has less than ten seconds to go: with a short life, at every call.
	client := byAccount(base)
	control(base, "DELETE", "/requests", "")
	for range 3 {
		_ = list(client, project)
	}
	tokens := control(base, "GET", "/requests?operation=token&status=200&count=true", "")
	check("a short-lived token: a new one for each call", strings.Contains(tokens, `"count":3`), tokens)

	// It goes by its own clock: when the emulator's runs ahead, the SDK comes with a token that is too old, and does not
	// fetch another because of the 401.
	client = byToken(base)
	check("a token before a jump of the clock", list(client, project) == nil, nil)
	control(base, "POST", "/clock", `{"advance":"PT2H"}`)
	fails("a token after a jump of the clock", list(client, project), 401, "UNEXPECTED_ERROR")
	control(base, "POST", "/reset", "")

	fmt.Printf("%d passed, %d failed\n", passed, failed)
	if failed > 0 {
		os.Exit(1)
	}
}
