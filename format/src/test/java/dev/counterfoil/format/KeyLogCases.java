package dev.counterfoil.format;

import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.UnaryOperator;

/** Key logs whose last entry may stand there, or may not for one reason. */
final class KeyLogCases {
  /** What is expected of a last entry that may stand there. */
  static final String TAKEN = "taken";

  /**
   * A log.
   *
   * @param expect {@link #TAKEN}, or why the last entry is refused
   */
  record Case(String name, String comment, String expect, List<byte[]> entries) {}

  private static final Instant NOW = Samples.NOW;
  private static final Instant UNTIL = NOW.plusSeconds(900);

  final Samples samples = new Samples();
  private final List<Case> cases = new ArrayList<>();

  static KeyLogCases make() throws GeneralSecurityException, FormatException {
    KeyLogCases made = new KeyLogCases();
    made.delegations();
    made.statements();
    made.recordForms();
    made.logs();
    made.takes();
    made.encodings();
    made.cases.addAll(new KeyLogAlgorithmCases(made.samples).make());
    return made;
  }

  List<Case> all() {
    return List.copyOf(cases);
  }

  private void add(String name, String comment, String expect, byte[]... last)
      throws GeneralSecurityException {
    List<byte[]> entries = new ArrayList<>(samples.keyLog());
    entries.addAll(List.of(last));
    cases.add(new Case(name, comment, expect, entries));
  }

  private byte[] delegated(UnaryOperator<Delegation> change, StatementSigner by)
      throws GeneralSecurityException {
    return KeyLogEntry.ofDelegation(change.apply(samples.delegation()).sign(by));
  }

  private static Delegation with(
      Delegation d, String domain, AllowList tenants, Instant from, Instant until) {
    return new Delegation(
        domain,
        d.issuer(),
        d.statementKey(),
        tenants,
        d.audiences(),
        d.tokenTypes(),
        d.lifeMax(),
        from,
        until);
  }

  private void delegations() throws GeneralSecurityException {
    add(
        "delegation",
        "a narrower delegation follows",
        TAKEN,
        delegated(
            d -> with(d, d.domain(), AllowList.of("acme"), d.notBefore(), d.notAfter()),
            samples.root));
    add(
        "delegation-older",
        "one that was followed by another is put back",
        "delegation is older than the one that stands",
        delegated(
            d ->
                with(
                    d,
                    d.domain(),
                    d.tenants(),
                    d.notBefore().minusSeconds(1),
                    d.notAfter().minusSeconds(1)),
            samples.root));
    add(
        "delegation-other-root",
        "signed by another key than the root",
        "statement is signed by another key",
        delegated(d -> d, samples.registrar));
    add(
        "delegation-other-domain",
        "for another domain",
        "delegation is for another domain or issuer",
        delegated(
            d -> with(d, "consumer", d.tenants(), d.notBefore(), d.notAfter()), samples.root));
    byte[] first = samples.signed(new KeyLogEvent.LogStated(samples.log()), 0);
    cases.add(
        new Case(
            "delegation-missing",
            "an event before any delegation",
            "no delegation stands before the entry",
            List.of(first)));
  }

  private KeyStatement key(AllowList tenants, String log) {
    return samples.statement().toBuilder()
        .jwk(Samples.es256())
        .tenants(tenants)
        .record(new RecordForm.Position(log))
        .build();
  }

  private KeyStatement recorded(RecordForm record) {
    return samples.statement().toBuilder().jwk(Samples.es256()).record(record).build();
  }

  private void recordForms() throws GeneralSecurityException {
    Instant year = NOW.plus(KeyLogState.UNRECORDED_MAX);
    add(
        "key-record-digest",
        "a key whose tokens are found by their digests",
        TAKEN,
        samples.signed(new KeyLogEvent.KeyStated(recorded(new RecordForm.Digest("s1g1"))), 3));
    add(
        "key-record-digest-log-not-stated",
        "the same, in a log that is not stated",
        "key's log is not stated, or has ended",
        samples.signed(new KeyLogEvent.KeyStated(recorded(new RecordForm.Digest("s1g9"))), 3));
    add(
        "key-record-none",
        "a key whose tokens nobody records, for a year",
        TAKEN,
        samples.signed(new KeyLogEvent.KeyStated(recorded(new RecordForm.None(year))), 3));
    add(
        "key-record-none-too-long",
        "the same for a second more",
        "a key whose tokens nobody records is stated for too long",
        samples.signed(
            new KeyLogEvent.KeyStated(recorded(new RecordForm.None(year.plusSeconds(1)))), 3));
  }

  private void statements() throws GeneralSecurityException {
    KeyLogEvent.Gives second = new KeyLogEvent.KeyStated(key(AllowList.of("acme"), "s1g1"));
    String origin = KeyLog.origin(Samples.ISSUER);
    add("key", "a second key", TAKEN, samples.signed(second, 3));
    add(
        "key-twice",
        "a key that is stated already",
        "key is stated already",
        samples.signed(new KeyLogEvent.KeyStated(samples.statement()), 3));
    add(
        "key-beyond-delegation",
        "a tenant that was not delegated",
        "key serves tenants beyond the delegation",
        samples.signed(new KeyLogEvent.KeyStated(key(AllowList.of("other"), "s1g1")), 3));
    add(
        "key-log-not-stated",
        "its log is stated nowhere",
        "key's log is not stated, or has ended",
        samples.signed(new KeyLogEvent.KeyStated(key(AllowList.of("acme"), "s1g9")), 3));
    add(
        "key-log-ended",
        "its log has ended",
        "key's log is not stated, or has ended",
        KeyLogEntry.of(
            new KeyLogEvent.LogEnded("s1g1", 9, Optional.empty(), KeyLogEvent.EndReason.REPLACED),
            NOW),
        samples.signed(second, 4));
    KeyStatement withdrawn = key(AllowList.of("acme"), "s1g1");
    add(
        "key-withdrawn-before",
        "it was withdrawn before it was stated",
        "key was withdrawn",
        KeyLogEntry.of(
            new KeyLogEvent.KeyWithdrawn(withdrawn.kid(), KeyLogEvent.WithdrawalReason.COMPROMISED),
            NOW),
        samples.signed(new KeyLogEvent.KeyStated(withdrawn), 4));
    KeyStatement later = key(AllowList.of("acme"), "s1g1");
    Instant hence = NOW.plus(Duration.ofMinutes(10));
    add(
        "key-ahead",
        "a successor as long ahead as its predecessor promises",
        TAKEN,
        samples.signed(
            new KeyLogEvent.KeyStated(
                later.toBuilder().active(hence, hence.plus(Duration.ofHours(1))).build()),
            3));
    Instant sooner = hence.minusSeconds(1);
    byte[] tooSoon =
        samples.signed(
            new KeyLogEvent.KeyStated(
                later.toBuilder().active(sooner, sooner.plus(Duration.ofHours(1))).build()),
            4,
            NOW.plus(Succession.BEGINNING));
    add(
        "key-too-soon",
        "a successor that would sign before it is known everywhere",
        "key would sign sooner than the 600 seconds ahead that its predecessors promise",
        samples.signed(new KeyLogEvent.LogStated(samples.log("s1g2")), 3),
        tooSoon);
    add(
        "key-replacement",
        "the same at once, since its predecessor was tainted",
        TAKEN,
        KeyLogEntry.of(
            new KeyLogEvent.KeyTainted(samples.statement().kid(), NOW.plusSeconds(5)), NOW),
        tooSoon);
    Instant start = NOW.plus(Duration.ofHours(1));
    add(
        "key-past-ceiling",
        "it would sign for a second more than a tenant's own key may",
        "key would sign for 7776001 seconds, and its ceiling is 90 days",
        samples.signed(
            new KeyLogEvent.KeyStated(
                later.toBuilder()
                    .active(start, start.plus(Duration.ofDays(90)).plusSeconds(1))
                    .verifyUntil(start.plus(Duration.ofDays(91)))
                    .build()),
            3));
    add(
        "key-at-ceiling",
        "it would sign for as long as a tenant's own key may",
        TAKEN,
        samples.signed(
            new KeyLogEvent.KeyStated(
                later.toBuilder()
                    .active(start, start.plus(Duration.ofDays(90)))
                    .verifyUntil(start.plus(Duration.ofDays(91)))
                    .build()),
            3));
    add(
        "rotation-paused",
        "an operator lets a signer's keys not change for a while",
        TAKEN,
        samples.signed(new KeyLogEvent.RotationPaused("s1g1", hence, "operator"), 3));
    add(
        "event-other-signer",
        "signed by another key than the delegated one",
        "statement is signed by another key",
        KeyLogEntry.of(second, NOW, origin, 3, new Samples.Signer()));
    add(
        "event-elsewhere",
        "signed for the next index",
        "entry was signed for another place",
        samples.signed(second, 4));
    add(
        "event-other-log",
        "signed for another key log",
        "entry was signed for another place",
        KeyLogEntry.of(second, NOW, "login.example/consumer/logs/keys", 3, samples.registrar));
    add(
        "event-after-window",
        "dated after the delegation's window",
        "delegation's window does not hold at the entry",
        KeyLogEntry.of(second, NOW.plus(Duration.ofDays(29)), origin, 3, samples.registrar));
    add(
        "event-before-window",
        "dated before the delegation's window",
        "delegation's window does not hold at the entry",
        KeyLogEntry.of(
            second, NOW.minus(Duration.ofDays(1)).minusSeconds(1), origin, 3, samples.registrar));
    byte[] damaged = samples.signed(second, 3);
    damaged[damaged.length - 20] = (byte) (damaged[damaged.length - 20] == 'A' ? 'B' : 'A');
    add(
        "event-damaged",
        "one character of the signature",
        "statement's signature is not good",
        damaged);
    String unsigned =
        "{\"at\":%d,\"event\":\"log-moved\",\"name\":\"s1g1\",\"url\":\"https://evil.example\",\"v\":1}"
            .formatted(NOW.getEpochSecond());
    add(
        "gives-unsigned",
        "what gives trust without a signature",
        "what gives trust is signed by the statement key",
        bytes(unsigned));
  }

  private void logs() throws GeneralSecurityException {
    add(
        "log",
        "a second log",
        TAKEN,
        samples.signed(new KeyLogEvent.LogStated(samples.log("s1g2")), 3));
    add(
        "log-twice",
        "a log that is stated already, under another key",
        "a log is stated once, and keeps its key",
        samples.signed(
            new KeyLogEvent.LogStated(
                new KeySet.StatedLog(
                    "s1g1",
                    samples.root.noteKey("login.example/enterprise/logs/s1g1"),
                    samples.log().url())),
            3));
    add(
        "log-of-another",
        "its key is one of another issuer's log",
        "log's key is not of a log of this issuer",
        samples.signed(
            new KeyLogEvent.LogStated(
                new KeySet.StatedLog(
                    "s1g2",
                    samples.logKey.noteKey("login.example/consumer/logs/s1g2"),
                    samples.log().url())),
            3));
    add(
        "log-named-keys",
        "a token log by the key log's name",
        "member name is no name of a token log",
        samples.signed(new KeyLogEvent.LogStated(samples.log("keys")), 3));
    add(
        "log-moved",
        "read at a mirror from now on",
        TAKEN,
        samples.signed(
            new KeyLogEvent.LogMoved("s1g1", URI.create("https://custodian.example/logs/ab")), 3));
    add(
        "log-moved-unknown",
        "a log that is not stated",
        "a log that moves is stated before",
        samples.signed(
            new KeyLogEvent.LogMoved("s1g9", URI.create("https://custodian.example/logs/ab")), 3));
  }

  private void takes() throws GeneralSecurityException {
    String kid = samples.statement().kid();
    add(
        "token-revoked",
        "one token",
        TAKEN,
        KeyLogEntry.of(new KeyLogEvent.TokenRevoked("s1g1", 17, UNTIL), NOW));
    add(
        "token-revoked-unknown-log",
        "what takes trust away is not refused for a log that is not known",
        TAKEN,
        KeyLogEntry.of(new KeyLogEvent.TokenRevoked("s1g9", 17, UNTIL), NOW));
    add(
        "token-revoked-after-window",
        "nor for the end of the delegation",
        TAKEN,
        KeyLogEntry.of(
            new KeyLogEvent.TokenRevoked("s1g1", 17, UNTIL), NOW.plus(Duration.ofDays(40))));
    add(
        "key-revoked",
        "a key from a position on",
        TAKEN,
        KeyLogEntry.of(new KeyLogEvent.KeyRevoked(kid, "s1g1", 100), NOW));
    add(
        "key-withdrawn",
        "a key, whole",
        TAKEN,
        KeyLogEntry.of(
            new KeyLogEvent.KeyWithdrawn(kid, KeyLogEvent.WithdrawalReason.COMPROMISED), NOW));
    add(
        "key-withdrawn-ended",
        "a key whose tokens have all expired",
        TAKEN,
        KeyLogEntry.of(
            new KeyLogEvent.KeyWithdrawn(kid, KeyLogEvent.WithdrawalReason.ENDED),
            NOW.plus(Duration.ofDays(2))));
    add(
        "key-tainted",
        "a key that may be stolen",
        TAKEN,
        KeyLogEntry.of(new KeyLogEvent.KeyTainted(kid, NOW.plusSeconds(5)), NOW));
    add(
        "key-retired",
        "a key that another one took over from",
        TAKEN,
        KeyLogEntry.of(new KeyLogEvent.KeyRetired(kid), NOW));
    add(
        "log-ended",
        "a log, with its successor",
        TAKEN,
        KeyLogEntry.of(
            new KeyLogEvent.LogEnded(
                "s1g1", 1_000, Optional.of("s1g2"), KeyLogEvent.EndReason.ROLLED_BACK),
            NOW));
  }

  private void encodings() throws GeneralSecurityException {
    String good =
        new String(
            KeyLogEntry.of(new KeyLogEvent.TokenRevoked("s1g1", 17, UNTIL), NOW),
            StandardCharsets.UTF_8);
    add(
        "json-white-space",
        "a space more",
        "entry is not in its one encoding",
        bytes(good.replaceFirst(":", ": ")));
    add(
        "json-unsorted",
        "members in another order",
        "entry is not in its one encoding",
        bytes("{\"v\":1," + good.substring(1).replace(",\"v\":1", "")));
    add(
        "json-member-unknown",
        "a member that may be a restriction",
        "unknown member in a format that has none",
        bytes(good.replace("\"until\"", "\"unless\":\"mondays\",\"until\"")));
    add(
        "json-version",
        "version 2",
        "version is not supported",
        bytes(good.replace("\"v\":1", "\"v\":2")));
    add(
        "event-unknown",
        "an event that nobody knows",
        "unknown event",
        bytes(good.replace("token-revoked", "token-blessed")));
    add(
        "position-negative",
        "a position below zero",
        "member position is out of range",
        bytes(good.replace("17", "-1")));
    add(
        "json-fraction",
        "a time with a fraction",
        "member at is not an integer",
        bytes(good.replaceFirst("\"at\":([0-9]+)", "\"at\":$1.5")));
    add("empty", "nothing", "entry is empty or longer than 65535 bytes", bytes(""));
    add("text", "neither JSON nor a JWS", "statement is not a compact JWS", bytes("hello"));
    add(
        "kid-no-thumbprint",
        "a kid of another length",
        "kid is no thumbprint",
        bytes(
            "{\"at\":%d,\"event\":\"key-withdrawn\",\"kid\":\"AAAA\",\"reason\":\"ended\",\"v\":1}"
                .formatted(NOW.getEpochSecond())));
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }
}
