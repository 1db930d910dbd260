package dev.counterfoil.format.keylog;

import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.format.keylog.KeyLogEvent.KeyWithdrawn;
import dev.counterfoil.format.keylog.KeyLogEvent.WithdrawalReason;
import dev.counterfoil.format.note.SignedStatement;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;

/** Of {@link KeyLogCases} the statements of the disclosure process's keys. */
final class KeyLogDisclosureCases {
  static final String ORIGIN = "login.example/disclosure";
  private static final Instant NOW = Samples.NOW;
  private static final Instant END = NOW.plus(Duration.ofDays(365));

  private final Samples samples;
  private final Samples.Signer notices = new Samples.Signer("notices");
  private final List<KeyLogCases.Case> cases = new ArrayList<>();

  KeyLogDisclosureCases(Samples samples) {
    this.samples = samples;
  }

  List<KeyLogCases.Case> make() throws GeneralSecurityException, FormatException {
    keys();
    windows();
    logs();
    forms();
    return cases;
  }

  static DisclosureKeyStated stated(Samples.Signer key, String origin, Instant end) {
    return new DisclosureKeyStated(
        key.key(), new Samples.Signer("log of " + origin).noteKey(origin), end);
  }

  private DisclosureKeyStated stated() {
    return stated(notices, ORIGIN, END);
  }

  private void add(String name, String comment, String expect, byte[]... last)
      throws GeneralSecurityException {
    List<byte[]> entries = new ArrayList<>(samples.keyLog());
    entries.addAll(List.of(last));
    cases.add(new KeyLogCases.Case("disclosure-key" + name, comment, expect, entries));
  }

  private void keys() throws GeneralSecurityException {
    add("", "the key that signs notices", KeyLogCases.TAKEN, samples.signed(stated(), 4));
    byte[] first = samples.signed(stated(), 4);
    add(
        "-again",
        "the same keys for longer",
        KeyLogCases.TAKEN,
        first,
        samples.signed(stated(notices, ORIGIN, END.plusSeconds(60)), 5));
    Samples.Signer next = new Samples.Signer("next");
    add(
        "-next",
        "another key beside the first, with the same log",
        KeyLogCases.TAKEN,
        first,
        samples.signed(stated(next, ORIGIN, END), 5));
    byte[] withdrawn =
        KeyLogEntry.of(
            new KeyWithdrawn(notices.key().thumbprint(), WithdrawalReason.COMPROMISED), NOW);
    add("-withdrawn", "taken back after its statement", KeyLogCases.TAKEN, first, withdrawn);
    add(
        "-after-its-withdrawal",
        "stated again after somebody took it back",
        "key was withdrawn",
        withdrawn,
        samples.signed(stated(), 5));
    add(
        "-es256",
        "a key of another algorithm",
        "disclosure key is not an Ed25519 key",
        samples.signed(new DisclosureKeyStated(samples.statement().jwk(), stated().log(), END), 4));
    add(
        "-by-another-signer",
        "stated by another key than the delegated one",
        "statement is signed by another key",
        KeyLogEntry.of(
            stated(), NOW, KeyLog.origin(Samples.ISSUER), 4, new Samples.Signer("stranger")));
    add(
        "-unsigned",
        "the statement without a signature",
        "what gives trust is signed by the statement key",
        stated()
            .write(JsonObject.builder().put("v", 1).put("at", NOW.getEpochSecond()))
            .build()
            .canonicalBytes());
  }

  private void windows() throws GeneralSecurityException {
    String refused = "disclosure key ends before its entry, or over 400 days after it";
    Instant last = NOW.plus(DisclosureKeyStated.LIFE_MAX);
    add(
        "-for-400-days",
        "the longest time",
        KeyLogCases.TAKEN,
        samples.signed(stated(notices, ORIGIN, last), 4));
    add(
        "-for-a-second-more",
        "a second longer",
        refused,
        samples.signed(stated(notices, ORIGIN, last.plusSeconds(1)), 4));
    add(
        "-that-ends-with-its-entry",
        "a key that may sign at no time",
        refused,
        samples.signed(stated(notices, ORIGIN, NOW), 4));
  }

  private void logs() throws GeneralSecurityException {
    add(
        "-with-another-log-key",
        "a disclosure log that is stated already, under another key",
        "a disclosure log keeps its key",
        samples.signed(stated(), 4),
        samples.signed(
            new DisclosureKeyStated(
                notices.key(), new Samples.Signer("stranger").noteKey(ORIGIN), END),
            5));
    add(
        "-with-another-log",
        "the same key with a log of another origin",
        KeyLogCases.TAKEN,
        samples.signed(stated(), 4),
        samples.signed(stated(notices, ORIGIN + "-2", END), 5));
    add(
        "-named-as-token-log",
        "a log whose origin is that of a log of tokens",
        "disclosure log is named as a log of tokens or keys",
        samples.signed(stated(notices, "login.example/enterprise/logs/s1g2", END), 4));
  }

  private void forms() throws GeneralSecurityException {
    JsonObject jwk = notices.key().toJson();
    add(
        "-of-small-order",
        "a key under which anybody signs",
        "JWK's key is not one: anybody can sign under it, since it is a point of small order or no encoding of one",
        with("jwk", jwk.with("x", "A".repeat(43))));
    add(
        "-with-its-private-half",
        "a member of the JWK that nobody may know",
        "JWK holds a private key",
        with("jwk", jwk.with("d", "A".repeat(43))));
    add(
        "-further-member",
        "a member that nobody knows",
        "unknown member in a format that has none",
        with("origin", ORIGIN));
  }

  private byte[] with(String name, Object value) throws GeneralSecurityException {
    JsonObject.Builder json =
        stated()
            .write(JsonObject.builder().put("v", 1).put("at", NOW.getEpochSecond()))
            .put("key_log", KeyLog.origin(Samples.ISSUER))
            .put("index", 4);
    return SignedStatement.sign(KeyLogEntry.TYPE, json.build().with(name, value), samples.registrar)
        .getBytes(StandardCharsets.US_ASCII);
  }
}
