package dev.counterfoil.authority.logs;

import static dev.counterfoil.authority.RunningDomain.json;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.counterfoil.authority.FakeRecordLog;
import dev.counterfoil.authority.RunningDomain;
import dev.counterfoil.authority.clients.ClientRegistration;
import dev.counterfoil.authority.clients.RecordSource;
import dev.counterfoil.format.bytes.Hash;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.format.policy.TlogProof;
import dev.counterfoil.format.tree.Leaf;
import dev.counterfoil.signerprotocol.Answer;
import dev.counterfoil.signerprotocol.RecordDigests;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.stream.LongStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The record door over HTTP: what goes in, what comes out, and what is refused. */
class RecordEndpointTest {
  private static final String ISSUER = "https://login.example";

  @TempDir Path folder;
  private RunningDomain domain;
  private String token;

  @BeforeEach
  void start() throws Exception {
    domain = new RunningDomain(folder);
    token = source(FakeRecordLog.SOURCE, ISSUER, ClientRegistration.RECORD_SCOPE);
  }

  @AfterEach
  void stop() throws Exception {
    domain.close();
  }

  private String source(String id, String audience, String scope) throws Exception {
    return new RecordSource(domain).token(id, audience, scope);
  }

  private static Hash digest(long number) {
    return Hash.sha256(ByteBuffer.allocate(8).putLong(number).array());
  }

  private static byte[] digests(long... numbers) {
    ByteBuffer bytes = ByteBuffer.allocate(numbers.length * Hash.BYTES);
    for (long number : numbers) {
      bytes.put(digest(number).bytes());
    }
    return bytes.array();
  }

  private HttpRequest.Builder request(byte[] body) {
    return HttpRequest.newBuilder(domain.at("/record"))
        .header("Content-Type", RecordEndpoint.DIGESTS)
        .header("Authorization", "Bearer " + token)
        .POST(HttpRequest.BodyPublishers.ofByteArray(body));
  }

  private JsonObject record(long... numbers) throws Exception {
    HttpResponse<String> response = domain.send(request(digests(numbers)));
    assertThat(response.statusCode()).as(response.body()).isEqualTo(200);
    return json(response);
  }

  private static List<Long> positions(JsonObject answer) {
    List<Long> positions = new ArrayList<>();
    for (Object position : (List<?>) Objects.requireNonNull(answer.get("positions"))) {
      positions.add(((Number) position).longValue());
    }
    return positions;
  }

  private void refused(HttpRequest.Builder request, int status, String error) throws Exception {
    HttpResponse<String> response = domain.send(request);
    assertThat(response.statusCode()).as(response.body()).isEqualTo(status);
    assertThat(json(response).string("error")).isEqualTo(error);
  }

  private HttpResponse<String> awaitFound(String path) throws Exception {
    for (int i = 0; i < 500; i++) {
      HttpResponse<String> response = domain.get(path);
      if (response.statusCode() == 200) {
        return response;
      }
      Thread.sleep(10);
    }
    throw new AssertionError("waited in vain for " + path);
  }

  @Test
  void digestsGetPositionsAndKeepThem() throws Exception {
    JsonObject first = record(1, 2, 3);
    assertThat(first.string("log")).isEqualTo("d1g1");
    assertThat(first.string("batch")).matches("[0-9a-f]{32}");
    assertThat(positions(first)).containsExactly(0L, 1L, 2L);
    assertThat(positions(record(4, 2, 4, 1))).containsExactly(3L, 1L, 3L, 0L);
    domain.restart();
    assertThat(positions(record(4, 3, 5))).containsExactly(3L, 2L, 4L);
    assertThat(domain.get("/metrics").body()).contains("counterfoil_authority_digests_total");
  }

  @Test
  void aDigestIsFoundAndProvenOffline() throws Exception {
    record(LongStream.range(0, 300).toArray());
    String hex = digest(259).hex();
    HttpResponse<String> found = awaitFound("/logs/d1g1/digest/" + hex);
    assertThat(json(found).number("position")).isEqualTo(259);
    TlogProof proof =
        TlogProof.parse(
            domain.get("/logs/d1g1/proof/digest/" + hex).body().getBytes(StandardCharsets.UTF_8));
    assertThat(proof.index()).isEqualTo(259);
    assertThat(proof.verify(new Leaf(digest(259)), domain.signer.records.key()).size())
        .isEqualTo(300);
    for (String nothing :
        List.of(
            "digest/" + digest(300).hex(),
            "proof/digest/" + digest(300).hex(),
            "digest/" + hex.toUpperCase(java.util.Locale.ROOT),
            "digest/" + hex + "0",
            "digest/",
            "proof/digest/")) {
      assertThat(domain.get("/logs/d1g1/" + nothing).statusCode()).as(nothing).isEqualTo(404);
    }
    assertThat(domain.get("/logs/s1g1/digest/" + hex).statusCode()).isEqualTo(404);
  }

  @Test
  void whatTheSignerNoLongerRemembersTheIndexFinds() throws Exception {
    domain.signer.records.remembered = 10;
    for (long from = 0; from < 100; from += 5) {
      long[] some = LongStream.range(from, from + 5).toArray();
      awaitRecorded(some);
    }
    awaitFound("/logs/d1g1/digest/" + digest(99).hex());
    assertThat(positions(record(7, 99, 100))).containsExactly(7L, 99L, 100L);
    // Only the new one went to the signer.
    assertThat(domain.signer.records.requests().getLast().digests()).containsExactly(digest(100));
  }

  /** Until the index has come up to what the signer remembers it answers that it is being read. */
  private void awaitRecorded(long... numbers) throws Exception {
    for (int i = 0; i < 500; i++) {
      HttpResponse<String> response = domain.send(request(digests(numbers)));
      if (response.statusCode() == 200) {
        return;
      }
      assertThat(response.statusCode()).as(response.body()).isEqualTo(503);
      assertThat(response.headers().firstValue("Retry-After")).contains("1");
      Thread.sleep(10);
    }
    throw new AssertionError("waited in vain");
  }

  @Test
  void anIndexThatLagsBehindOpensNoGap() throws Exception {
    record(1, 2, 3);
    awaitFound("/logs/d1g1/digest/" + digest(3).hex());
    domain.signer.records.publishes = false;
    domain.signer.records.remembered = 2;
    record(4, 5);
    record(6);
    refused(request(digests(4)), 503, "temporarily_unavailable");
    domain.signer.records.publish();
    awaitRecorded(4);
    assertThat(positions(record(4, 6))).containsExactly(3L, 5L);
  }

  @Test
  void afterAReplacementTheSuccessorTakesThem() throws Exception {
    assertThat(record(1).string("log")).isEqualTo("d1g1");
    domain.signer.records.replace();
    awaitRecorded(2);
    JsonObject after = record(3);
    assertThat(after.string("log")).isEqualTo("d1g2");
    assertThat(positions(after)).containsExactly(1L);
    awaitFound("/logs/d1g1/digest/" + digest(1).hex());
  }

  @Test
  void theBodyIsDigestsAndNothingElse() throws Exception {
    refused(request(new byte[0]), 400, "invalid_request");
    refused(request(new byte[31]), 400, "invalid_request");
    refused(request(new byte[33]), 400, "invalid_request");
    refused(request(digests(LongStream.range(0, 1_001).toArray())), 400, "invalid_request");
    refused(request(new byte[33 * 1024]), 413, "invalid_request");
    refused(
        request(digests(1)).setHeader("Content-Type", "application/octet-stream"),
        400,
        "invalid_request");
    refused(request(digests(1)).header("Content-Encoding", "gzip"), 400, "invalid_request");
    assertThat(domain.get("/record").statusCode()).isEqualTo(405);
    assertThat(domain.signer.records.requests()).isEmpty();
    assertThat(positions(record(LongStream.range(0, 1_000).toArray()))).hasSize(1_000);
  }

  @Test
  void whoMayNotIsRefused() throws Exception {
    refused(request(digests(1)).setHeader("Authorization", "Bearer x"), 401, "invalid_token");
    refused(
        HttpRequest.newBuilder(domain.at("/record"))
            .header("Content-Type", RecordEndpoint.DIGESTS)
            .POST(HttpRequest.BodyPublishers.ofByteArray(digests(1))),
        401,
        "invalid_token");
    String good = token;
    token = source("reader", ISSUER, "mail.read");
    refused(request(digests(1)), 403, "insufficient_scope");
    token = source("abroad", RunningDomain.AUDIENCE, ClientRegistration.RECORD_SCOPE);
    refused(request(digests(1)), 401, "invalid_token");
    token = source("unbound", ISSUER, ClientRegistration.RECORD_SCOPE);
    refused(request(digests(1)), 403, "access_denied");
    assertThat(domain.signer.records.requests()).isEmpty();
    token = good;
    record(1);
    RecordDigests request = domain.signer.records.requests().getFirst();
    assertThat(request.source()).isEqualTo(FakeRecordLog.SOURCE);
  }

  @Test
  void theScopeIsForClientsWithKeysOnly() {
    assertThatThrownBy(
            () ->
                ClientRegistration.withSecret(
                    "legacy", "acme", List.of(ISSUER), List.of(ClientRegistration.RECORD_SCOPE)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("private_key_jwt");
  }

  @Test
  void aSignerThatRefusesOrIsAwayIsSaidSo() throws Exception {
    record(1);
    domain.signer.refuse(Answer.Code.QUOTA);
    refused(request(digests(2)), 429, "temporarily_unavailable");
    domain.signer.refuse(Answer.Code.DISK_FULL);
    refused(request(digests(2)), 503, "temporarily_unavailable");
    domain.signer.refuse(null);
    domain.signer.stop();
    HttpResponse<String> away = domain.send(request(digests(2)));
    assertThat(away.statusCode()).isEqualTo(503);
    assertThat(away.headers().firstValue("Retry-After")).contains("1");
    domain.signer.start();
    awaitRecorded(2);
    assertThat(positions(record(1, 2))).containsExactly(0L, 1L);
  }
}
