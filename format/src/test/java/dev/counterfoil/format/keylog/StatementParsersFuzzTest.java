package dev.counterfoil.format.keylog;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import dev.counterfoil.format.ChangedInputs;
import dev.counterfoil.format.SeededRandom;
import dev.counterfoil.format.bytes.Base64Url;
import dev.counterfoil.format.bytes.Decimal;
import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.Hash;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.format.bytes.StrictJson;
import dev.counterfoil.format.ceremony.Ceremony;
import dev.counterfoil.format.ceremony.CeremonyRequest;
import dev.counterfoil.format.custody.CustodyStatement;
import dev.counterfoil.format.keys.GroupHandle;
import dev.counterfoil.format.keys.KeyHint;
import dev.counterfoil.format.keys.PublicJwk;
import dev.counterfoil.format.keys.RecordForm;
import dev.counterfoil.format.note.Checkpoint;
import dev.counterfoil.format.note.CosignerKey.Algorithm;
import dev.counterfoil.format.note.LogKey;
import dev.counterfoil.format.note.NoteSigner;
import dev.counterfoil.format.note.SignedStatement;
import dev.counterfoil.format.note.TestCosigner;
import dev.counterfoil.format.policy.ListedLog;
import dev.counterfoil.format.root.Delegation;
import dev.counterfoil.format.root.DelegationChain;
import dev.counterfoil.format.root.JointStatement;
import dev.counterfoil.format.root.RootMetadata;
import dev.counterfoil.format.root.RootPin;
import dev.counterfoil.format.tree.Leaf;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyPairGenerator;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Roots, delegations, ceremonies, public keys and custodians' statements: what a stranger sends as
 * one of them is refused with a {@link FormatException}, or is written back and read as the same.
 * With {@code JAZZER_FUZZ=1} Jazzer searches, one method at a time, from the good inputs on; the
 * default run has these, those that once failed, and a share that is made from a seed.
 */
class StatementParsersFuzzTest {
  private static final int CHANGED_INPUTS = 500;
  private static final Samples SAMPLES = new Samples();
  private static final NoteSigner AUDIT_LOG = KeyLogAuditCases.auditKey(KeyLogAuditCases.FIRST);

  /** Reads, writes, and reads again what was written. */
  private interface Reading<T> {
    T read(byte[] bytes) throws FormatException;
  }

  /** Whether it was accepted. */
  private static <T> boolean same(byte[] input, Reading<T> reading, Function<T, byte[]> writing) {
    try {
      T value = reading.read(input);
      byte[] written = writing.apply(value);
      T again = reading.read(written);
      assertThat(again).isEqualTo(value);
      assertThat(writing.apply(again)).isEqualTo(written);
      return true;
    } catch (FormatException e) {
      assertThat(String.valueOf(e.getMessage())).isNotEmpty();
      return false;
    }
  }

  private static JsonObject json(byte[] bytes) throws FormatException {
    return StrictJson.object(bytes, Ceremony.BYTES_MAX);
  }

  private static byte[] utf8(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  private static String text(byte[] bytes) {
    return new String(bytes, StandardCharsets.UTF_8);
  }

  // ---- each parser

  /** A statement that nobody has signed, its payload as it came. */
  private static JointStatement unsigned(String type, byte[] payload) throws FormatException {
    return JointStatement.parse(
        type,
        JsonObject.builder()
            .put("payload", Base64Url.encode(payload))
            .put("signatures", List.of())
            .build());
  }

  private static boolean isRoot(byte[] payload) {
    return same(
        payload,
        bytes -> RootMetadata.parse(unsigned(RootMetadata.TYPE, bytes)),
        root -> root.toJson().canonicalBytes());
  }

  private static boolean isDelegation(byte[] payload) {
    return same(
        payload,
        bytes -> Delegation.parse(unsigned(Delegation.TYPE, bytes)),
        delegation -> delegation.toJson().canonicalBytes());
  }

  private static boolean isChain(byte[] bytes) {
    return same(
        bytes, b -> DelegationChain.parse(json(b)), chain -> chain.toJson().canonicalBytes());
  }

  private static boolean isCeremony(byte[] bytes) {
    return same(bytes, Ceremony::parse, Ceremony::bytes);
  }

  private static boolean isRequest(byte[] bytes) {
    return same(bytes, CeremonyRequest::parse, CeremonyRequest::bytes);
  }

  private static boolean isKey(byte[] bytes) {
    same(bytes, b -> PublicJwk.read(json(b)), StatementParsersFuzzTest::usable);
    return same(bytes, b -> PublicJwk.parse(json(b)), StatementParsersFuzzTest::usable);
  }

  /** A key that was taken is one: the platform makes a key of it, or has not the algorithm. */
  private static byte[] usable(PublicJwk key) {
    try {
      assertThat(key.javaKey().getEncoded()).isNotEmpty();
    } catch (GeneralSecurityException e) {
      // Ed25519: 32 bytes that are no point verify nothing (RFC 8032 5.1.7).
      assertThat(key.algorithm()).isEqualTo(PublicJwk.Algorithm.EDDSA);
    }
    assertThat(key.thumbprint()).hasSize(43);
    return key.toJson().canonicalBytes();
  }

  private static boolean isCustody(byte[] bytes) {
    return same(bytes, b -> CustodyStatement.parse(text(b)), statement -> utf8(statement.text()));
  }

  /** Nobody but the audit log's key makes another consent for this key log. */
  private static boolean isConsent(byte[] bytes) {
    String keyLog = KeyLog.origin(Samples.ISSUER);
    try {
      AuditLogConsent consent = AuditLogConsent.verify(text(bytes), AUDIT_LOG.key(), keyLog);
      assertThat(consent).isEqualTo(consent());
      return true;
    } catch (FormatException e) {
      assertThat(String.valueOf(e.getMessage())).isNotEmpty();
      return false;
    }
  }

  private static boolean isAuditLogRequest(byte[] bytes) {
    return same(bytes, AuditLogRequest::parse, AuditLogRequest::bytes);
  }

  private static AuditLogConsent consent() {
    return new AuditLogConsent(
        new Checkpoint(AUDIT_LOG.key().name(), 12, Hash.sha256()), KeyLog.origin(Samples.ISSUER));
  }

  private static boolean isPin(byte[] bytes) {
    return same(bytes, b -> RootPin.parse(text(b)), pin -> utf8(pin.toString()));
  }

  private static boolean isHint(byte[] bytes) {
    return same(bytes, b -> KeyHint.parse(text(b)), hint -> utf8(hint.text()));
  }

  private static boolean isLogList(byte[] bytes) {
    try {
      for (ListedLog log : ListedLog.parse(bytes)) {
        assertThat(LogKey.parse(log.key().toString())).isEqualTo(log.key());
        assertThat(Checkpoint.isOrigin(log.origin())).isTrue();
      }
      return true;
    } catch (FormatException e) {
      return false;
    }
  }

  private static boolean isRecordForm(byte[] bytes) {
    return same(bytes, b -> RecordForm.parse(json(b)), form -> form.toJson().canonicalBytes());
  }

  /** A signed statement: whoever changes a byte of it has no longer the key's word. */
  private static boolean isSigned(byte[] bytes) {
    String jws = text(bytes);
    try {
      JsonObject said = SignedStatement.verify(Delegation.TYPE, jws, SAMPLES.registrar.key());
      assertThat(said).isEqualTo(SAMPLES.delegation().toJson());
      assertThat(SignedStatement.unverified(jws)).isEqualTo(said);
      return true;
    } catch (FormatException e) {
      assertThat(e).hasMessageNotContaining("\n");
      return false;
    }
  }

  private static boolean isLeaf(byte[] bytes) {
    return same(bytes, Leaf::parse, Leaf::entry);
  }

  /** Nothing but revocations of tokens and groups is read. */
  private static boolean isRevocation(byte[] bytes) {
    try {
      KeyLogEvent.Takes event = RevocationLogs.parse(bytes);
      assertThat(event)
          .isInstanceOfAny(KeyLogEvent.TokenRevoked.class, KeyLogEvent.GroupRevoked.class);
      return true;
    } catch (FormatException e) {
      assertThat(e).hasMessageNotContaining("\n");
      return false;
    }
  }

  private static boolean isGroup(byte[] bytes) {
    try {
      GroupHandle group = GroupHandle.parse(text(bytes));
      assertThat(GroupHandle.of(group.bytes())).isEqualTo(group).hasToString(text(bytes));
      return true;
    } catch (FormatException e) {
      assertThat(e).hasMessageNotContaining("\n");
      return false;
    }
  }

  /** Numbers and hashes in their one spelling. */
  private static boolean isSpelled(byte[] bytes) {
    String input = text(bytes);
    int accepted = 0;
    try {
      assertThat(Decimal.parse(input, Long.MAX_VALUE)).hasToString(input);
      accepted++;
    } catch (FormatException e) {
      assertThat(e).hasMessageNotContaining("\n");
    }
    try {
      assertThat(Base64Url.encode(Base64Url.decode(input))).isEqualTo(input);
      accepted++;
    } catch (FormatException e) {
      assertThat(e).hasMessageNotContaining("\n");
    }
    for (Reading<String> hash :
        List.<Reading<String>>of(
            b -> Hash.parseHex(text(b)).hex(),
            b -> Hash.parseBase64(text(b)).base64(),
            b -> Hash.parseBase64Url(text(b)).base64Url())) {
      try {
        assertThat(hash.read(bytes)).isEqualTo(input);
        accepted++;
      } catch (FormatException e) {
        assertThat(e).hasMessageNotContaining("\n");
      }
    }
    return accepted > 0;
  }

  // ---- good inputs

  static Stream<byte[]> goodRoots() {
    RootMetadata first = SAMPLES.root();
    return Stream.of(first, first.next(first.keys(), 1, first.issued(), first.expires()))
        .map(root -> root.toJson().canonicalBytes());
  }

  static Stream<byte[]> goodDelegations() {
    return Stream.of(SAMPLES.delegation().toJson().canonicalBytes());
  }

  private static JointStatement signedRoot() throws GeneralSecurityException {
    return SAMPLES.sign(SAMPLES.root().unsigned());
  }

  static Stream<byte[]> goodChains() throws Exception {
    JointStatement delegation = SAMPLES.sign(SAMPLES.delegation().unsigned());
    return Stream.of(
        new DelegationChain(List.of(signedRoot()), delegation).toJson().canonicalBytes());
  }

  static Stream<byte[]> goodCeremonies() {
    return Stream.of(
        Ceremony.of(SAMPLES.root()).bytes(),
        Ceremony.of(SAMPLES.root()).with(List.of(SAMPLES.delegation())).bytes());
  }

  static Stream<byte[]> goodRequests() throws Exception {
    KeyLogState state = SAMPLES.nothing();
    for (byte[] entry : SAMPLES.keyLog()) {
      state.apply(entry);
    }
    return Stream.of(
        CeremonyRequest.of(
                "enterprise", Samples.ISSUER, SAMPLES.registrar.key(), SAMPLES.bounds(), state)
            .bytes());
  }

  static Stream<byte[]> goodKeys() throws Exception {
    JsonObject lattice =
        PublicJwk.of(
                PublicJwk.Algorithm.ML_DSA_44,
                KeyPairGenerator.getInstance("ML-DSA-44").generateKeyPair().getPublic())
            .toJson();
    return Stream.of(
            SAMPLES.tokenKey.toJson().toString(),
            SAMPLES.registrar.key().toJson().toString(),
            lattice.toString(),
            "{\"kty\":\"RSA\",\"e\":\"AQAB\",\"alg\":\"RS256\",\"n\":\"%s\"}"
                .formatted(Base64Url.encode(modulus())))
        .map(StatementParsersFuzzTest::utf8);
  }

  private static byte[] modulus() {
    SeededRandom random = new SeededRandom("modulus");
    BigInteger modulus =
        BigInteger.probablePrime(1024, random).multiply(BigInteger.probablePrime(1025, random));
    byte[] bytes = modulus.toByteArray();
    return Arrays.copyOfRange(bytes, bytes[0] == 0 ? 1 : 0, bytes.length);
  }

  static Stream<byte[]> goodCustody() {
    Checkpoint checkpoint = new Checkpoint("login.example/logs/s1g1", 8, Hash.sha256());
    return Stream.of(utf8(new CustodyStatement(checkpoint, 16, Hash.sha256(new byte[1])).text()));
  }

  static Stream<byte[]> goodConsents() throws Exception {
    return Stream.of(consent().sign(AUDIT_LOG).bytes());
  }

  static Stream<byte[]> goodAuditLogRequests() throws Exception {
    return Stream.of(
        new AuditLogRequest(
                AUDIT_LOG.key(),
                KeyLog.origin(Samples.ISSUER),
                text(consent().sign(AUDIT_LOG).bytes()))
            .bytes());
  }

  static Stream<byte[]> goodPins() {
    return Stream.of(utf8(SAMPLES.root().pin().toString()));
  }

  static Stream<byte[]> goodHints() throws Exception {
    byte[] pkcs8 =
        KeyPairGenerator.getInstance("Ed25519").generateKeyPair().getPrivate().getEncoded();
    return Stream.of(utf8(KeyHint.of(pkcs8, PublicJwk.Algorithm.EDDSA.jose()).text()));
  }

  static Stream<byte[]> goodLogLists() {
    TestCosigner witness = new TestCosigner("witness.example/w1", Algorithm.ED25519, 1);
    String log = "log " + SAMPLES.logKey.noteKey("login.example/logs/s1g1") + "\n";
    String lattice =
        "log " + new TestCosigner("log.example/a", Algorithm.ML_DSA_44, 2).key() + "\n";
    return Stream.of(
        utf8(log),
        utf8(log + "witness w1 " + witness.key() + "\nquorum w1\n"),
        utf8(log + "origin go.sum database tree\n" + lattice));
  }

  static Stream<byte[]> goodRecordForms() {
    return Stream.of(
            new RecordForm.Position("s1g1"),
            new RecordForm.Digest("d1g1"),
            new RecordForm.None(Samples.NOW))
        .map(form -> form.toJson().canonicalBytes());
  }

  static Stream<byte[]> goodSigned() throws Exception {
    return Stream.of(
        utf8(
            SignedStatement.sign(
                Delegation.TYPE, SAMPLES.delegation().toJson(), SAMPLES.registrar)));
  }

  static Stream<byte[]> goodLeaves() {
    return Stream.of(Leaf.of(new byte[] {1}).entry());
  }

  static Stream<byte[]> goodRevocations() {
    Instant at = Instant.ofEpochSecond(1_795_608_000);
    return Stream.of(
            new KeyLogEvent.TokenRevoked("s1g1", 17, at.plusSeconds(600)),
            new KeyLogEvent.GroupRevoked(
                GroupHandle.of(new byte[GroupHandle.BYTES]), at, at.plusSeconds(600)))
        .map(event -> KeyLogEntry.of(event, at));
  }

  static Stream<byte[]> goodGroups() {
    return Stream.of(GroupHandle.of(new byte[GroupHandle.BYTES]).toString())
        .map(StatementParsersFuzzTest::utf8);
  }

  static Stream<byte[]> goodSpellings() {
    return Stream.of(
            "0",
            "123456789012345678",
            Hash.sha256().hex(),
            Hash.sha256().base64(),
            Hash.sha256().base64Url())
        .map(StatementParsersFuzzTest::utf8);
  }

  // ---- Jazzer

  @MethodSource("goodRoots")
  @FuzzTest(maxDuration = "60s")
  void roots(byte[] bytes) {
    isRoot(bytes);
  }

  @MethodSource("goodDelegations")
  @FuzzTest(maxDuration = "60s")
  void delegations(byte[] bytes) {
    isDelegation(bytes);
  }

  @MethodSource("goodChains")
  @FuzzTest(maxDuration = "60s")
  void chains(byte[] bytes) {
    isChain(bytes);
  }

  @MethodSource("goodCeremonies")
  @FuzzTest(maxDuration = "60s")
  void ceremonies(byte[] bytes) {
    isCeremony(bytes);
  }

  @MethodSource("goodRequests")
  @FuzzTest(maxDuration = "60s")
  void requests(byte[] bytes) {
    isRequest(bytes);
  }

  @MethodSource("goodKeys")
  @FuzzTest(maxDuration = "60s")
  void keys(byte[] bytes) {
    isKey(bytes);
  }

  @MethodSource("goodCustody")
  @FuzzTest(maxDuration = "60s")
  void custody(byte[] bytes) {
    isCustody(bytes);
  }

  @MethodSource("goodLogLists")
  @FuzzTest(maxDuration = "60s")
  void logLists(byte[] bytes) {
    isLogList(bytes);
  }

  @MethodSource({
    "goodPins",
    "goodHints",
    "goodRecordForms",
    "goodSigned",
    "goodSpellings",
    "goodConsents",
    "goodAuditLogRequests",
    "goodLeaves",
    "goodRevocations",
    "goodGroups"
  })
  @FuzzTest(maxDuration = "60s")
  void smallOnes(byte[] bytes) {
    isPin(bytes);
    isHint(bytes);
    isRecordForm(bytes);
    isSigned(bytes);
    isSpelled(bytes);
    isConsent(bytes);
    isAuditLogRequest(bytes);
    isLeaf(bytes);
    isRevocation(bytes);
    isGroup(bytes);
  }

  // ---- without Jazzer

  private record Parser(String name, Stream<byte[]> good, Predicate<byte[]> accepts) {}

  private static List<Parser> parsers() throws Exception {
    return List.of(
        new Parser("root", goodRoots(), StatementParsersFuzzTest::isRoot),
        new Parser("delegation", goodDelegations(), StatementParsersFuzzTest::isDelegation),
        new Parser("chain", goodChains(), StatementParsersFuzzTest::isChain),
        new Parser("ceremony", goodCeremonies(), StatementParsersFuzzTest::isCeremony),
        new Parser("request", goodRequests(), StatementParsersFuzzTest::isRequest),
        new Parser("key", goodKeys(), StatementParsersFuzzTest::isKey),
        new Parser("custody", goodCustody(), StatementParsersFuzzTest::isCustody),
        new Parser("pin", goodPins(), StatementParsersFuzzTest::isPin),
        new Parser("hint", goodHints(), StatementParsersFuzzTest::isHint),
        new Parser("log list", goodLogLists(), StatementParsersFuzzTest::isLogList),
        new Parser("record form", goodRecordForms(), StatementParsersFuzzTest::isRecordForm),
        new Parser("signed", goodSigned(), StatementParsersFuzzTest::isSigned),
        new Parser("consent", goodConsents(), StatementParsersFuzzTest::isConsent),
        new Parser(
            "audit log request",
            goodAuditLogRequests(),
            StatementParsersFuzzTest::isAuditLogRequest),
        new Parser("leaf", goodLeaves(), StatementParsersFuzzTest::isLeaf),
        new Parser("revocation", goodRevocations(), StatementParsersFuzzTest::isRevocation),
        new Parser("group", goodGroups(), StatementParsersFuzzTest::isGroup),
        new Parser("spelling", goodSpellings(), StatementParsersFuzzTest::isSpelled));
  }

  @Test
  void changedInputsAreRefusedOrWrittenBack() throws Exception {
    for (Parser parser : parsers()) {
      ChangedInputs changed = new ChangedInputs(7);
      List<byte[]> good = parser.good.toList();
      int accepted = 0;
      for (int i = 0; i < CHANGED_INPUTS; i++) {
        byte[] one = Objects.requireNonNull(good.get(i % good.size()));
        accepted += parser.accepts.test(changed.of(one)) ? 1 : 0;
      }
      for (byte[] one : good) {
        assertThat(parser.accepts.test(one)).as(parser.name).isTrue();
      }
      assertThat(accepted).as(parser.name).isBetween(1, CHANGED_INPUTS - 1);
    }
  }
}
