package dev.counterfoil.monitor;

import dev.counterfoil.format.AllowList;
import dev.counterfoil.format.Base64Url;
import dev.counterfoil.format.FormatException;
import dev.counterfoil.format.Hash;
import dev.counterfoil.format.JsonObject;
import dev.counterfoil.format.KeySet.StatedLog;
import dev.counterfoil.format.KeyStatement;
import dev.counterfoil.format.Leaf;
import dev.counterfoil.format.Sighting;
import dev.counterfoil.format.TokenId;
import dev.counterfoil.format.token.CompactToken;
import dev.counterfoil.verifier.TestIssuer;
import dev.counterfoil.verifier.TestKeys;
import dev.counterfoil.verifier.TokenDraft;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** An issuer in memory that keeps counterfoils and gives them out, honestly or not. */
final class RecordedIssuer implements IssuerSource {
  static final String LOG = "s1g1";

  final TestIssuer issuer;
  final TestKeys.Es256 key = new TestKeys.Es256();
  private final InstantSource clock;
  private final Map<String, List<byte[]>> lines = new HashMap<>();
  private final Map<String, ByteArrayOutputStream> entries = new HashMap<>();
  boolean down;
  boolean withholding;

  RecordedIssuer(String domain, String url, InstantSource clock) {
    this.clock = clock;
    issuer = new TestIssuer(domain, url, clock);
    issuer.state(statement(key, LOG));
    issuer.publish();
  }

  /** A statement that allows the monitor as an audience. */
  KeyStatement statement(TestKeys.Es256 of, String log) {
    KeyStatement usual = issuer.statement(of, log);
    return new KeyStatement(
        usual.jwk(),
        usual.domain(),
        usual.issuer(),
        usual.tenants(),
        usual.tokenTypes(),
        AllowList.all(),
        usual.lifeMax(),
        usual.activeFrom(),
        usual.activeUntil(),
        usual.verifyUntil(),
        usual.log(),
        usual.custody());
  }

  long size(String log) {
    return lines.getOrDefault(log, List.of()).size();
  }

  /** A token for the next position, not recorded. */
  TokenDraft draft() {
    return draft(key, LOG, size(LOG));
  }

  TokenDraft draft(TestKeys.Es256 by, String log, long position) {
    Instant now = clock.instant();
    String context = log + position;
    return issuer
        .draft(by.kid(), log)
        .times(now, now.plus(Duration.ofMinutes(10)))
        .claim(
            "jti",
            new TokenId(log, position, Hash.sha256(context.getBytes(StandardCharsets.UTF_8)))
                .toString());
  }

  /** Records a token and signs it. */
  String issue(TokenDraft draft) {
    return issue(draft, key, LOG);
  }

  String issue() {
    return issue(draft());
  }

  String issue(TokenDraft draft, TestKeys.Es256 by, String log) {
    record(log, draft.signingInput(), draft.signingInput());
    return issuer.issue(draft, by, log);
  }

  /** Logs one signing input and keeps another as its counterfoil. */
  void issueAndKeepAnother(TokenDraft logged, TokenDraft kept) {
    record(LOG, logged.signingInput(), kept.signingInput());
    issuer.issue(logged, key, LOG);
  }

  /** Keeps a counterfoil, with its entry in the tiles, of which the log's tree knows nothing. */
  void recordOnly(TokenDraft draft) {
    record(LOG, draft.signingInput(), draft.signingInput());
  }

  private void record(String log, String logged, String kept) {
    List<byte[]> of = lines.computeIfAbsent(log, l -> new ArrayList<>());
    long position = of.size();
    of.add(line(position, kept, log + position));
    entries
        .computeIfAbsent(log, l -> new ByteArrayOutputStream())
        .writeBytes(Leaf.of(logged.getBytes(StandardCharsets.US_ASCII)).entry());
  }

  static byte[] line(long position, String signingInput, String context) {
    return JsonObject.builder()
        .put("position", position)
        .put("signing_input", signingInput)
        .put("salt", Base64Url.encode(new byte[0]))
        .put("context", context)
        .build()
        .toString()
        .getBytes(StandardCharsets.UTF_8);
  }

  /** A token that the thief signs with the key, at a position of his choice. */
  String forge(TokenDraft draft) {
    return draft.signed(key);
  }

  @Override
  public String keySet() throws IssuerUnavailableException {
    return new String(read("/counterfoil/keys"), StandardCharsets.US_ASCII);
  }

  @Override
  public byte[] checkpoint(StatedLog log) throws IssuerUnavailableException {
    return read("/logs/" + log.name() + "/checkpoint");
  }

  private byte[] read(String path) throws IssuerUnavailableException {
    if (down) {
      throw new IssuerUnavailableException("down");
    }
    try {
      return issuer.get(URI.create(issuer.issuer() + path), 1 << 20);
    } catch (IOException e) {
      throw new IssuerUnavailableException("unreadable", e);
    }
  }

  @Override
  public List<byte[]> counterfoils(StatedLog log, long from, int max)
      throws IssuerUnavailableException {
    return counterfoils(log.name(), from, max);
  }

  List<byte[]> counterfoils(String log, long from, int max) throws IssuerUnavailableException {
    if (down || withholding) {
      throw new IssuerUnavailableException("status 503");
    }
    List<byte[]> of = lines.getOrDefault(log, List.of());
    return List.copyOf(of.subList((int) from, (int) Math.min(of.size(), from + max)));
  }

  @Override
  public byte[] entries(StatedLog log, long bundle, long size) throws IssuerUnavailableException {
    if (down) {
      throw new IssuerUnavailableException("down");
    }
    byte[] all = entries.getOrDefault(log.name(), new ByteArrayOutputStream()).toByteArray();
    int start = (int) bundle * 256 * Leaf.ENTRY_BYTES;
    int end = Math.min(all.length, start + 256 * Leaf.ENTRY_BYTES);
    return Arrays.copyOfRange(all, start, end);
  }

  // ---- Sightings

  Sighting accepted(String token) {
    return sighting(token, Sighting.ACCEPTED, Sighting.Grade.DIGEST, false);
  }

  /** As the verifier reports a token that its key has signed and its signer never would. */
  Sighting refusedWithEvidence(String token, String code) {
    return sighting(token, code, Sighting.Grade.DIGEST, true);
  }

  Sighting refused(String token, String code) {
    return sighting(token, code, Sighting.Grade.DIGEST, false);
  }

  /** As a mail server's events tell it: claims and no digest. */
  Sighting acceptedClaims(String token) {
    return sighting(token, Sighting.ACCEPTED, Sighting.Grade.CLAIMS, false);
  }

  private Sighting sighting(
      String text, String outcome, Sighting.Grade grade, boolean withEvidence) {
    try {
      CompactToken token = CompactToken.parse(text);
      JsonObject claims = token.claims();
      return new Sighting(
          clock.instant(),
          outcome,
          grade,
          grade == Sighting.Grade.DIGEST ? token.digest() : null,
          token.kid(),
          claims.optionalString("iss").orElse(null),
          claims.optionalString("tenant").orElse(null),
          claims.optionalString("sub").orElse(null),
          claims.optionalString("client_id").orElse(null),
          claims.optionalString("jti").orElse(null),
          claims.optionalNumber("iat").orElse(null),
          claims.optionalNumber("exp").orElse(null),
          "mail",
          "inbox",
          "read",
          "192.0.2.1",
          1,
          withEvidence ? text : null);
    } catch (FormatException e) {
      throw new IllegalArgumentException(e);
    }
  }
}
