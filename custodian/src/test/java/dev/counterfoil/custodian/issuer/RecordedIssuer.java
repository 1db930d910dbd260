package dev.counterfoil.custodian.issuer;

import dev.counterfoil.custodian.held.RecordItem;
import dev.counterfoil.format.bytes.AllowList;
import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.Hash;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.format.keylog.KeyCeiling;
import dev.counterfoil.format.keylog.KeySet.StatedLog;
import dev.counterfoil.format.keys.KeyStatement;
import dev.counterfoil.format.keys.TokenId;
import dev.counterfoil.format.token.CompactToken;
import dev.counterfoil.format.tree.Leaf;
import dev.counterfoil.format.word.Sighting;
import dev.counterfoil.log.record.Counterfoil;
import dev.counterfoil.verifier.TestIssuer;
import dev.counterfoil.verifier.TestKeys;
import dev.counterfoil.verifier.TokenDraft;
import dev.counterfoil.verifier.reading.ReadSide;
import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** An issuer in memory that keeps counterfoils and gives them out, honestly or not. */
public final class RecordedIssuer implements IssuerSource {
  public static final String LOG = "s1g1";

  /** Stands where a signature would: a sighting tells none. */
  private static final String UNSIGNED = "A".repeat(86);

  public final TestIssuer issuer;
  public final TestKeys.Es256 key = new TestKeys.Es256();
  private final InstantSource clock;
  private final Map<String, List<byte[]>> records = new HashMap<>();
  private final Map<String, ByteArrayOutputStream> entries = new HashMap<>();
  public boolean down;
  public boolean withholding;

  /** Logs of which no counterfoil is given: their signer is away. */
  public final Set<String> withheld = new HashSet<>();

  /** Whether what stands beside a token is what a signer writes there. */
  public boolean withContexts;

  /** Whether the stream has heads, as a signer's has. */
  public boolean withHeads;

  /** The checkpoint that is published in place of the last, which the stream has. */
  public byte @Nullable [] published;

  public RecordedIssuer(String domain, String url, InstantSource clock) {
    this.clock = clock;
    issuer = new TestIssuer(domain, url, clock);
    issuer.state(statement(key, LOG));
    issuer.publish();
  }

  /** A statement that allows the monitor as an audience, and the installation's own tenant. */
  public KeyStatement statement(TestKeys.Es256 of, String log) {
    return issuer.statement(of, log).toBuilder()
        .audiences(AllowList.all())
        .tenants(AllowList.of("acme", KeyCeiling.OWN_TENANT, "globex"))
        .build();
  }

  public long size(String log) {
    return records.getOrDefault(log, List.of()).size();
  }

  /** A token for the next position, not recorded. */
  public TokenDraft draft() {
    return draft(key, LOG, size(LOG));
  }

  public TokenDraft draft(TestKeys.Es256 by, String log, long position) {
    Instant now = clock.instant();
    String context = context(log, position);
    return issuer
        .draft(by.kid(), log)
        .times(now, now.plus(Duration.ofMinutes(10)))
        .claim(
            "jti",
            new TokenId(
                    log,
                    position,
                    TokenId.commitment(
                        new byte[TokenId.SALT_BYTES], context.getBytes(StandardCharsets.UTF_8)))
                .toString());
  }

  /** Records a token and signs it. */
  public String issue(TokenDraft draft) {
    return issue(draft, key, LOG);
  }

  public String issue() {
    return issue(draft());
  }

  public String issue(TokenDraft draft, TestKeys.Es256 by, String log) {
    record(log, draft.signingInput(), draft.signingInput());
    return issuer.issue(draft, by, log);
  }

  /** Records a token without signing it, which takes most of the time: enough for its sighting. */
  public String keep(TokenDraft draft) {
    String input = draft.signingInput();
    record(LOG, input, input);
    issuer.record(draft, LOG);
    return input + "." + UNSIGNED;
  }

  /** Forgets counterfoils below a position, which a custodian holds by now. */
  public synchronized void forgetGiven(long from, long below) {
    Collections.fill(records.getOrDefault(LOG, List.of()).subList((int) from, (int) below), null);
  }

  /** Logs one signing input and keeps another as its counterfoil. */
  public void issueAndKeepAnother(TokenDraft logged, TokenDraft kept) {
    record(LOG, logged.signingInput(), kept.signingInput());
    issuer.issue(logged, key, LOG);
  }

  /** Keeps a counterfoil, with its entry in the tiles, of which the log's tree knows nothing. */
  public void recordOnly(TokenDraft draft) {
    record(LOG, draft.signingInput(), draft.signingInput());
  }

  private synchronized void record(String log, String logged, String kept) {
    List<byte[]> of = records.computeIfAbsent(log, l -> new ArrayList<>());
    long position = of.size();
    of.add(recordOf(position, kept, context(log, position)));
    entries
        .computeIfAbsent(log, l -> new ByteArrayOutputStream())
        .writeBytes(Leaf.of(logged.getBytes(StandardCharsets.US_ASCII)).entry());
    notifyAll();
  }

  /** The circumstances of issuing: any text, or as a signer writes them. */
  private String context(String log, long position) {
    if (!withContexts) {
      return log + position;
    }
    return JsonObject.builder()
        .put("address", "203.0.113.7")
        .put(
            "ground",
            JsonObject.builder()
                .put("kind", "private_key_jwt")
                .put("reference", log + "-" + position)
                .build())
        .build()
        .toString();
  }

  public static byte[] recordOf(long position, String signingInput, String context) {
    return new Counterfoil(
            position,
            1_700_000_000_000L + position,
            signingInput.getBytes(StandardCharsets.US_ASCII),
            new byte[TokenId.SALT_BYTES],
            context.getBytes(StandardCharsets.UTF_8))
        .encode();
  }

  /** A token that the thief signs with the key, at a position of his choice. */
  public String forge(TokenDraft draft) {
    return draft.signed(key);
  }

  /** Where its key log is read. */
  public ReadSide keyLog() {
    return (uri, bytesMax) -> {
      if (down) {
        throw new IOException("down");
      }
      return issuer.get(uri, bytesMax);
    };
  }

  /** When its signer went away; null while it is there. */
  public @Nullable Instant goneSince;

  /** Whether its authority says nothing of its signer. */
  public boolean silent;

  /** When the authority began to remember what it hands out. */
  public Instant remembersSince = Instant.EPOCH;

  /** What the authority remembers. */
  public final Set<Hash> released = new HashSet<>();

  @Override
  public SignerWord word(StatedLog log, Hash digest) throws IssuerUnavailableException {
    if (down || silent) {
      throw new IssuerUnavailableException("down");
    }
    Instant gone = goneSince;
    return new SignerWord(
        gone == null,
        gone == null ? Instant.EPOCH : gone,
        remembersSince,
        released.contains(digest));
  }

  @Override
  public byte[] checkpoint(StatedLog log) throws IssuerUnavailableException {
    return published == null ? signed(log) : published;
  }

  private byte[] signed(StatedLog log) throws IssuerUnavailableException {
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
  public RecordStream records(StatedLog log, long from) throws IssuerUnavailableException {
    if (down || withholding || withheld.contains(log.name())) {
      throw new IssuerUnavailableException("status 503");
    }
    return new Given(log, from);
  }

  /**
   * Writes a stream of records as an authority does: on while the log grows.
   *
   * @param out where to; failing ends the stream
   */
  public void stream(String log, long from, OutputStream out) throws IOException {
    DataOutputStream stream = new DataOutputStream(out);
    long next = from;
    while (true) {
      List<byte[]> more = awaitMore(log, next);
      for (byte[] record : more) {
        stream.writeInt(record.length);
        stream.write(record);
      }
      if (more.isEmpty()) {
        stream.writeInt(RecordItem.PAUSE << 24);
      }
      stream.flush();
      next += more.size();
    }
  }

  private synchronized List<byte[]> awaitMore(String log, long from) {
    long end = System.nanoTime() + Duration.ofMillis(500).toNanos();
    try {
      for (long left = 500; size(log) <= from && left > 0; ) {
        wait(left);
        left = Duration.ofNanos(end - System.nanoTime()).toMillis();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
    List<byte[]> of = records.getOrDefault(log, List.of());
    return List.copyOf(of.subList((int) from, of.size()));
  }

  /** Gives what there is in pieces, then says that there is no more. */
  private final class Given implements RecordStream {
    private static final int PIECE = 100;

    private final StatedLog log;
    private long next;

    Given(StatedLog log, long from) {
      this.log = log;
      this.next = from;
    }

    @Override
    public List<RecordItem> next() throws IssuerUnavailableException {
      List<byte[]> of = records.getOrDefault(log.name(), List.of());
      if (next >= of.size()) {
        return List.of(new RecordItem.Pause());
      }
      long end = Math.min(of.size(), next + PIECE);
      List<RecordItem> items = new ArrayList<>();
      of.subList((int) next, (int) end).forEach(r -> items.add(new RecordItem.Payload(r)));
      next = end;
      if (withHeads && end == of.size()) {
        items.add(new RecordItem.Head(signed(log)));
      }
      return items;
    }

    @Override
    public void close() {}
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

  @Override
  public byte[] proof(StatedLog log, long position) throws IssuerUnavailableException {
    return read("/logs/" + log.name() + "/proof/" + position);
  }

  /** Has the entry of a position in what is served be another's; the log signed no such tree. */
  public void serveAnother(String log, long position, TokenDraft draft) {
    byte[] all = entries.getOrDefault(log, new ByteArrayOutputStream()).toByteArray();
    byte[] other = Leaf.of(draft.signingInput().getBytes(StandardCharsets.US_ASCII)).entry();
    System.arraycopy(other, 0, all, (int) position * Leaf.ENTRY_BYTES, other.length);
    ByteArrayOutputStream changed = new ByteArrayOutputStream();
    changed.writeBytes(all);
    entries.put(log, changed);
  }

  // ---- Sightings

  public Sighting accepted(String token) {
    return sighting(token, Sighting.ACCEPTED, Sighting.Grade.DIGEST, false);
  }

  /** As the verifier reports a token that its key has signed and its signer never would. */
  public Sighting refusedWithEvidence(String token, String code) {
    return sighting(token, code, Sighting.Grade.DIGEST, true);
  }

  public Sighting refused(String token, String code) {
    return sighting(token, code, Sighting.Grade.DIGEST, false);
  }

  /** As a mail server's events tell it: claims and no digest. */
  public Sighting acceptedClaims(String token) {
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
          new Sighting.Token(
              grade == Sighting.Grade.DIGEST ? token.digest() : null,
              Sighting.fitting(token.kid()),
              Sighting.fitting(claims.optionalString("iss").orElse(null)),
              Sighting.fitting(claims.optionalString("tenant").orElse(null)),
              Sighting.fitting(claims.optionalString("sub").orElse(null)),
              Sighting.fitting(claims.optionalString("client_id").orElse(null)),
              Sighting.fitting(claims.optionalString("jti").orElse(null)),
              claims.optionalNumber("iat").orElse(null),
              claims.optionalNumber("exp").orElse(null)),
          new Sighting.Use("mail", "inbox", "read", "192.0.2.1"),
          1,
          withEvidence ? text : null,
          false);
    } catch (FormatException e) {
      throw new IllegalArgumentException(e);
    }
  }
}
