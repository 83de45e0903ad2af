import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.util.Base64;
import java.util.HexFormat;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Java's own HttpClient against a running emulator with the default fixture, by a service account and by an API key. It
 * knows no Digest, its Authenticator answers Basic alone, so the answer to the challenge is written here.
 */
class JdkClient {
  static final String VERSION = "application/vnd.atlas.2025-03-12+json";
  static final String ENDPOINTS = "/api/atlas/v2/groups/32b6e34b3d91647abb20e7b8/backup/AWS/privateEndpoints";
  static final String PUBLIC_KEY = "emulator";
  static final String PRIVATE_KEY = "00000000-0000-4000-8000-000000000000";
  static final String CLIENT = "mdb_sa_id_000000000000000000000001:mdb_sa_sk_emulatoremulatoremulatoremulatoremulator";
  static final HttpClient http = HttpClient.newHttpClient();
  static String base;
  static int passed;
  static int failed;

  /** What puts credentials onto a request; the challenge is that of the 401 before, or null. */
  interface Credentials {
    String authorization(String method, String path, String challenge) throws Exception;
  }

  static HttpResponse<String> send(String method, String path, String body, String authorization) throws Exception {
    HttpRequest.Builder request = HttpRequest.newBuilder(URI.create(base + path))
        .method(method, body == null ? BodyPublishers.noBody() : BodyPublishers.ofString(body))
        .header("Accept", VERSION);
    if (body != null) request.header("Content-Type", "application/json");
    if (authorization != null) request.header("Authorization", authorization);
    return http.send(request.build(), BodyHandlers.ofString());
  }

  static HttpResponse<String> call(Credentials credentials, String method, String path, String body) throws Exception {
    HttpResponse<String> answer = send(method, path, body, credentials.authorization(method, path, null));
    String challenge = answer.headers().firstValue("WWW-Authenticate").orElse("");
    if (answer.statusCode() != 401 || !challenge.startsWith("Digest ")) return answer;
    return send(method, path, body, credentials.authorization(method, path, challenge));
  }

  static String parameter(String challenge, String name) {
    Matcher found = Pattern.compile("\\b" + name + "=\"([^\"]*)\"").matcher(challenge);
    return found.find() ? found.group(1) : "";
  }

  static String md5(String text) throws Exception {
    byte[] hash = MessageDigest.getInstance("MD5").digest(text.getBytes(StandardCharsets.UTF_8));
    return HexFormat.of().formatHex(hash);
  }

  /** RFC 7616 with MD5 and qop=auth; each challenge is answered once. */
  static Credentials digest(String user, String password) {
    return (method, path, challenge) -> {
      if (challenge == null) return null;
      String realm = parameter(challenge, "realm");
      String nonce = parameter(challenge, "nonce");
      byte[] random = new byte[16];
      new SecureRandom().nextBytes(random);
      String cnonce = HexFormat.of().formatHex(random);
      String response = md5(md5(user + ":" + realm + ":" + password) + ":" + nonce + ":00000001:" + cnonce + ":auth:"
          + md5(method + ":" + path));
      return String.format("Digest username=\"%s\", realm=\"%s\", nonce=\"%s\", uri=\"%s\", qop=auth, nc=00000001, "
          + "cnonce=\"%s\", response=\"%s\"", user, realm, nonce, path, cnonce, response);
    };
  }

  static Credentials bearer() throws Exception {
    String basic = Base64.getEncoder().encodeToString(CLIENT.getBytes(StandardCharsets.UTF_8));
    HttpRequest request = HttpRequest.newBuilder(URI.create(base + "/api/oauth/token"))
        .header("Authorization", "Basic " + basic)
        .header("Content-Type", "application/x-www-form-urlencoded")
        .POST(BodyPublishers.ofString("grant_type=" + URLEncoder.encode("client_credentials", StandardCharsets.UTF_8)))
        .build();
    String token = attribute(http.send(request, BodyHandlers.ofString()).body(), "access_token");
    return (method, path, challenge) -> "Bearer " + token;
  }

  /** The value of an attribute that is a string. */
  static String attribute(String json, String name) {
    Matcher found = Pattern.compile("\"" + name + "\":\"([^\"]*)\"").matcher(json);
    return found.find() ? found.group(1) : "";
  }

  static void check(String what, boolean ok, HttpResponse<String> actual) {
    if (ok) passed += 1;
    else failed += 1;
    System.out.println((ok ? "ok - " : "not ok - ") + what + (ok ? "" : "\n  actual: " + actual + " " + actual.body()));
  }

  static void lifecycle(String name, Credentials credentials) throws Exception {
    String body = "{\"cloudProvider\":\"AWS\",\"regionName\":\"EU_WEST_1\"}";
    HttpResponse<String> created = call(credentials, "POST", ENDPOINTS, body);
    check(name + ": create", created.statusCode() == 201, created);
    HttpResponse<String> again = call(credentials, "POST", ENDPOINTS, body);
    String code = "PRIVATE_ENDPOINT_SERVICE_ALREADY_EXISTS_FOR_REGION";
    check(name + ": create again", again.statusCode() == 409 && attribute(again.body(), "errorCode").equals(code), again);
    String id = attribute(created.body(), "id");
    HttpResponse<String> listed = call(credentials, "GET", ENDPOINTS + "?itemsPerPage=1", null);
    check(name + ": list", listed.statusCode() == 200 && attribute(listed.body(), "id").equals(id), listed);
    HttpResponse<String> deleted = call(credentials, "DELETE", ENDPOINTS + "/" + id, null);
    check(name + ": delete", deleted.statusCode() == 204 && deleted.body().isEmpty(), deleted);
    send("POST", "/_emulator/reset", null, null);
  }

  public static void main(String[] args) throws Exception {
    base = args[0];
    lifecycle("bearer", bearer());
    lifecycle("digest", digest(PUBLIC_KEY, PRIVATE_KEY));
    HttpResponse<String> wrong = call(digest(PUBLIC_KEY, "wrong"), "GET", ENDPOINTS, null);
    check("a wrong key", wrong.statusCode() == 401, wrong);
    System.out.println(passed + " passed, " + failed + " failed");
    System.exit(failed == 0 ? 0 : 1);
  }
}
