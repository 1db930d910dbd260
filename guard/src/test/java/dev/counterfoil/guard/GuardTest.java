package dev.counterfoil.guard;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.counterfoil.auditclient.EventFeed;
import dev.counterfoil.auditclient.Spool;
import dev.counterfoil.configuration.Configuration;
import dev.counterfoil.configuration.SecretFile;
import dev.counterfoil.configuration.UnixSocketPath;
import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.Hash;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.format.bytes.StrictJson;
import dev.counterfoil.http.listener.HostileRequests;
import dev.counterfoil.verifier.Expectations;
import dev.counterfoil.verifier.Expectations.Binding;
import dev.counterfoil.verifier.IssuanceProof;
import dev.counterfoil.verifier.StapledProof;
import dev.counterfoil.verifier.Stapling;
import dev.counterfoil.verifier.Verified;
import dev.counterfoil.verifier.Verifier;
import dev.counterfoil.verifier.reading.HttpReadSide;
import dev.counterfoil.verifier.reading.ReadSide;
import java.io.IOException;
import java.io.InputStream;
import java.math.BigInteger;
import java.net.InetAddress;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.SecureRandom;
import java.security.interfaces.ECPrivateKey;
import java.security.interfaces.ECPublicKey;
import java.security.spec.ECGenParameterSpec;
import java.security.spec.ECPoint;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The guard as proxies ask it, byte for byte. */
class GuardTest {
  private static final String[] FORWARDED = {
    "X-Forwarded-Method: GET",
    "X-Forwarded-Proto: https",
    "X-Forwarded-Host: mail.example",
    "X-Forwarded-Uri: /inbox?folder=1",
    "X-Forwarded-For: 192.0.2.7"
  };

  private static final Pattern LENGTH = Pattern.compile("(?i)\r\ncontent-length: *(\\d+)");

  private static final Pattern NONCE = Pattern.compile("(?i)\r\ndpop-nonce: *(\\S+)\r\n");

  @TempDir
  @SuppressWarnings("NullAway.Init") // injected
  private Path folder;

  private static String ask(TestGuard trial, String line, String... headers) throws Exception {
    try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), trial.guard.port())) {
      String request = line + " HTTP/1.1\r\n" + String.join("\r\n", headers) + "\r\n\r\n";
      socket.getOutputStream().write(request.getBytes(StandardCharsets.ISO_8859_1));
      // Helidon keeps the connection: the answer ends where it says.
      InputStream in = socket.getInputStream();
      StringBuilder answer = new StringBuilder();
      while (answer.indexOf("\r\n\r\n") < 0) {
        int read = in.read();
        assertThat(read).as(answer.toString()).isNotNegative();
        answer.append((char) read);
      }
      Matcher length = LENGTH.matcher(answer);
      int rest = length.find() ? Integer.parseInt(length.group(1)) : 0;
      return answer + new String(in.readNBytes(rest), StandardCharsets.UTF_8);
    }
  }

  private static String[] with(String... more) {
    List<String> all = new ArrayList<>(List.of("Host: guard"));
    all.addAll(Arrays.asList(FORWARDED));
    all.addAll(Arrays.asList(more));
    return all.toArray(String[]::new);
  }

  private static String[] without(String name, String token) {
    return Arrays.stream(with("Authorization: Bearer " + token))
        .filter(header -> !header.startsWith(name + ":"))
        .toArray(String[]::new);
  }

  private TestGuard trial(GuardConfiguration.Service... services) throws Exception {
    return new TestGuard(folder, List.of(), List.of(services));
  }

  @Test
  void onlyAConfiguredProxyIsAnswered() throws Exception {
    GuardConfiguration.Service mail = TestGuard.service("mail", Binding.BEARER_ALLOWED);
    try (TestGuard trial = trial(mail);
        TestGuard strangers = new TestGuard(folder, List.of("192.0.2.1"), List.of(mail))) {
      assertThat(ask(trial, "GET /services/mail", with("Authorization: Bearer " + trial.issued())))
          .startsWith("HTTP/1.1 200");
      assertThat(
              ask(
                  strangers,
                  "GET /services/mail",
                  with("Authorization: Bearer " + strangers.issued())))
          .startsWith("HTTP/1.1 403");
    }
  }

  @Test
  void whatTheProxyMustSayMustBeThereOnce() throws Exception {
    try (TestGuard trial = trial(TestGuard.service("mail", Binding.BEARER_ALLOWED))) {
      String token = trial.issued();
      for (String header :
          List.of(
              "X-Forwarded-Method", "X-Forwarded-Proto", "X-Forwarded-Host", "X-Forwarded-Uri")) {
        assertThat(ask(trial, "GET /services/mail", without(header, token)))
            .as(header)
            .startsWith("HTTP/1.1 401")
            .contains("malformed-request");
        assertThat(
                ask(
                    trial,
                    "GET /services/mail",
                    with("Authorization: Bearer " + token, header + ": https")))
            .as(header)
            .startsWith("HTTP/1.1 401");
      }
      assertThat(
              ask(
                  trial,
                  "GET /services/mail",
                  with("Authorization: Bearer " + token, "Authorization: Bearer " + token)))
          .startsWith("HTTP/1.1 401");
      assertThat(ask(trial, "GET /services/mail", with("Authorization: Bearer " + token)))
          .startsWith("HTTP/1.1 200");
      assertThat(ask(trial, "GET /services/other", with("Authorization: Bearer " + token)))
          .startsWith("HTTP/1.1 404");
    }
  }

  @Test
  void itSharesItsLeavesWithAVerifierOfTheHost() throws Exception {
    try (TestGuard trial =
        new TestGuard(
            folder,
            List.of(),
            List.of(),
            List.of(TestGuard.service("mail", Binding.BEARER_ALLOWED)),
            Optional.empty(),
            Duration.ofSeconds(30),
            Stapling.IGNORED,
            null,
            Optional.of(
                new GuardConfiguration.Stream(
                    Optional.empty(),
                    Duration.ofHours(1),
                    65_536,
                    Optional.of(new UnixSocketPath(folder.resolve("leaves.sock"))),
                    Optional.empty())))) {
      String token = trial.issued();
      String forged = trial.forged();
      for (String wrong :
          List.of("", "?from=", "?from=-1", "?from=0&wait=1s", "?from=0&wait=9999ms")) {
        assertThat(ask(trial, "GET /logs/s1g1/leaves" + wrong, "Host: guard"))
            .as(wrong)
            .startsWith("HTTP/1.1 400");
      }
      assertThat(ask(trial, "GET /logs/other/leaves?from=0", "Host: guard"))
          .startsWith("HTTP/1.1 404");
      URI here = URI.create("http://127.0.0.1:" + trial.guard.port());
      for (URI neighbour : List.of(here, URI.create("unix:" + folder.resolve("leaves.sock")))) {
        verifiesBy(neighbour, trial, token, forged);
      }
      assertThat(ask(trial, "GET /services/mail", with("Authorization: Bearer " + token)))
          .startsWith("HTTP/1.1 200");
      assertThat(ask(trial, "GET /services/mail", with("Authorization: Bearer " + forged)))
          .startsWith("HTTP/1.1 401");
    }
  }

  @Test
  void itReceivesTheLeavesOfOneAudienceAndSharesNone() throws Exception {
    GuardConfiguration.Service mail = TestGuard.service("mail", Binding.BEARER_ALLOWED);
    try (TestGuard trial = streaming(mail, ofAudience(TestGuard.MAIL))) {
      String token = trial.issued();
      String forged = trial.forged();
      assertThat(ask(trial, "GET /services/mail", with("Authorization: Bearer " + token)))
          .startsWith("HTTP/1.1 200");
      assertThat(ask(trial, "GET /services/mail", with("Authorization: Bearer " + forged)))
          .startsWith("HTTP/1.1 401");
      String part = "&audience=https%3A%2F%2Fmail.example";
      while (trial.issuer.readsWith(part) == 0) {
        Thread.sleep(5);
      }
      assertThat(ask(trial, "GET /logs/s1g1/leaves?from=0", "Host: guard"))
          .startsWith("HTTP/1.1 404");
      trial.guard.close();
      assertThat(trial.issuer.readsWith("/leaves?")).isEqualTo(trial.issuer.readsWith(part));
    }
    assertThatIllegalArgumentException()
        .isThrownBy(() -> streaming(mail, ofAudience("https://other.example")))
        .withMessageContaining("https://other.example");
    assertThatIllegalArgumentException()
        .isThrownBy(
            () ->
                new GuardConfiguration.Stream(
                    Optional.of(URI.create("http://127.0.0.1:8495")),
                    Duration.ofHours(1),
                    65_536,
                    Optional.empty(),
                    Optional.of(TestGuard.MAIL)))
        .withMessageContaining("neighbour");
  }

  private static GuardConfiguration.Stream ofAudience(String audience) {
    return new GuardConfiguration.Stream(
        Optional.empty(), Duration.ofHours(1), 65_536, Optional.empty(), Optional.of(audience));
  }

  private TestGuard streaming(GuardConfiguration.Service service, GuardConfiguration.Stream stream)
      throws Exception {
    return new TestGuard(
        folder,
        List.of(),
        List.of(),
        List.of(service),
        Optional.empty(),
        Duration.ofSeconds(30),
        Stapling.IGNORED,
        null,
        Optional.of(stream));
  }

  private static void verifiesBy(URI there, TestGuard trial, String token, String forged)
      throws Exception {
    try (Verifier neighbour =
        Verifier.builder(trial.issuer.policy())
            .network(new Besides(trial.issuer, there.toString()))
            .stream()
            .leavesFrom(there)
            .build()) {
      Expectations mail =
          Expectations.audience(TestGuard.MAIL).accessToken().anyTenant().bearerAllowed();
      while (neighbour.streams().stream().noneMatch(state -> state.size() >= 2)) {
        Thread.sleep(5);
      }
      assertThat(neighbour.verify(token, mail))
          .isInstanceOfSatisfying(
              Verified.class,
              v -> assertThat(v.proof()).isInstanceOf(IssuanceProof.ByStream.class));
      assertThat(neighbour.verify(forged, mail).isVerified()).isFalse();
    }
  }

  /** Reads a neighbour over HTTP, and all else at the issuer, which gives out no leaves. */
  private record Besides(ReadSide issuer, String neighbour) implements ReadSide {
    private static final HttpReadSide HTTP = HttpReadSide.create(Duration.ofSeconds(10));

    @Override
    public byte[] get(URI uri, int bytesMax) throws IOException {
      String text = uri.toString();
      if (text.startsWith(neighbour)) {
        return HTTP.get(uri, bytesMax);
      }
      if (text.contains("/leaves") || text.contains("/tile/0/")) {
        throw new IOException("the neighbour has them");
      }
      return issuer.get(uri, bytesMax);
    }
  }

  @Test
  void theMetricsAreForProxiesAndWatchers() throws Exception {
    List<GuardConfiguration.Service> mail =
        List.of(TestGuard.service("mail", Binding.BEARER_ALLOWED));
    List<String> elsewhere = List.of("192.0.2.1");
    try (TestGuard own = new TestGuard(folder, List.of(), mail);
        TestGuard closed = new TestGuard(folder, elsewhere, mail);
        TestGuard watched =
            new TestGuard(
                folder,
                elsewhere,
                List.of("127.0.0.1"),
                mail,
                Optional.empty(),
                Duration.ofSeconds(30))) {
      assertThat(ask(own, "GET /metrics", "Host: guard")).startsWith("HTTP/1.1 200");
      assertThat(ask(watched, "GET /metrics", "Host: guard"))
          .startsWith("HTTP/1.1 200")
          .contains("counterfoil_guard_ready");
      assertThat(ask(closed, "GET /metrics", "Host: guard"))
          .startsWith("HTTP/1.1 403")
          .doesNotContain("counterfoil_guard");
      // Whoever balances load asks how it is; a watcher is still no proxy.
      assertThat(ask(closed, "GET /health/ready", "Host: guard")).startsWith("HTTP/1.1 200");
      assertThat(
              ask(watched, "GET /services/mail", with("Authorization: Bearer " + watched.issued())))
          .startsWith("HTTP/1.1 403");
    }
  }

  @Test
  void aNonceThatIsAskedForIsGivenAndTaken() throws Exception {
    Path secret = Files.write(folder.resolve("nonces"), new byte[32]);
    Files.setPosixFilePermissions(secret, PosixFilePermissions.fromString("rw-------"));
    Optional<GuardConfiguration.Nonces> nonces =
        Optional.of(new GuardConfiguration.Nonces(SecretFile.at(secret), Duration.ofHours(1)));
    List<GuardConfiguration.Service> mail =
        List.of(TestGuard.service("mail", Binding.BEARER_ALLOWED));
    Duration readTimeout = Duration.ofSeconds(30);
    try (TestGuard trial = new TestGuard(folder, List.of(), List.of(), mail, nonces, readTimeout)) {
      String token = trial.bound("jkt", trial.client.kid());
      String line = "GET /envoy/mail/inbox";
      String uri = "https://mail.example/inbox";
      String asked = envoy(trial, line, token, trial.proof(token, "GET", uri));
      assertThat(asked).startsWith("HTTP/1.1 401").contains("error=\"use_dpop_nonce\"");
      Matcher nonce = NONCE.matcher(asked);
      assertThat(nonce.find()).as(asked).isTrue();
      assertThat(envoy(trial, line, token, trial.proof(token, "GET", uri, nonce.group(1))))
          .startsWith("HTTP/1.1 200")
          .containsPattern(NONCE);
      assertThat(envoy(trial, line, token, trial.proof(token, "GET", uri, "of-another-time")))
          .startsWith("HTTP/1.1 401")
          .contains("use_dpop_nonce")
          .containsPattern(NONCE);
      // What needs no proof is told of none.
      assertThat(ask(trial, "GET /services/mail", with("Authorization: Bearer " + trial.issued())))
          .startsWith("HTTP/1.1 200")
          .doesNotContainPattern(NONCE);
    }
    Files.write(secret, new byte[31]);
    assertThatThrownBy(() -> new TestGuard(folder, List.of(), List.of(), mail, nonces, readTimeout))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("at least 32 random bytes");
  }

  @Test
  void aQuestionWithChunksHasOneAnswer() throws Exception {
    try (TestGuard trial =
        new TestGuard(
            folder,
            List.of(),
            List.of(),
            List.of(TestGuard.service("mail", Binding.BEARER_ALLOWED)),
            Optional.empty(),
            Duration.ofSeconds(10))) {
      String head = "POST /services/mail HTTP/1.1\r\nHost: x\r\n";
      HostileRequests hostile = new HostileRequests(trial.guard.port(), head, "x", 401);
      for (String body : hostile.unsound().values()) {
        HostileRequests.Answers answers =
            hostile.exchange(
                head
                    + "Transfer-Encoding: chunked\r\n\r\n"
                    + body
                    + "GET /health/live HTTP/1.1\r\nHost: x\r\n\r\n");
        assertThat(answers.statuses()).as(body).containsExactly(413);
        assertThat(answers.ended()).as(body).isTrue();
      }
      String live = "GET /health/live HTTP/1.1\r\nHost: x\r\n\r\n";
      assertThat(hostile.exchange(head + "\r\n" + live).statuses()).containsExactly(401, 200);
      hostile.assertOldVersionIsExplained();
    }
  }

  @Test
  void aQuestionComesInTimeAndWithoutABody() throws Exception {
    try (TestGuard trial =
        new TestGuard(
            folder,
            List.of(),
            List.of(),
            List.of(TestGuard.service("mail", Binding.BEARER_ALLOWED)),
            Optional.empty(),
            Duration.ofSeconds(1))) {
      String[] good = with("Authorization: Bearer " + trial.issued());
      for (String stopped : List.of("GET /serv", "GET /services/mail HTTP/1.1\r\nHost: gu")) {
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), trial.guard.port())) {
          // A connection that is kept ends in a SocketTimeoutException.
          socket.setSoTimeout(60_000);
          socket.getOutputStream().write(stopped.getBytes(StandardCharsets.US_ASCII));
          assertThat(socket.getInputStream().readAllBytes()).as(stopped).isEmpty();
        }
      }
      String[] length = Arrays.copyOf(good, good.length + 1);
      length[good.length] = "Content-Length: 1000000";
      assertThat(ask(trial, "POST /services/mail", length)).startsWith("HTTP/1.1 413");
      length[good.length] = "Transfer-Encoding: chunked";
      assertThat(ask(trial, "POST /services/mail", length)).startsWith("HTTP/1.1 413");
      length[good.length] = "Content-Length: 0";
      assertThat(ask(trial, "POST /services/mail", length)).startsWith("HTTP/1.1 200");
      assertThat(ask(trial, "GET /services/mail", good)).startsWith("HTTP/1.1 200");
    }
  }

  @Test
  void aPolicyThatIsMissingIsNamed() throws Exception {
    GuardConfiguration.Service mail = TestGuard.service("mail", Binding.BEARER_ALLOWED);
    try (TestGuard trial = trial(mail)) {
      GuardConfiguration missing =
          Configuration.read(
              Files.writeString(
                  folder.resolve("guard.yaml"),
                  """
                  listen: 127.0.0.1:0
                  policy: nowhere.txt
                  services:
                    - name: mail
                      audience: https://mail.example
                      any-tenant: true
                      binding: required
                  """),
              GuardConfiguration.class);
      assertThatThrownBy(
              () -> Guard.start(missing, trial.issuer, InstantSource.system(), new SecureRandom()))
          .isInstanceOf(IOException.class)
          .hasMessageContaining("nowhere.txt")
          .hasMessageContaining("operator of your issuer");
    }
  }

  @Test
  void envoyAsksWithTheRequestsOwnLine() throws Exception {
    try (TestGuard trial = trial(TestGuard.service("mail", Binding.DPOP))) {
      String token = trial.bound("jkt", trial.client.kid());
      String uri = "https://mail.example/inbox";
      assertThat(envoy(trial, "POST /envoy/mail/inbox?a=1", token, trial.proof(token, "POST", uri)))
          .startsWith("HTTP/1.1 200");
      assertThat(envoy(trial, "GET /envoy/mail/inbox", token, trial.proof(token, "POST", uri)))
          .startsWith("HTTP/1.1 401")
          .contains("invalid_dpop_proof");
    }
  }

  private static String envoy(TestGuard trial, String line, String token, String proof)
      throws Exception {
    return ask(
        trial,
        line,
        "Host: mail.example",
        "x-forwarded-proto: https",
        "x-forwarded-for: 192.0.2.7",
        "authorization: DPoP " + token,
        "dpop: " + proof);
  }

  @Test
  void noPathOfAClientLeadsOutOfItsService() throws Exception {
    try (TestGuard trial =
        trial(
            TestGuard.service("mail", Binding.DPOP),
            TestGuard.service("open", Binding.BEARER_ALLOWED))) {
      String token = trial.issued();
      String[] headers = {
        "Host: mail.example", "x-forwarded-proto: https", "authorization: Bearer " + token
      };
      assertThat(ask(trial, "GET /envoy/open/inbox", headers)).startsWith("HTTP/1.1 200");
      assertThat(ask(trial, "GET /health/live", headers)).startsWith("HTTP/1.1 200");
      for (String path :
          List.of(
              "/../open/inbox",
              "/..//../envoy/open",
              "/../../health/live",
              "/%2e%2e/open/inbox",
              "/%2e%2e/%2e%2e/health/live",
              "/./../../metrics",
              "/..;/open",
              "//inbox")) {
        assertThat(ask(trial, "GET /envoy/mail" + path, headers))
            .as(path)
            .doesNotStartWith("HTTP/1.1 2");
      }
    }
  }

  @Test
  void scopesAndSchemesCount() throws Exception {
    try (TestGuard trial =
        trial(
            TestGuard.service("mail", Binding.BEARER_ALLOWED, "mail.read"),
            TestGuard.service("admin", Binding.BEARER_ALLOWED, "mail.admin"))) {
      String token = trial.issued();
      String[] bearer = with("authorization: bearer " + token);
      assertThat(ask(trial, "GET /services/mail", bearer)).startsWith("HTTP/1.1 200");
      assertThat(ask(trial, "GET /services/admin", bearer))
          .startsWith("HTTP/1.1 403")
          .contains("insufficient_scope", "mail.admin");
      assertThat(ask(trial, "GET /services/mail", with("Authorization: DPoP " + token)))
          .startsWith("HTTP/1.1 401");
      assertThat(ask(trial, "GET /services/mail", with("Authorization: Basic " + token)))
          .startsWith("HTTP/1.1 401")
          .contains("no-token");
    }
  }

  @Test
  void severalWordsAreNoTokenAndTheVerifierLooksAtThem() throws Exception {
    try (TestGuard trial = trial(TestGuard.service("mail", Binding.BEARER_ALLOWED))) {
      String token = trial.issued();
      for (String several : List.of(token + ", foo", "Bearer " + token)) {
        assertThat(ask(trial, "GET /services/mail", with("Authorization: Bearer " + several)))
            .startsWith("HTTP/1.1 401")
            .contains("malformed");
      }
      assertThat(ask(trial, "GET /services/mail", with("Authorization: Bearer  " + token)))
          .startsWith("HTTP/1.1 200");
    }
  }

  @Test
  void whenNobodyCanTellTheClientIsNotSentForAnotherToken() throws Exception {
    try (TestGuard trial = trial(TestGuard.service("mail", Binding.BEARER_ALLOWED))) {
      String[] first = with("Authorization: Bearer " + trial.issued());
      assertThat(ask(trial, "GET /services/mail", first)).startsWith("HTTP/1.1 200");
      assertThat(ask(trial, "GET /health/ready", "Host: guard")).startsWith("HTTP/1.1 200");
      String token = trial.issued();
      trial.issuer.die();
      assertThat(ask(trial, "GET /services/mail", with("Authorization: Bearer " + token)))
          .startsWith("HTTP/1.1 503")
          .contains("proof-unavailable", "Retry-After: 2")
          .doesNotContain("WWW-Authenticate");
      trial.issuer.honest();
      String answer = "";
      for (int tries = 0; tries < 600 && !answer.startsWith("HTTP/1.1 200"); tries++) {
        Thread.sleep(50);
        answer = ask(trial, "GET /services/mail", with("Authorization: Bearer " + token));
      }
      assertThat(answer).startsWith("HTTP/1.1 200");
      assertThat(ask(trial, "GET /metrics", "Host: guard"))
          .contains("result=\"proof-unavailable\"", "result=\"passed\"");
    }
  }

  @Test
  void aClaimCannotWriteAHeader() throws Exception {
    try (TestGuard trial = trial(TestGuard.service("mail", Binding.BEARER_ALLOWED))) {
      String token =
          trial.issued(
              trial
                  .issuer
                  .draft(trial.key)
                  .claim("sub", "a\r\nCounterfoil-Tenant: globex\r\n\r\n% ü "));
      assertThat(ask(trial, "GET /services/mail", with("Authorization: Bearer " + token)))
          .startsWith("HTTP/1.1 200")
          .contains(
              "Counterfoil-Subject: a%0D%0ACounterfoil-Tenant: globex%0D%0A%0D%0A%25 %C3%BC%20\r\n")
          .containsOnlyOnce("\r\nCounterfoil-Tenant:");
    }
  }

  private static ForwardedRequest read(
      @Nullable String forwardedFor, String uri, Set<InetAddress> trusted) throws FormatException {
    Map<String, List<String>> headers = new TreeMap<>(String.CASE_INSENSITIVE_ORDER);
    headers.put("X-Forwarded-Method", List.of("GET"));
    headers.put("X-Forwarded-Proto", List.of("https"));
    headers.put("X-Forwarded-Host", List.of("mail.example:8443"));
    headers.put("X-Forwarded-Uri", List.of(uri));
    if (forwardedFor != null) {
      headers.put("X-Forwarded-For", List.of(forwardedFor));
    }
    return ForwardedRequest.read(
        name -> headers.getOrDefault(name, List.of()), null, null, trusted);
  }

  @Test
  void theClientsAddressIsTheNearestThatIsNoProxy() throws Exception {
    Set<InetAddress> proxies =
        Set.of(InetAddress.ofLiteral("10.0.0.1"), InetAddress.ofLiteral("10.0.0.2"));
    assertThat(read("6.6.6.6, 192.0.2.7, 10.0.0.2", "/", proxies).context().clientAddress())
        .isEqualTo("192.0.2.7");
    assertThat(read("2001:db8::1", "/", proxies).context().clientAddress())
        .isEqualTo("2001:db8:0:0:0:0:0:1");
    assertThat(read("6.6.6.6, evil", "/", proxies).context().clientAddress()).isNull();
    assertThat(read(null, "/", proxies).context().clientAddress()).isNull();
  }

  @Test
  void aPathOfAnyBytesIsAUriAndAQueryIsLeftOut() throws Exception {
    assertThat(read(null, "/a b/%zz/%41|[]é?token=1", Set.of()).context().uri())
        .hasToString("https://mail.example:8443/a%20b/%25zz/%41%7C%5B%5D%C3%A9");
    assertThat(read(null, "//evil.example/x#y", Set.of()).context().uri())
        .hasToString("https://mail.example:8443//evil.example/x");
    assertThatThrownBy(() -> read(null, "http://evil.example/", Set.of()))
        .isInstanceOf(FormatException.class);
  }

  @Test
  void eachFormOfACertificateGivesTheSameThumbprint() throws Exception {
    byte[] der = {48, 3, 2, (byte) 0xfb, (byte) 0xef, (byte) 0xbe, -1, -1, -1};
    String thumbprint = Hash.sha256(der).base64Url();
    String base64 = Base64.getEncoder().encodeToString(der);
    assertThat(base64).contains("+").contains("/");
    String pem = "-----BEGIN CERTIFICATE-----%0A" + base64 + "%0A-----END CERTIFICATE-----%0A";
    for (String value :
        List.of(pem, pem.replace("+", "%2B").replace("/", "%2F"), base64, base64 + "," + "AAAA")) {
      assertThat(CertificateForm.PEM.parse(value)).as(value).isEqualTo(thumbprint);
    }
    assertThat(CertificateForm.RFC9440.parse(":" + base64 + ":")).isEqualTo(thumbprint);
    String hash = Hash.sha256(der).hex();
    assertThat(
            CertificateForm.XFCC.parse(
                "By=spiffe://a;Hash=" + hash + ";Subject=\"CN=x,Hash=00;\\\"O=y\""))
        .isEqualTo(thumbprint);
    for (String wrong :
        List.of(
            "Hash=" + hash + ",Hash=" + hash,
            "Subject=\"Hash=" + hash + ";\"",
            "Hash=" + hash.substring(2),
            "XHash=" + hash)) {
      assertThatThrownBy(() -> CertificateForm.XFCC.parse(wrong))
          .as(wrong)
          .isInstanceOf(FormatException.class);
    }
    for (CertificateForm form : CertificateForm.values()) {
      for (String wrong : List.of("", "%", "::", ":*:", "*", "a".repeat(20_000))) {
        assertThatThrownBy(() -> form.parse(wrong)).as(wrong).isInstanceOf(FormatException.class);
      }
    }
  }

  @Test
  void theConfigurationsRules() throws Exception {
    Path file = folder.resolve("guard.yaml");
    Files.writeString(
        file,
        """
        policy: policy.txt
        services:
          - name: mail
            audience: https://mail.example
            any-tenant: true
            binding: required
        """);
    GuardConfiguration read = Configuration.read(file, GuardConfiguration.class);
    assertThat(read.proxies()).containsExactly("127.0.0.1", "::1");
    assertThat(read.listen()).hasToString("127.0.0.1:8495");
    assertThat(read.services().getFirst().binding()).isEqualTo(Binding.REQUIRED);
    GuardConfiguration.Service mail = TestGuard.service("mail", Binding.REQUIRED);
    assertThatThrownBy(() -> new TestGuard(folder, List.of("proxy.example"), List.of(mail)))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new TestGuard(folder, List.of(), List.of(mail, mail)));
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new TestGuard(folder, List.of(), List.of()));
    assertThatIllegalArgumentException()
        .isThrownBy(
            () ->
                new GuardConfiguration.Service(
                    "mail", "a", List.of(), false, Binding.REQUIRED, List.of(), List.of()));
  }

  private TestGuard stapling(Stapling stapling) throws Exception {
    return new TestGuard(
        folder,
        List.of(),
        List.of(),
        List.of(TestGuard.service("mail", Binding.BEARER_ALLOWED)),
        Optional.empty(),
        Duration.ofSeconds(30),
        stapling,
        null);
  }

  @Test
  void aProofThatTheClientSendsIsHandedOn() throws Exception {
    try (TestGuard trial = stapling(Stapling.REQUIRED)) {
      String bearer = "Authorization: Bearer " + trial.issued();
      String other = "Authorization: Bearer " + trial.issued();
      String proof = StapledProof.HEADER + ": " + trial.stapled(0);
      assertThat(ask(trial, "GET /services/mail", with(bearer)))
          .startsWith("HTTP/1.1 401")
          .contains("proof-missing");
      assertThat(ask(trial, "GET /services/mail", with(bearer, StapledProof.HEADER + ": ")))
          .as("as nginx writes none")
          .contains("proof-missing");
      assertThat(ask(trial, "GET /services/mail", with(other, proof))).contains("proof-mismatch");
      assertThat(ask(trial, "GET /services/mail", with(bearer, proof, proof)))
          .as("twice")
          .contains("malformed-request");
      assertThat(ask(trial, "GET /services/mail", with(bearer, proof))).startsWith("HTTP/1.1 200");
    }
    try (TestGuard ignoring = stapling(Stapling.IGNORED)) {
      assertThat(
              ask(
                  ignoring,
                  "GET /services/mail",
                  with("Authorization: Bearer " + ignoring.issued(), "Counterfoil-Proof: x")))
          .startsWith("HTTP/1.1 200");
    }
  }

  private static String privateJwk() throws Exception {
    KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
    generator.initialize(new ECGenParameterSpec("secp256r1"));
    KeyPair pair = generator.generateKeyPair();
    ECPoint point = ((ECPublicKey) pair.getPublic()).getW();
    return JsonObject.builder()
        .put("kty", "EC")
        .put("crv", "P-256")
        .put("x", coordinate(point.getAffineX()))
        .put("y", coordinate(point.getAffineY()))
        .put("d", coordinate(((ECPrivateKey) pair.getPrivate()).getS()))
        .build()
        .toString();
  }

  private static String coordinate(BigInteger value) {
    byte[] bytes = value.toByteArray();
    byte[] fixed = new byte[32];
    int length = Math.min(bytes.length, 32);
    System.arraycopy(bytes, bytes.length - length, fixed, 32 - length, length);
    return Base64.getUrlEncoder().withoutPadding().encodeToString(fixed);
  }

  @Test
  void whereForgedTokensAreLetInTheyAreAndOnlyThey() throws Exception {
    Path clientKey = Files.writeString(folder.resolve("client.jwk"), privateJwk());
    Files.setPosixFilePermissions(clientKey, PosixFilePermissions.fromString("rw-------"));
    GuardConfiguration.Reporting reporting =
        new GuardConfiguration.Reporting(
            URI.create("http://127.0.0.1:1"),
            "proxy-1",
            "mail",
            SecretFile.at(clientKey),
            "counterfoil-monitor",
            Optional.of(folder.resolve("audit-spool")),
            "acme");
    try (TestGuard letting =
            new TestGuard(
                folder,
                List.of(),
                List.of(),
                List.of(TestGuard.service("mail", Binding.BEARER_ALLOWED)),
                Optional.empty(),
                Duration.ofSeconds(30),
                Stapling.IGNORED,
                reporting);
        TestGuard refusing = stapling(Stapling.IGNORED)) {
      assertThat(
              ask(letting, "GET /services/mail", with("Authorization: Bearer " + letting.forged())))
          .startsWith("HTTP/1.1 200");
      assertThat(
              ask(
                  letting,
                  "GET /services/mail",
                  with("Authorization: Bearer " + letting.expired())))
          .startsWith("HTTP/1.1 401");
      assertThat(
              ask(
                  letting,
                  "GET /services/nobodys",
                  with("Authorization: Bearer " + letting.issued())))
          .startsWith("HTTP/1.1 404");
      assertThat(
              ask(
                  refusing,
                  "GET /services/mail",
                  with("Authorization: Bearer " + refusing.forged())))
          .startsWith("HTTP/1.1 401");
    }
    // What the one that reports has refused is an event, and what it let through is none.
    try (Spool spool =
        Spool.open(new Spool.Settings(folder.resolve("audit-spool"), "guard"), new Random())) {
      List<String> refusals = new ArrayList<>();
      for (EventFeed.NumberedEvent event : spool.waiting(0, 100, 1 << 20)) {
        JsonObject json = StrictJson.object(event.line().getBytes(StandardCharsets.UTF_8), 1 << 16);
        if (json.object("metadata").string("event_code").equals("guard.refuse")) {
          refusals.add(
              json.string("status_code")
                  + ", "
                  + json.objects("resources").getFirst().string("uid")
                  + ", "
                  + json.object("metadata").string("tenant_uid"));
        }
      }
      // A service that nobody guards has no name that would be written down.
      assertThat(refusals)
          .containsExactlyInAnyOrder("expired, mail, acme", "no-service, none of them, acme");
    }
  }
}
