package dev.counterfoil.format.keylog;

import dev.counterfoil.format.bytes.AllowList;
import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.format.bytes.KeyLogAlgorithmCases;
import dev.counterfoil.format.bytes.StrictJson;
import dev.counterfoil.format.keys.KeyStatement;
import dev.counterfoil.format.keys.RecordForm;
import dev.counterfoil.format.note.NoteKey;
import dev.counterfoil.format.policy.TrustPolicy;
import dev.counterfoil.format.root.Delegation;
import dev.counterfoil.format.root.DelegationWindows;
import dev.counterfoil.format.root.JointStatement;
import dev.counterfoil.format.root.RootMetadata;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** Key logs whose last entry may stand there, or may not for one reason. */
public final class KeyLogCases {
  /** What is expected of a last entry that may stand there. */
  public static final String TAKEN = "taken";

  /**
   * A log.
   *
   * @param expect {@link #TAKEN}, or why the last entry is refused
   * @param pinned what the reader's policy pins beside what all pin
   */
  public record Case(
      String name, String comment, String expect, List<byte[]> entries, List<NoteKey> pinned) {
    public Case(String name, String comment, String expect, List<byte[]> entries) {
      this(name, comment, expect, entries, List.of());
    }

    /** The samples' policy, with what is pinned here. */
    TrustPolicy policy(Samples samples) {
      TrustPolicy policy = samples.policy();
      List<NoteKey> logs = new ArrayList<>(policy.logs());
      logs.addAll(pinned);
      return new TrustPolicy(policy.domain(), policy.issuer(), policy.root(), logs);
    }
  }

  private static final Instant NOW = Samples.NOW;
  private static final Instant UNTIL = NOW.plusSeconds(900);

  final Samples samples = new Samples();
  private final List<Case> cases = new ArrayList<>();

  static KeyLogCases make() throws GeneralSecurityException, FormatException {
    KeyLogCases made = new KeyLogCases();
    made.roots();
    made.delegations();
    made.statements();
    made.recordForms();
    made.logs();
    made.takes();
    made.encodings();
    made.cases.addAll(new KeyLogAlgorithmCases(made.samples).make());
    made.cases.addAll(new KeyLogAuditCases(made.samples).make());
    made.cases.addAll(new KeyLogDisclosureCases(made.samples).make());
    made.cases.addAll(new KeyLogRevocationCases(made.samples).make());
    made.cases.addAll(new KeyLogAttachedCases(made.samples).make());
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

  private void roots() throws GeneralSecurityException {
    RootMetadata first = samples.root();
    Instant from = NOW;
    Instant until = NOW.plus(Duration.ofDays(730));
    List<NoteKey> three = first.keys();
    Samples.Signer dora = new Samples.Signer("dora");
    List<NoteKey> others = List.of(three.get(1), three.get(2), dora.noteKey("dora"));
    RootMetadata second = first.next(others, 2, from, until);
    Samples.Signer anna = samples.holders.get(0);
    Samples.Signer ben = samples.holders.get(1);
    Samples.Signer carla = samples.holders.get(2);
    byte[] one = KeyLogEntry.of(samples.sign(first.unsigned()));
    cases.add(new Case("root", "the first version", TAKEN, List.of(one)));
    cases.add(
        new Case(
            "root-below-threshold",
            "the first version, signed by one of the two that it takes",
            "too few keys of the root signed it",
            List.of(KeyLogEntry.of(first.unsigned().signedBy(anna)))));
    JsonObject twice = first.unsigned().signedBy(anna).toJson();
    JsonObject signature = signatures(twice).get(0);
    cases.add(
        new Case(
            "root-one-key-twice",
            "the first version, signed twice by one key",
            "signatures are out of order, or one key signs twice",
            List.of(withSignatures(twice, List.of(signature, signature)))));
    cases.add(
        new Case(
            "root-not-pinned",
            "a first version that is good in itself, and not the policy's",
            "root is another one than the policy pins",
            List.of(
                KeyLogEntry.of(
                    samples.sign(
                        RootMetadata.first(three, 2, first.issued(), until.minusSeconds(1))
                            .unsigned())))));
    cases.add(
        new Case(
            "root-second-first",
            "a log that begins with the second version",
            "root's version is not the next one",
            List.of(KeyLogEntry.of(second.unsigned().signedBy(ben).signedBy(carla)))));
    add(
        "root-rotated",
        "signed by two keys of the old root that are keys of the new one, too",
        TAKEN,
        KeyLogEntry.of(second.unsigned().signedBy(ben).signedBy(carla)));
    RootMetadata all = first.next(List.of(dora.noteKey("dora")), 1, from, until);
    add(
        "root-rotated-to-others",
        "all holders are replaced: signed by two old ones and by the new one",
        TAKEN,
        KeyLogEntry.of(all.unsigned().signedBy(anna).signedBy(ben).signedBy(dora)));
    add(
        "root-rotated-by-old-only",
        "the new holder did not sign",
        "too few keys of the root signed it",
        KeyLogEntry.of(all.unsigned().signedBy(anna).signedBy(ben)));
    add(
        "root-rotated-by-new-only",
        "no old holder signed",
        "too few keys of the root before signed the new one",
        KeyLogEntry.of(all.unsigned().signedBy(dora)));
    add(
        "root-rotated-below-old-threshold",
        "one old holder signed, and the new one",
        "too few keys of the root before signed the new one",
        KeyLogEntry.of(all.unsigned().signedBy(anna).signedBy(dora)));
    add(
        "root-rotated-by-stranger",
        "enough signed, and somebody else",
        "a signature is of a key that has no say",
        KeyLogEntry.of(
            second.unsigned().signedBy(ben).signedBy(carla).signedBy(samples.registrar)));
    add(
        "root-version-left-out",
        "version 3 after version 1",
        "root's version is not the next one",
        KeyLogEntry.of(
            samples.sign(
                new RootMetadata(3, three, 2, from, until, Optional.of(second.hash()))
                    .unsigned())));
    add(
        "root-version-again",
        "the first version once more",
        "root's version is not the next one",
        one);
    add(
        "root-previous-other",
        "version 2 of another version 1",
        "root names another version before it",
        KeyLogEntry.of(
            samples.sign(
                new RootMetadata(2, three, 2, from, until, Optional.of(second.hash()))
                    .unsigned())));
    add(
        "root-rotated-after-expiry",
        "made after its predecessor has expired",
        TAKEN,
        KeyLogEntry.of(
            samples.sign(
                first
                    .next(three, 2, until.plusSeconds(1), until.plus(Duration.ofDays(1)))
                    .unsigned())));
    byte[] rotated = KeyLogEntry.of(all.unsigned().signedBy(anna).signedBy(ben).signedBy(dora));
    add(
        "delegation-by-root-before",
        "signed by holders who were replaced",
        "a signature is of a key that has no say",
        rotated,
        delegated(later(2, 0, 30)));
    add(
        "delegation-by-new-root",
        "signed by the holder who replaced them",
        TAKEN,
        rotated,
        KeyLogEntry.of(later(2, 0, 30).unsigned().signedBy(dora)));
  }

  private static List<JsonObject> signatures(JsonObject jws) {
    try {
      return jws.objects("signatures");
    } catch (FormatException e) {
      throw new IllegalStateException(e);
    }
  }

  private static byte[] withSignatures(JsonObject jws, List<JsonObject> signatures) {
    return JsonObject.builder()
        .put("payload", String.valueOf(jws.get("payload")))
        .put("signatures", signatures)
        .build()
        .canonicalBytes();
  }

  /** A delegation that is issued now and begins some days later. */
  private Delegation later(long version, int fromDay, int days) {
    return samples.delegation(
        version, samples.bounds(), NOW, NOW.plus(Duration.ofDays(fromDay)), days);
  }

  private byte[] delegated(Delegation delegation) throws GeneralSecurityException {
    return KeyLogEntry.of(samples.sign(delegation.unsigned()));
  }

  private void delegations() throws GeneralSecurityException {
    Delegation.Bounds narrow =
        new Delegation.Bounds(
            AllowList.of("acme"),
            samples.bounds().audiences(),
            samples.bounds().tokenTypes(),
            samples.bounds().lifeMax());
    add(
        "delegation",
        "a narrower delegation follows",
        TAKEN,
        delegated(samples.delegation(2, narrow, NOW, NOW, 30)));
    add(
        "delegation-again",
        "the one that stands is recorded again",
        "delegation's version is not above those before",
        delegated(samples.delegation()));
    add(
        "delegation-lower-version",
        "one of a lower version than one that was recorded, with a later window",
        "delegation's version is not above those before",
        delegated(later(7, 0, 30)),
        delegated(later(6, 1, 30)));
    add(
        "delegation-version-far-above",
        "its version uses the numbers up",
        "delegation's version is more than 1000 above those before",
        delegated(later(1_002, 0, 30)));
    add(
        "delegation-window-31-days",
        "its window is a day too long",
        "delegation: a delegation's window is at most 30 days",
        windowOf31Days());
    add(
        "delegation-below-threshold",
        "signed by one of the two that it takes",
        "too few keys of the root signed it",
        KeyLogEntry.of(later(2, 0, 30).unsigned().signedBy(samples.holders.get(1))));
    add(
        "delegation-unsigned",
        "nobody signed",
        "nobody signed the statement",
        KeyLogEntry.of(later(2, 0, 30).unsigned()));
    add(
        "delegation-other-root",
        "signed by other keys than the root's",
        "a signature is of a key that has no say",
        KeyLogEntry.of(
            later(2, 0, 30).unsigned().signedBy(samples.registrar).signedBy(samples.logKey)));
    add(
        "delegation-after-expiry",
        "its window begins when the root expires",
        "delegation's window begins after its root has expired",
        KeyLogEntry.of(
            samples.sign(
                samples
                    .delegation(
                        2,
                        samples.bounds(),
                        NOW.plus(Duration.ofDays(700)),
                        samples.root().expires(),
                        30)
                    .unsigned())));
    Delegation other = later(2, 0, 30);
    add(
        "delegation-other-domain",
        "for another domain",
        "delegation is for another domain or issuer",
        delegated(
            new Delegation(
                other.version(),
                "consumer",
                other.issuer(),
                other.statementKey(),
                other.bounds(),
                other.issued(),
                other.notBefore(),
                other.notAfter())));
    List<byte[]> ahead = new ArrayList<>();
    for (int window = 0; window < DelegationWindows.WINDOWS_MAX; window++) {
      ahead.add(delegated(later(2L + window, 29 * window, 30)));
    }
    add("delegation-13-windows", "a year in one ceremony", TAKEN, ahead.toArray(new byte[0][]));
    ahead.add(delegated(later(15, 29 * 13, 30)));
    add(
        "delegation-14-windows",
        "one more",
        "more than 13 windows are recorded ahead",
        ahead.toArray(new byte[0][]));
    add(
        "delegation-far-ahead",
        "a window that begins in 391 days",
        "delegation: a delegation's window begins within 390 days",
        farAhead());
    Samples.Signer next = new Samples.Signer("next registrar");
    byte[] toNext = delegated(to(next, later(2, 0, 30)));
    String origin = KeyLog.origin(Samples.ISSUER);
    KeyLogEvent.Gives event = new KeyLogEvent.LogStated(samples.log("s1g2"));
    add(
        "event-by-next-statement-key",
        "signed by the statement key that the next delegation names",
        TAKEN,
        toNext,
        KeyLogEntry.of(event, NOW, origin, 5, next));
    add(
        "event-by-statement-key-before",
        "signed by the statement key that was replaced",
        "statement is signed by another key",
        toNext,
        KeyLogEntry.of(event, NOW, origin, 5, samples.registrar));
    add(
        "event-by-statement-key-before-dated-back",
        "and dated into the time when it was not",
        "no delegation stands at the entry",
        toNext,
        KeyLogEntry.of(event, NOW.minusSeconds(60), origin, 5, samples.registrar));
    byte[] aheadToNext = delegated(to(next, later(2, 10, 20)));
    add(
        "event-before-next-window",
        "the next statement key waits for its window",
        TAKEN,
        aheadToNext,
        KeyLogEntry.of(event, NOW.plus(Duration.ofDays(9)), origin, 5, samples.registrar));
    byte[] used =
        KeyLogEntry.of(
            new KeyLogEvent.LogStated(samples.log("s1g3")),
            NOW.plus(Duration.ofDays(10)),
            origin,
            5,
            next);
    add(
        "event-after-next-window-dated-back",
        "once the next one has signed, no time brings the one before back",
        "no delegation stands at the entry",
        aheadToNext,
        used,
        KeyLogEntry.of(event, NOW.plus(Duration.ofDays(9)), origin, 6, samples.registrar));
    byte[] log = samples.signed(new KeyLogEvent.LogStated(samples.log()), 1);
    cases.add(
        new Case(
            "delegation-missing",
            "an event before any delegation",
            "no delegation stands at the entry",
            List.of(samples.keyLog().get(0), log)));
    cases.add(
        new Case(
            "delegation-before-root",
            "a delegation before any root",
            "no root stands before the entry",
            List.of(samples.keyLog().get(1))));
    String good = new String(delegated(later(2, 0, 30)), StandardCharsets.UTF_8);
    add(
        "delegation-white-space",
        "a space more around what is signed",
        "entry is not in its one encoding",
        bytes(good.replaceFirst(":", ": ")));
    byte[] damaged = bytes(good);
    int at = good.length() - 20;
    damaged[at] = (byte) (damaged[at] == 'A' ? 'B' : 'A');
    add("delegation-damaged", "one character of a signature", "a signature is not good", damaged);
    add(
        "delegation-of-another-type",
        "what the root signed as something else",
        "statement is of another type",
        KeyLogEntry.of(
            samples.sign(
                JointStatement.unsigned("counterfoil-greeting+json", later(2, 0, 30).toJson()))));
  }

  private static Delegation to(Samples.Signer statementKey, Delegation like) {
    return new Delegation(
        like.version(),
        like.domain(),
        like.issuer(),
        statementKey.key(),
        like.bounds(),
        like.issued(),
        like.notBefore(),
        like.notAfter());
  }

  /** What {@link Delegation} itself refuses to be. */
  private byte[] windowOf31Days() throws GeneralSecurityException {
    return changed("\"not_after\":([0-9]+)", NOW.plus(Duration.ofDays(31)));
  }

  private byte[] farAhead() throws GeneralSecurityException {
    return changed("\"issued\":([0-9]+)", NOW.minus(Duration.ofDays(391)));
  }

  private byte[] changed(String member, Instant to) throws GeneralSecurityException {
    String json = later(2, 0, 30).toJson().canonical();
    java.util.regex.Matcher found = java.util.regex.Pattern.compile(member).matcher(json);
    if (!found.find()) {
      throw new IllegalStateException(member);
    }
    String other =
        json.substring(0, found.start(1)) + to.getEpochSecond() + json.substring(found.end(1));
    try {
      return KeyLogEntry.of(
          samples.sign(
              JointStatement.unsigned(Delegation.TYPE, StrictJson.object(bytes(other), 10_000))));
    } catch (FormatException e) {
      throw new IllegalStateException(e);
    }
  }

  private KeyStatement key(AllowList tenants, String log) {
    return samples.statement().toBuilder()
        .jwk(Samples.es256("key of " + tenants.toJson() + " in " + log))
        .tenants(tenants)
        .record(new RecordForm.Position(log))
        .build();
  }

  private KeyStatement recorded(RecordForm record) {
    return samples.statement().toBuilder()
        .jwk(Samples.es256("key recorded by " + record))
        .record(record)
        .build();
  }

  private void recordForms() throws GeneralSecurityException {
    Instant year = NOW.plus(KeyLogState.UNRECORDED_MAX);
    Delegation.Bounds like = samples.bounds();
    byte[] allowsNone =
        delegated(
            samples.delegation(
                2,
                new Delegation.Bounds(
                    like.tenants(),
                    like.audiences(),
                    like.tokenTypes(),
                    Set.of("position", "digest", "none"),
                    like.lifeMax()),
                NOW,
                NOW,
                30));
    add(
        "key-record-digest",
        "a key whose tokens are found by their digests",
        TAKEN,
        samples.signed(new KeyLogEvent.KeyStated(recorded(new RecordForm.Digest("s1g1"))), 4));
    add(
        "key-record-digest-log-not-stated",
        "the same, in a log that is not stated",
        "key's log is not stated, or has ended",
        samples.signed(new KeyLogEvent.KeyStated(recorded(new RecordForm.Digest("s1g9"))), 4));
    add(
        "key-record-none",
        "a key whose tokens nobody records, for a year",
        TAKEN,
        allowsNone,
        samples.signed(new KeyLogEvent.KeyStated(recorded(new RecordForm.None(year))), 5));
    add(
        "key-record-none-not-delegated",
        "the same under a delegation that does not name this form",
        "key's tokens are recorded otherwise than the delegation allows",
        samples.signed(new KeyLogEvent.KeyStated(recorded(new RecordForm.None(year))), 4));
    add(
        "key-record-none-too-long",
        "the same for a second more",
        "a key whose tokens nobody records is stated for too long",
        allowsNone,
        samples.signed(
            new KeyLogEvent.KeyStated(recorded(new RecordForm.None(year.plusSeconds(1)))), 5));
  }

  private void statements() throws GeneralSecurityException {
    KeyLogEvent.Gives second = new KeyLogEvent.KeyStated(key(AllowList.of("acme"), "s1g1"));
    String origin = KeyLog.origin(Samples.ISSUER);
    add("key", "a second key", TAKEN, samples.signed(second, 4));
    add(
        "key-twice",
        "a key that is stated already",
        "key is stated already",
        samples.signed(new KeyLogEvent.KeyStated(samples.statement()), 4));
    add(
        "key-beyond-delegation",
        "a tenant that was not delegated",
        "key serves tenants beyond the delegation",
        samples.signed(new KeyLogEvent.KeyStated(key(AllowList.of("other"), "s1g1")), 4));
    add(
        "key-log-not-stated",
        "its log is stated nowhere",
        "key's log is not stated, or has ended",
        samples.signed(new KeyLogEvent.KeyStated(key(AllowList.of("acme"), "s1g9")), 4));
    add(
        "key-log-ended",
        "its log has ended",
        "key's log is not stated, or has ended",
        KeyLogEntry.of(
            new KeyLogEvent.LogEnded("s1g1", 9, Optional.empty(), KeyLogEvent.EndReason.REPLACED),
            NOW),
        samples.signed(second, 5));
    KeyStatement withdrawn = key(AllowList.of("acme"), "s1g1");
    add(
        "key-withdrawn-before",
        "it was withdrawn before it was stated",
        "key was withdrawn",
        KeyLogEntry.of(
            new KeyLogEvent.KeyWithdrawn(withdrawn.kid(), KeyLogEvent.WithdrawalReason.COMPROMISED),
            NOW),
        samples.signed(new KeyLogEvent.KeyStated(withdrawn), 5));
    KeyStatement later = key(AllowList.of("acme"), "s1g1");
    Instant hence = NOW.plus(Duration.ofMinutes(10));
    add(
        "key-ahead",
        "a successor as long ahead as its predecessor promises",
        TAKEN,
        samples.signed(
            new KeyLogEvent.KeyStated(
                later.toBuilder().active(hence, hence.plus(Duration.ofHours(1))).build()),
            4));
    Instant sooner = hence.minusSeconds(1);
    byte[] tooSoon =
        samples.signed(
            new KeyLogEvent.KeyStated(
                later.toBuilder().active(sooner, sooner.plus(Duration.ofHours(1))).build()),
            5,
            NOW.plus(Succession.BEGINNING));
    add(
        "key-too-soon",
        "a successor that would sign before it is known everywhere",
        "key would sign sooner than the 600 seconds ahead that its predecessors promise",
        samples.signed(new KeyLogEvent.LogStated(samples.log("s1g2")), 4),
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
            4));
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
            4));
    add(
        "rotation-paused",
        "an operator lets a signer's keys not change for a while",
        TAKEN,
        samples.signed(new KeyLogEvent.RotationPaused("s1g1", hence, "operator"), 4));
    add(
        "event-other-signer",
        "signed by another key than the delegated one",
        "statement is signed by another key",
        KeyLogEntry.of(second, NOW, origin, 4, new Samples.Signer("stranger")));
    add(
        "event-elsewhere",
        "signed for the next index",
        "entry was signed for another place",
        samples.signed(second, 5));
    add(
        "event-other-log",
        "signed for another key log",
        "entry was signed for another place",
        KeyLogEntry.of(second, NOW, "login.example/consumer/logs/keys", 4, samples.registrar));
    add(
        "event-after-window",
        "dated after the delegation's window",
        "no delegation stands at the entry",
        KeyLogEntry.of(second, NOW.plus(Duration.ofDays(29)), origin, 4, samples.registrar));
    add(
        "event-before-window",
        "dated before the delegation's window",
        "no delegation stands at the entry",
        KeyLogEntry.of(
            second, NOW.minus(Duration.ofDays(1)).minusSeconds(1), origin, 4, samples.registrar));
    byte[] damaged = samples.signed(second, 4);
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
        samples.signed(new KeyLogEvent.LogStated(samples.log("s1g2")), 4));
    add(
        "log-twice",
        "a log that is stated already, under another key",
        "a log is stated once, and keeps its key",
        samples.signed(
            new KeyLogEvent.LogStated(
                new KeySet.StatedLog(
                    "s1g1",
                    samples.holders.get(0).noteKey("login.example/enterprise/logs/s1g1"),
                    samples.log().url())),
            4));
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
            4));
    add(
        "log-named-keys",
        "a token log by the key log's name",
        "member name is no name of a token log",
        samples.signed(new KeyLogEvent.LogStated(samples.log("keys")), 4));
    add(
        "log-moved",
        "read at a mirror from now on",
        TAKEN,
        samples.signed(
            new KeyLogEvent.LogMoved("s1g1", URI.create("https://custodian.example/logs/ab")), 4));
    add(
        "log-moved-unknown",
        "a log that is not stated",
        "a log that moves is stated before",
        samples.signed(
            new KeyLogEvent.LogMoved("s1g9", URI.create("https://custodian.example/logs/ab")), 4));
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
