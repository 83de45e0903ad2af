// Go against a running emulator with the default fixture, by the two transports that Atlas's own Go clients use:
// mongodb-forks/digest for an API key, x/oauth2 for a service account.
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
	"time"

	"github.com/mongodb-forks/digest"
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

type endpoint struct {
	ID     string `json:"id"`
	Status string `json:"status"`
	Code   string `json:"errorCode"`
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
		return 0, endpoint{Code: err.Error()}
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		return 0, endpoint{Code: err.Error()}
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

func main() {
	base := os.Args[1]

	key := digest.NewTransport("emulator", "00000000-0000-4000-8000-000000000000")
	byKey, err := key.Client()
	if err != nil {
		panic(err)
	}
	client{base, byKey}.lifecycle("API key", "EU_WEST_1")

	account := clientcredentials.Config{
		ClientID:     "mdb_sa_id_000000000000000000000001",
		ClientSecret: "mdb_sa_sk_emulatoremulatoremulatoremulatoremulator",
		TokenURL:     base + "/api/oauth/token",
	}
	client{base, account.Client(context.Background())}.lifecycle("service account", "EU_WEST_2")

	wrong := digest.NewTransport("emulator", "wrong")
	byWrong, err := wrong.Client()
	if err != nil {
		panic(err)
	}
	status, refused := client{base, byWrong}.do("GET", path, "")
	check("a wrong key", status == 401 && refused.Code == "UNEXPECTED_ERROR", refused)
	account.ClientSecret = "wrong"
	_, err = account.Token(context.Background())
	check("a wrong secret", err != nil, err)

	fmt.Printf("%d passed, %d failed\n", passed, failed)
	if failed > 0 {
		os.Exit(1)
	}
}
