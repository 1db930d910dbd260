package dev.counterfoil.signer.issuing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.counterfoil.format.bytes.AllowList;
import dev.counterfoil.format.bytes.Base64Url;
import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.format.bytes.StrictJson;
import dev.counterfoil.format.keylog.StatusList;
import dev.counterfoil.format.keys.KeyStatement;
import dev.counterfoil.format.keys.RecordForm;
import dev.counterfoil.format.keys.TokenId;
import dev.counterfoil.log.Refusal;
import dev.counterfoil.log.Submission;
import dev.counterfoil.log.checkpoint.Level;
import dev.counterfoil.log.record.Counterfoil;
import dev.counterfoil.process.settings.Purpose;
import dev.counterfoil.process.settings.Purposes;
import dev.counterfoil.signer.TestDomain;
import dev.counterfoil.signer.rotation.KeyRing;
import dev.counterfoil.signer.rotation.TestKeys;
import dev.counterfoil.signer.rotation.TokenKey;
import dev.counterfoil.signer.settings.SignerConfiguration;
import dev.counterfoil.signerprotocol.Answer;
import dev.counterfoil.signerprotocol.Answer.Code;
import dev.counterfoil.signerprotocol.IssueRequest;
import java.nio.charset.StandardCharsets;
import java.security.Signature;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Issuing, with a log that records when the test says so. */
class IssuanceTest {
  private static final Instant NOW = TestKeys.T0.plusSeconds(3600);

  private final TokenKey key = TestKeys.key(1, TestKeys.T0, TestKeys.T0.plusSeconds(86_400));
  private final List<Submission> submitted = new ArrayList<>();
  private final BlockingQueue<Answer> answers = new LinkedBlockingQueue<>();
  private final BlockingQueue<Throwable> failures = new LinkedBlockingQueue<>();
  private final SigningThreads signing = new SigningThreads(1, failures::add);
  private KeyRing ring = TestKeys.stated(key);

  /** Its audiences are wider than the key's: what the key does not state is denied all the same. */
  private final Purposes purposes =
      new Purposes(List.of(TestKeys.access(Duration.ofHours(24), AllowList.all())));

  private Instant now = NOW;
  private final Map<String, Level> release = Map.of("acme", Level.DURABLE, "beta", Level.COSIGNED);
  private final Issuance issuance = issuance(SignerConfiguration.Quotas.DEFAULT);

  @AfterEach
  void finish() throws InterruptedException {
    signing.finish();
    assertThat(failures).isEmpty();
  }

  private Issuance issuance(SignerConfiguration.Quotas quotas) {
    return issuance(quotas, purposes);
  }

  private Issuance issuance(SignerConfiguration.Quotas quotas, Purposes purposes) {
    return new Issuance(
        () -> ring,
        () -> purposes,
        quotas,
        tenant -> release.getOrDefault(tenant, Level.DURABLE),
        () -> new byte[TokenId.SALT_BYTES],
        () -> now,
        () -> 0,
        submitted::add,
        signing);
  }

  private Answer answer() throws InterruptedException {
    Answer answer = answers.poll(20, TimeUnit.SECONDS);
    assertThat(answer).isNotNull();
    return answer;
  }

  private Counterfoil compose(long position) {
    return (Counterfoil) submitted.getLast().compose(position, NOW.toEpochMilli()).orElseThrow();
  }

  private Answer.Issued issued(IssueRequest request, long position) throws InterruptedException {
    issuance.issue(request, answers::add);
    compose(position);
    submitted.getLast().recorded(position);
    return (Answer.Issued) answer();
  }

  private static JsonObject part(String token, int part) throws FormatException {
    return StrictJson.object(Base64Url.decode(token.split("\\.", -1)[part]), 64 * 1024);
  }

  private static IssueRequest with(
      String subject, List<String> audiences, @Nullable String jkt, @Nullable JsonObject more) {
    return new IssueRequest(
        "at+jwt",
        "acme",
        subject,
        "client-1",
        audiences,
        "",
        60,
        jkt,
        more,
        new IssueRequest.Ground("private_key_jwt", "a\"ssertion"),
        "192.0.2.7",
        123);
  }

  @Test
  void nothingIsSignedBeforeItIsRecorded() throws Exception {
    issuance.issue(TestDomain.request(), answers::add);
    Counterfoil counterfoil = compose(7);
    assertThat(answers).isEmpty();
    assertThat(issuance.issuedCount()).isZero();
    submitted.getLast().recorded(7);
    Answer.Issued issued = (Answer.Issued) answer();
    assertThat(issued.position()).isEqualTo(7);
    String input = new String(counterfoil.signingInput(), StandardCharsets.US_ASCII);
    assertThat(issued.token()).startsWith(input + ".");
    Signature verifier = Signature.getInstance("SHA256withECDSAinP1363Format");
    verifier.initVerify(key.statement().jwk().javaKey());
    verifier.update(counterfoil.signingInput());
    assertThat(verifier.verify(Base64Url.decode(issued.token().substring(input.length() + 1))))
        .isTrue();
  }

  @Test
  void theSignerComposesHeaderAndClaims() throws Exception {
    Answer.Issued issued =
        issued(
            with(
                "rob\"ot\u0001ü",
                List.of("mail", "files"),
                "0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I",
                JsonObject.builder().put("groups", List.of("r")).put("auth_time", 5).build()),
            999_999_999_999_999L);
    JsonObject header = part(issued.token(), 0);
    assertThat(header.string("alg")).isEqualTo("ES256");
    assertThat(header.string("kid")).isEqualTo(key.statement().kid());
    assertThat(header.string("typ")).isEqualTo("at+jwt");
    JsonObject claims = part(issued.token(), 1);
    assertThat(claims.names())
        .containsExactlyInAnyOrder(
            "iss",
            "sub",
            "aud",
            "exp",
            "iat",
            "client_id",
            "tenant",
            "cnf",
            "groups",
            "auth_time",
            "jti");
    assertThat(claims.string("sub")).isEqualTo("rob\"ot\u0001ü");
    assertThat(claims.strings("aud")).containsExactly("mail", "files");
    assertThat(claims.object("cnf").string("jkt")).startsWith("0Zc");
    assertThat(claims.number("auth_time")).isEqualTo(5);
    assertThat(claims.number("iat")).isEqualTo(NOW.getEpochSecond());
    assertThat(claims.number("exp")).isEqualTo(NOW.getEpochSecond() + 60);
    assertThat(TokenId.parse(claims.string("jti")).position()).isEqualTo(999_999_999_999_999L);
  }

  @Test
  void theContextIsCanonicalAndCommittedTo() throws Exception {
    issuance.issue(with("s", List.of("mail"), null, null), answers::add);
    Counterfoil counterfoil = compose(3);
    JsonObject context = StrictJson.object(counterfoil.context(), 16 * 1024);
    assertThat(new String(counterfoil.context(), StandardCharsets.UTF_8))
        .isEqualTo(context.canonical());
    assertThat(context.string("address")).isEqualTo("192.0.2.7");
    assertThat(context.number("at_ms")).isEqualTo(123);
    assertThat(context.object("ground").string("reference")).isEqualTo("a\"ssertion");
    JsonObject claims =
        part(new String(counterfoil.signingInput(), StandardCharsets.US_ASCII) + ".x", 1);
    assertThat(TokenId.parse(claims.string("jti")).commitment())
        .isEqualTo(TokenId.commitment(counterfoil.salt(), counterfoil.context()));
    submitted.getLast().recorded(3);
    assertThat(answer()).isInstanceOf(Answer.Issued.class);
  }

  private Code refused(IssueRequest request) throws InterruptedException {
    int before = submitted.size();
    issuance.issue(request, answers::add);
    Answer answer = answer();
    assertThat(submitted).hasSize(before);
    return ((Answer.Refused) answer).code();
  }

  /** One row for each rule, the first one passes. */
  @ParameterizedTest
  @CsvSource({
    "at+jwt, acme, mail, 900, ",
    "at+jwt, beta, files, 1, ",
    "at+jwt, other, mail, 900, OUT_OF_SCOPE",
    "at+jwt, ACME, mail, 900, OUT_OF_SCOPE",
    "at+jwt, *, mail, 900, OUT_OF_SCOPE",
    "at+jwt, acme, payroll, 900, OUT_OF_SCOPE",
    "at+jwt, acme, *, 900, OUT_OF_SCOPE",
    "id+jwt, acme, mail, 900, OUT_OF_SCOPE",
    "JWT, acme, mail, 900, OUT_OF_SCOPE",
    "at+jwt, acme, mail, 901, OUT_OF_SCOPE",
    "at+jwt, acme, mail, 2147483647, OUT_OF_SCOPE",
    "'', acme, mail, 900, MALFORMED",
    "at+jwt, '', mail, 900, MALFORMED",
    "at+jwt, acme, '', 900, MALFORMED",
  })
  void whatTheKeysScopeDoesNotNameIsDenied(
      String type, String tenant, String audience, int life, @Nullable Code expected)
      throws Exception {
    IssueRequest request =
        new IssueRequest(
            type,
            tenant,
            "robot",
            "robot",
            List.of(audience),
            "",
            life,
            null,
            null,
            new IssueRequest.Ground("client_secret_basic", ""),
            "",
            0);
    if (expected == null) {
      assertThat(issued(request, 0).token()).isNotEmpty();
    } else {
      assertThat(refused(request)).isEqualTo(expected);
    }
  }

  @Test
  void oneAudienceOutOfScopeAmongSeveralIsDenied() throws Exception {
    assertThat(refused(with("s", List.of("mail", "payroll"), null, null)))
        .isEqualTo(Code.OUT_OF_SCOPE);
    assertThat(issued(with("s", List.of("mail", "files"), null, null), 0).token()).isNotEmpty();
  }

  @Test
  void aComposedClaimCannotBeOverriddenByAFurtherOne() throws Exception {
    for (String name : TokenDraft.COMPOSED) {
      JsonObject more = JsonObject.builder().put(name, "forged").build();
      assertThat(refused(with("s", List.of("mail"), null, more)))
          .as(name)
          .isEqualTo(Code.MALFORMED);
    }
    JsonObject free = JsonObject.builder().put("nonce", "x").build();
    assertThat(issued(with("s", List.of("mail"), null, free), 0).token()).isNotEmpty();
  }

  @Test
  void aFurtherClaimIsOneThatThePurposeAllows() throws Exception {
    JsonObject roles =
        JsonObject.builder().put("groups", List.of("g")).put("roles", List.of("r")).build();
    issuance.issue(with("s", List.of("mail"), null, roles), answers::add);
    assertThat(answer())
        .isEqualTo(
            new Answer.Refused(
                Code.OUT_OF_SCOPE,
                "tokens of purpose access may not have the claim roles: it is none of the"
                    + " purpose's claims"));
    Purpose access = TestKeys.access();
    Purposes any =
        new Purposes(
            List.of(
                new Purpose(
                    access.name(),
                    access.tokenTypes(),
                    access.algorithms(),
                    access.tenants(),
                    access.audiences(),
                    access.lifeMax(),
                    access.schedule(),
                    access.binding(),
                    access.publication(),
                    access.statusList(),
                    AllowList.all())));
    issuance(SignerConfiguration.Quotas.DEFAULT, any)
        .issue(with("s", List.of("mail"), null, roles), answers::add);
    compose(1);
    submitted.getLast().recorded(1);
    assertThat(part(((Answer.Issued) answer()).token(), 1).strings("roles")).containsExactly("r");
  }

  @Test
  void onlyTokensForAnAudienceThatAsksForItSayWhereTheirStatusIs() throws Exception {
    Purposes asked =
        new Purposes(
            List.of(TestKeys.access(Duration.ofHours(24), AllowList.all(), AllowList.of("mail"))));
    Issuance publishing = issuance(SignerConfiguration.Quotas.DEFAULT, asked);
    long position = StatusList.POSITIONS + 41L;
    StatusList list = new StatusList(key.statement().issuer(), key.log(), 1);
    for (List<String> audiences : List.of(List.of("mail"), List.of("files", "mail"))) {
      publishing.issue(with("s", audiences, null, null), answers::add);
      compose(position);
      submitted.getLast().recorded(position);
      JsonObject claims = part(((Answer.Issued) answer()).token(), 1);
      JsonObject status = claims.object("status").object("status_list");
      assertThat(status.number("idx")).isEqualTo(list.index(position));
      assertThat(status.string("uri")).isEqualTo(list.uri());
      assertThat(claims.string("jti")).startsWith(key.log() + "." + position + ".");
    }
    publishing.issue(with("s", List.of("files"), null, null), answers::add);
    compose(position);
    submitted.getLast().recorded(position);
    assertThat(part(((Answer.Issued) answer()).token(), 1).has("status")).isFalse();
    assertThat(part(issued(with("s", List.of("mail"), null, null), 1).token(), 1).has("status"))
        .as("nobody asked")
        .isFalse();
  }

  @Test
  void aFurtherClaimHasNoFractions() throws Exception {
    for (String json : List.of("{\"a\":1.5}", "{\"a\":[{\"b\":1e9}]}", "{\"a\":{\"b\":-0.0}}")) {
      JsonObject more = StrictJson.object(json.getBytes(StandardCharsets.UTF_8), 100);
      assertThat(refused(with("s", List.of("mail"), null, more))).isEqualTo(Code.MALFORMED);
    }
  }

  @Test
  void aTokenThatWouldBeTooLongIsRefused() throws Exception {
    List<String> long16 = java.util.Collections.nCopies(16, "ü".repeat(IssueRequest.TEXT_MAX));
    ring = TestKeys.stated(anyAudience());
    assertThat(refused(with("s", long16, null, null))).isEqualTo(Code.MALFORMED);
    assertThat(issued(with("s", long16.subList(0, 4), null, null), 0).token()).isNotEmpty();
  }

  private TokenKey anyAudience() {
    return new TokenKey(
        2, key.statement().toBuilder().audiences(AllowList.all()).build(), key.held());
  }

  @Test
  void aKeyThatBindsSignsNoBearerToken() throws Exception {
    KeyStatement binding =
        key.statement().toBuilder().binding(KeyStatement.Binding.REQUIRED).build();
    ring = TestKeys.stated(new TokenKey(9, binding, key.held()));
    assertThat(refused(with("s", List.of("mail"), null, null))).isEqualTo(Code.OUT_OF_SCOPE);
    String thumbprint = "0ZcOCORZNYy-DWpqq30jZyJGHTN0d2HglBV3uiguA4I";
    Answer.Issued bound = issued(with("s", List.of("mail"), thumbprint, null), 0);
    assertThat(part(bound.token(), 1).object("cnf").string("jkt")).isEqualTo(thumbprint);
    ring = TestKeys.stated(key);
    assertThat(issued(with("s", List.of("mail"), null, null), 1).token()).isNotEmpty();
  }

  @Test
  void aSignerHoldsNoKeyWhoseTokensItDoesNotRecord() {
    for (RecordForm other :
        List.of(new RecordForm.Digest("s1g1"), new RecordForm.None(NOW.plusSeconds(60)))) {
      KeyStatement statement = key.statement().toBuilder().record(other).build();
      assertThatThrownBy(() -> new TokenKey(9, statement, key.held()))
          .isInstanceOf(IllegalArgumentException.class);
    }
    assertThat(new TokenKey(9, key.statement(), key.held()).log()).isEqualTo("s1g1");
  }

  @Test
  void whatIsConfiguredNarrowerThanTheKeyWasStatedIsDeniedAtOnce() throws Exception {
    Purposes narrower =
        new Purposes(List.of(TestKeys.access(Duration.ofHours(24), AllowList.of("files"))));
    assertThat(TestDomain.request().audiences()).containsExactly("mail");
    issuance(SignerConfiguration.Quotas.DEFAULT, narrower)
        .issue(TestDomain.request(), answers::add);
    assertThat(((Answer.Refused) answer()).code()).isEqualTo(Code.OUT_OF_SCOPE);
    assertThat(issued(TestDomain.request(), 0).token()).isNotEmpty();
  }

  @Test
  void noKeyNoToken() throws Exception {
    ring = KeyRing.empty().with(key);
    assertThat(refused(TestDomain.request())).isEqualTo(Code.NO_KEY);
    ring = TestKeys.stated(key);
    now = key.statement().activeUntil();
    assertThat(refused(TestDomain.request())).isEqualTo(Code.NO_KEY);
    now = key.statement().activeUntil().minusMillis(1);
    assertThat(issued(TestDomain.request(), 0).token()).isNotEmpty();
    issuance.stop();
    assertThat(refused(TestDomain.request())).isEqualTo(Code.NO_KEY);
  }

  @Test
  void whatWaitsIsBoundedInBytesAndGoesOnAfterwards() throws Exception {
    while (answers.isEmpty()) {
      issuance.issue(TestDomain.request(), answers::add);
    }
    assertThat(((Answer.Refused) answer()).code()).isEqualTo(Code.BUSY);
    assertThat(submitted.size()).isBetween(5_000, 20_000);
    submitted.forEach(submission -> submission.refused(Refusal.BUSY));
    for (int i = 0; i < submitted.size(); i++) {
      answer();
    }
    assertThat(issued(TestDomain.request(), 0).token()).isNotEmpty();
  }

  @Test
  void quotasOfClientAndTenant() throws Exception {
    Issuance limited =
        issuance(new SignerConfiguration.Quotas(2, 3, Map.of("big", 100), Map.of("beta", 0)));
    List<Code> codes = new ArrayList<>();
    for (String client : List.of("a", "a", "a", "big", "big")) {
      int before = submitted.size();
      limited.issue(client(client, "acme"), answers::add);
      if (submitted.size() == before) {
        codes.add(((Answer.Refused) answer()).code());
      } else {
        compose(0);
        submitted.getLast().recorded(0);
        assertThat(answer()).isInstanceOf(Answer.Issued.class);
      }
    }
    // The third of a, whose quota is 2; the second of big, since acme's quota is 3.
    assertThat(codes).containsExactly(Code.QUOTA, Code.QUOTA);
    limited.issue(client("big", "beta"), answers::add);
    assertThat(((Answer.Refused) answer()).code()).isEqualTo(Code.QUOTA);
  }

  private static IssueRequest client(String client, String tenant) {
    return new IssueRequest(
        "at+jwt",
        tenant,
        "s",
        client,
        List.of("mail"),
        "",
        60,
        null,
        null,
        new IssueRequest.Ground("client_secret_basic", ""),
        "",
        0);
  }

  @Test
  void aTenantsTokenAsksForItsLevelAndIsNotSignedWhenThatIsNotReached() throws Exception {
    issuance.issue(client("robot", "acme"), answers::add);
    assertThat(submitted.getLast().level()).isEqualTo(Level.DURABLE);
    submitted.getLast().refused(Refusal.BUSY);
    answer();
    issuance.issue(client("robot", "beta"), answers::add);
    assertThat(submitted.getLast().level()).isEqualTo(Level.COSIGNED);
    compose(0);
    submitted.getLast().unreached(0);
    Answer.Refused refused = (Answer.Refused) answer();
    assertThat(refused.code()).isEqualTo(Code.LEVEL_NOT_REACHED);
    assertThat(refused.text()).contains("cosigned");
    assertThat(issuance.issuedCount()).isZero();
    assertThat(issued(client("robot", "beta"), 1).position()).isOne();
  }

  @ParameterizedTest
  @CsvSource({"BUSY, BUSY", "BEHIND, BUSY", "FULL, DISK_FULL", "SEALED, SEALED", "CLOSED, BUSY"})
  void whatTheLogRefusesIsRefused(Refusal refusal, Code code) throws Exception {
    issuance.issue(TestDomain.request(), answers::add);
    submitted.getLast().refused(refusal);
    assertThat(((Answer.Refused) answer()).code()).isEqualTo(code);
    assertThat(issuance.lastRefusal()).contains(refusal);
    issued(TestDomain.request(), 0);
    assertThat(issuance.lastRefusal()).isEmpty();
  }
}
