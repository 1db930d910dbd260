package dev.counterfoil.format.keylog;

import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.Hash;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.format.keylog.AuditLogEnded.Reason;
import dev.counterfoil.format.note.Checkpoint;
import dev.counterfoil.format.note.NoteKey;
import dev.counterfoil.format.note.NoteSigner;
import dev.counterfoil.format.note.SignedNote;
import dev.counterfoil.format.note.SignedStatement;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Of {@link KeyLogCases} the audit log's statement, its successors and its end. */
final class KeyLogAuditCases {
  static final String FIRST = "counterfoil-monitor/audit";
  static final String SECOND = "counterfoil-monitor/audit-2";
  static final String THIRD = "counterfoil-monitor/audit-3";

  private final Samples samples;
  private final List<KeyLogCases.Case> cases = new ArrayList<>();

  KeyLogAuditCases(Samples samples) {
    this.samples = samples;
  }

  List<KeyLogCases.Case> make() throws GeneralSecurityException, FormatException {
    consents();
    spellings();
    successors();
    ends();
    return cases;
  }

  /** An audit log's key in memory, which signs under its origin. */
  static NoteSigner auditKey(String origin) {
    return auditKey(origin, "audit key of " + origin);
  }

  private static NoteSigner auditKey(String origin, String seed) {
    Samples.Signer signer = new Samples.Signer(seed);
    return new NoteSigner() {
      @Override
      public NoteKey key() {
        return signer.noteKey(origin);
      }

      @Override
      public byte[] sign(byte[] text) throws GeneralSecurityException {
        return signer.sign(text);
      }
    };
  }

  /** An audit log's statement with its consent. */
  static AuditLogStated stated(NoteSigner key, String follows) throws GeneralSecurityException {
    return new AuditLogStated(
        key.key(),
        consent(key, KeyLog.origin(Samples.ISSUER)),
        follows.isEmpty() ? Optional.empty() : Optional.of(follows));
  }

  private static AuditLogStated stated(String origin, String follows)
      throws GeneralSecurityException {
    return stated(auditKey(origin), follows);
  }

  private static String consent(NoteSigner key, String keyLog) throws GeneralSecurityException {
    AuditLogConsent consent =
        new AuditLogConsent(new Checkpoint(key.key().name(), 12, Hash.sha256()), keyLog);
    return new String(consent.sign(key).bytes(), StandardCharsets.UTF_8);
  }

  private void add(String name, String comment, String expect, byte[]... last)
      throws GeneralSecurityException {
    List<byte[]> entries = new ArrayList<>(samples.keyLog());
    entries.addAll(List.of(last));
    cases.add(new KeyLogCases.Case(name, comment, expect, entries));
  }

  private static byte[] ended(String origin, long size, Reason reason) {
    return KeyLogEntry.of(new AuditLogEnded(origin, size, reason), Samples.NOW);
  }

  private byte[] withConsent(String consent) throws GeneralSecurityException {
    return samples.signed(new AuditLogStated(auditKey(FIRST).key(), consent, Optional.empty()), 4);
  }

  private void consents() throws GeneralSecurityException {
    NoteSigner key = auditKey(FIRST);
    String keyLog = KeyLog.origin(Samples.ISSUER);
    String good = consent(key, keyLog);
    add(
        "audit-log",
        "the log that keeps the domain's events",
        KeyLogCases.TAKEN,
        withConsent(good));
    List<byte[]> entries = new ArrayList<>(samples.keyLog());
    entries.add(withConsent(good));
    cases.add(
        new KeyLogCases.Case(
            "audit-log-pinned-otherwise",
            "the policy pins another key for it: nothing of it counts for that reader, who takes the key log as all do",
            KeyLogCases.TAKEN,
            entries,
            List.of(auditKey(FIRST, "stranger").key())));
    add(
        "audit-log-of-another-domain",
        "its key said so for another domain's key log",
        "audit log's consent is not for this key log",
        withConsent(consent(key, "login.example/consumer/logs/keys")));
    add(
        "audit-log-consent-by-another-key",
        "somebody else said so in its name",
        "audit log's consent is not signed by its key",
        withConsent(consent(auditKey(FIRST, "stranger"), keyLog)));
    add(
        "audit-log-consent-of-another-log",
        "another audit log said so of itself",
        "audit log's consent is of another log",
        withConsent(consent(auditKey(SECOND), keyLog)));
    String checkpoint =
        new String(
            new Checkpoint(FIRST, 12, Hash.sha256()).sign(key).bytes(), StandardCharsets.UTF_8);
    add(
        "audit-log-checkpoint-alone",
        "a checkpoint of it, which it signs for everybody",
        "audit log's consent is not for this key log",
        withConsent(checkpoint));
    String line = good.substring(good.indexOf("\n\n") + 2);
    add(
        "audit-log-consent-signed-twice",
        "the same signature twice",
        "audit log's consent is not signed by its key",
        withConsent(good + line));
    add(
        "audit-log-consent-too-long",
        "a consent that carries more than it needs",
        "audit log's consent is longer than 2048 bytes",
        withConsent(good + line.repeat(20)));
    add(
        "audit-log-named-as-token-log",
        "its origin is that of a log of tokens",
        "audit log is named as a log of tokens or keys",
        samples.signed(stated("login.example/enterprise/logs/s1g2", ""), 4));
    add(
        "audit-log-by-another-signer",
        "stated by another key than the delegated one",
        "statement is signed by another key",
        KeyLogEntry.of(stated(key, ""), Samples.NOW, keyLog, 4, new Samples.Signer("stranger")));
    add(
        "audit-log-unsigned",
        "the statement without a signature",
        "what gives trust is signed by the statement key",
        stated(key, "")
            .write(JsonObject.builder().put("v", 1).put("at", Samples.NOW.getEpochSecond()))
            .build()
            .canonicalBytes());
  }

  /** Each has one: readers in different languages take the same bytes. */
  private void spellings() throws GeneralSecurityException {
    NoteSigner key = auditKey(FIRST);
    String good = consent(key, KeyLog.origin(Samples.ISSUER));
    add(
        "audit-log-version",
        "an event of another version",
        "version is not supported",
        SignedStatement.sign(
                KeyLogEntry.TYPE,
                stated(key, "")
                    .write(JsonObject.builder().put("v", 2).put("at", Samples.NOW.getEpochSecond()))
                    .put("key_log", KeyLog.origin(Samples.ISSUER))
                    .put("index", 4)
                    .build(),
                samples.registrar)
            .getBytes(StandardCharsets.US_ASCII));
    String root = Hash.sha256().base64();
    String text = good.substring(0, good.indexOf("\n\n") + 1);
    SignedNote other = SignedNote.sign(text.replace(root, otherSpelling(root)), key);
    add(
        "audit-log-consent-root-spelled-otherwise",
        "bits of the root's last character that mean nothing",
        "hash is not in canonical base64",
        withConsent(new String(other.bytes(), StandardCharsets.UTF_8)));
    SignedNote cut = SignedNote.sign(text.replace(root, root.substring(0, 40)), key);
    add(
        "audit-log-consent-root-short",
        "a root that is no hash",
        "hash does not have 32 bytes",
        withConsent(new String(cut.bytes(), StandardCharsets.UTF_8)));
    String signature = good.substring(good.lastIndexOf(' ') + 1, good.length() - 1);
    add(
        "audit-log-consent-signature-spelled-otherwise",
        "bits of the signature's last character that mean nothing",
        "signature line is malformed",
        withConsent(good.replace(signature, otherSpelling(signature))));
    add(
        "audit-log-consent-further-word",
        "a word behind the signature",
        "signature is not base64",
        withConsent(good.replace(signature, signature + " more")));
    String end = new String(ended(FIRST, 7, Reason.LOST), StandardCharsets.UTF_8);
    for (String size : List.of("-1", "1000000000000000")) {
      add(
          "audit-log-ended-at-" + (size.startsWith("-") ? "minus-1" : "no-position"),
          "a size that no log has",
          "member size is out of range",
          end.replace("\"size\":7", "\"size\":" + size).getBytes(StandardCharsets.UTF_8));
    }
    add(
        "audit-log-ended-origin-too-long",
        "an origin of 256 characters",
        "member origin is no origin of a log",
        end.replace(FIRST, "a".repeat(256)).getBytes(StandardCharsets.UTF_8));
  }

  /** The same bytes: the last character before the one padding character has two bits too many. */
  private static String otherSpelling(String base64) {
    int last = base64.length() - 2;
    return base64.substring(0, last) + (char) (base64.charAt(last) + 1) + "=";
  }

  private void successors() throws GeneralSecurityException {
    byte[] first = samples.signed(stated(FIRST, ""), 4);
    add(
        "audit-log-other-key",
        "an audit log that is stated already, under another key",
        "an audit log is stated once, and keeps its key",
        first,
        samples.signed(stated(auditKey(FIRST, "stranger"), FIRST), 5));
    add(
        "audit-log-second",
        "a second one beside it",
        "another audit log stands, and this one does not say that it follows it",
        first,
        samples.signed(stated(SECOND, ""), 5));
    add(
        "audit-log-successor",
        "its successor, announced",
        KeyLogCases.TAKEN,
        first,
        samples.signed(stated(SECOND, FIRST), 5));
    add(
        "audit-log-successor-of-none",
        "a successor of one that was never stated",
        "audit log follows one that was never stated",
        samples.signed(stated(SECOND, FIRST), 4));
    add(
        "audit-log-successor-of-another",
        "a successor of another than the one that stands",
        "another audit log stands, and this one does not say that it follows it",
        first,
        samples.signed(stated(SECOND, THIRD), 5));
    add(
        "audit-log-second-successor",
        "a second successor",
        "a successor of the audit log is announced already",
        first,
        samples.signed(stated(SECOND, FIRST), 5),
        samples.signed(stated(THIRD, FIRST), 6));
    add(
        "audit-log-after-end",
        "a successor of one that has ended",
        KeyLogCases.TAKEN,
        first,
        ended(FIRST, 90, Reason.LOST),
        samples.signed(stated(SECOND, FIRST), 6));
  }

  private void ends() throws GeneralSecurityException {
    byte[] first = samples.signed(stated(FIRST, ""), 4);
    add(
        "audit-log-ended",
        "its monitor was replaced",
        KeyLogCases.TAKEN,
        first,
        ended(FIRST, 90, Reason.REPLACED));
    add(
        "audit-log-withdrawn",
        "its key may be in other hands",
        KeyLogCases.TAKEN,
        first,
        ended(FIRST, 0, Reason.WITHDRAWN));
    add(
        "audit-log-ended-unknown",
        "what takes trust away is not refused for a log that is not known",
        KeyLogCases.TAKEN,
        ended(SECOND, 90, Reason.REPLACED));
    add(
        "audit-log-ended-before",
        "it ended before it was stated",
        "an audit log is stated once, and keeps its key",
        ended(FIRST, 90, Reason.REPLACED),
        samples.signed(stated(FIRST, ""), 5));
    String good = new String(ended(FIRST, 0, Reason.WITHDRAWN), StandardCharsets.UTF_8);
    add(
        "audit-log-withdrawn-from-a-size",
        "a withdrawal that would leave something",
        "of an audit log that is withdrawn nothing counts: size 0",
        good.replace("\"size\":0", "\"size\":1").getBytes(StandardCharsets.UTF_8));
    add(
        "audit-log-ended-otherwise",
        "a reason that nobody knows",
        "an audit log's end has another reason",
        good.replace("\"withdrawn\"", "\"tired\"").getBytes(StandardCharsets.UTF_8));
    add(
        "audit-log-ended-no-origin",
        "an origin with a space",
        "member origin is no origin of a log",
        good.replace(FIRST, "the audit log").getBytes(StandardCharsets.UTF_8));
  }
}
