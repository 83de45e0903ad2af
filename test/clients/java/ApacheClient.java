import java.net.URI;
import org.apache.hc.client5.http.auth.AuthScope;
import org.apache.hc.client5.http.auth.UsernamePasswordCredentials;
import org.apache.hc.client5.http.impl.auth.BasicCredentialsProvider;
import org.apache.hc.client5.http.impl.classic.CloseableHttpClient;
import org.apache.hc.client5.http.impl.classic.HttpClients;
import org.apache.hc.core5.http.ClassicHttpRequest;
import org.apache.hc.core5.http.ContentType;
import org.apache.hc.core5.http.io.entity.EntityUtils;
import org.apache.hc.core5.http.io.support.ClassicRequestBuilder;

/** Apache's HttpClient 5 against a running emulator with the default fixture, by an API key: it answers Digest by itself. */
class ApacheClient {
  static final String ENDPOINTS = "/api/atlas/v2/groups/32b6e34b3d91647abb20e7b8/backup/AWS/privateEndpoints";
  static String base;
  static int passed;
  static int failed;

  record Answer(int status, String body) {}

  static CloseableHttpClient byKey(String publicKey, String privateKey) {
    URI uri = URI.create(base);
    BasicCredentialsProvider credentials = new BasicCredentialsProvider();
    credentials.setCredentials(
        new AuthScope(uri.getHost(), uri.getPort()), new UsernamePasswordCredentials(publicKey, privateKey.toCharArray()));
    return HttpClients.custom().setDefaultCredentialsProvider(credentials).build();
  }

  static Answer call(CloseableHttpClient client, String method, String path, String body) throws Exception {
    ClassicRequestBuilder request = ClassicRequestBuilder.create(method)
        .setUri(base + path)
        .setHeader("Accept", "application/vnd.atlas.2025-03-12+json");
    if (body != null) request.setEntity(body, ContentType.APPLICATION_JSON);
    ClassicHttpRequest built = request.build();
    return client.execute(built, (answer) -> new Answer(
        answer.getCode(), answer.getEntity() == null ? "" : EntityUtils.toString(answer.getEntity())));
  }

  static void check(String what, boolean ok, Answer actual) {
    if (ok) passed += 1;
    else failed += 1;
    System.out.println((ok ? "ok - " : "not ok - ") + what + (ok ? "" : "\n  actual: " + actual));
  }

  public static void main(String[] args) throws Exception {
    base = args[0];
    String body = "{\"cloudProvider\":\"AWS\",\"regionName\":\"EU_WEST_1\"}";
    try (CloseableHttpClient client = byKey("emulator", "00000000-0000-4000-8000-000000000000")) {
      Answer created = call(client, "POST", ENDPOINTS, body);
      check("create", created.status() == 201, created);
      Answer again = call(client, "POST", ENDPOINTS, body);
      check("create again", again.status() == 409
          && again.body().contains("PRIVATE_ENDPOINT_SERVICE_ALREADY_EXISTS_FOR_REGION"), again);
      String id = created.body().replaceAll(".*\"id\":\"([0-9a-f]{24})\".*", "$1");
      Answer listed = call(client, "GET", ENDPOINTS + "?itemsPerPage=1", null);
      check("list", listed.status() == 200 && listed.body().contains(id), listed);
      // The nonce that the client holds has become too old; it answers the new challenge by itself.
      call(client, "POST", "/_emulator/clock", "{\"advance\":\"PT6M\"}");
      Answer later = call(client, "GET", ENDPOINTS + "/" + id, null);
      check("a stale nonce", later.status() == 200, later);
      Answer deleted = call(client, "DELETE", ENDPOINTS + "/" + id, null);
      check("delete", deleted.status() == 204 && deleted.body().isEmpty(), deleted);
      call(client, "POST", "/_emulator/reset", null);
    }
    try (CloseableHttpClient client = byKey("emulator", "wrong")) {
      Answer wrong = call(client, "GET", ENDPOINTS, null);
      check("a wrong key", wrong.status() == 401, wrong);
    }
    System.out.println(passed + " passed, " + failed + " failed");
    System.exit(failed == 0 ? 0 : 1);
  }
}
