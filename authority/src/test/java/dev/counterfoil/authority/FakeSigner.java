package dev.counterfoil.authority;

import dev.counterfoil.configuration.UnixUsers;
import dev.counterfoil.format.bytes.Base64Url;
import dev.counterfoil.format.bytes.Hash;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.format.keys.GroupHandle;
import dev.counterfoil.format.keys.PublicJwk;
import dev.counterfoil.format.keys.TokenId;
import dev.counterfoil.format.note.NoteSigner;
import dev.counterfoil.log.Log;
import dev.counterfoil.log.Refusal;
import dev.counterfoil.log.Submission;
import dev.counterfoil.log.disk.FileDisk;
import dev.counterfoil.log.journal.JournalOptions;
import dev.counterfoil.log.record.Counterfoil;
import dev.counterfoil.signerprotocol.Answer;
import dev.counterfoil.signerprotocol.Commands;
import dev.counterfoil.signerprotocol.IssueRequest;
import dev.counterfoil.signerprotocol.RecordDigests;
import dev.counterfoil.signerprotocol.Request;
import dev.counterfoil.signerprotocol.SignerServer;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.Signature;
import java.security.interfaces.ECPublicKey;
import java.security.spec.ECGenParameterSpec;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** A signer in memory: composes, keeps the counterfoils, signs. Dies, refuses and falls silent. */
public final class FakeSigner implements AutoCloseable {
  public static final String LOG = "s1g1";
  private static final BigInteger P256_ORDER =
      new BigInteger("ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551", 16);

  private final Path socket;
  private final String issuer;
  private final InstantSource clock;
  private KeyPair key;
  private final NoteSigner logKey;
  private final Log log;
  public final FakeRecordLog records;
  private final List<byte[]> counterfoils = new ArrayList<>();
  private final List<IssueRequest> requests = new ArrayList<>();
  private volatile Answer.@Nullable Code refusal;
  private volatile Duration refusesAfter = Duration.ZERO;
  private final AtomicInteger asked = new AtomicInteger();
  private volatile @Nullable String reason;

  /** From when its first key signs. */
  volatile @Nullable String signsFrom;

  private volatile List<JsonObject> recordLogs = List.of();
  private volatile String refusalText = "not in this test";
  private volatile boolean silent;
  private volatile boolean hidesStatus;
  private @Nullable SignerServer server;

  public FakeSigner(Path folder, String issuer, NoteSigner logKey, InstantSource clock)
      throws Exception {
    this.socket = folder.resolve("s.sock");
    this.log =
        Log.open(
            FileDisk.privateFolder(folder.resolve("journal")),
            FileDisk.publicFolder(folder.resolve("log").resolve(LOG)),
            new JournalOptions(256 << 10, 0),
            logKey,
            clock,
            new Random(1));
    this.records = new FakeRecordLog(folder, issuer, clock);
    this.issuer = issuer;
    this.logKey = logKey;
    this.clock = clock;
    KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
    generator.initialize(new ECGenParameterSpec("secp256r1"));
    this.key = generator.generateKeyPair();
  }

  /** Signs with another's key, which its domain has stated. */
  void signAs(FakeSigner other) {
    key = other.key;
  }

  public void start() throws IOException {
    server = SignerServer.listen(socket, UnixUsers.self(), this::handle);
  }

  /** Dies; {@link #start} brings it back. */
  public void stop() throws IOException {
    SignerServer running = server;
    if (running != null) {
      running.close();
    }
  }

  public PublicJwk publicKey() {
    return PublicJwk.es256((ECPublicKey) key.getPublic());
  }

  /** Refuses every request from now on; null to go on. */
  public void refuse(Answer.@Nullable Code code) {
    refuseAfter(code, Duration.ZERO);
  }

  /** The same, after a while in which it waits for something. */
  public void refuseAfter(Answer.@Nullable Code code, Duration wait) {
    refusesAfter = wait;
    refusal = code;
  }

  /** Whether it says nothing of itself when it is asked for its status. */
  void hideStatus(boolean hide) {
    hidesStatus = hide;
  }

  /** Says in its status why it issues nothing; null when it does. */
  void giveReason(@Nullable String why) {
    reason = why;
  }

  /**
   * Says of itself whatever a thief likes.
   *
   * @param text in all places where a text can stand
   * @param cosigner whom it says that its record logs wait for, and whose cosignatures it refuses
   */
  void sayEverywhere(String text, int logs, String cosigner) {
    List<JsonObject> ofDigests = new ArrayList<>();
    for (int i = 0; i < logs; i++) {
      ofDigests.add(
          JsonObject.builder()
              .put("name", "d" + i + "g1")
              .put("vkey", logKey.key().toString())
              .put("scrub", scrub(i % 2 == 0, text))
              .put("cosigning", JsonObject.builder().put("waiting_for", List.of(cosigner)).build())
              .build());
    }
    refusalText = text;
    reason = text;
    recordLogs = List.copyOf(ofDigests);
  }

  private static JsonObject scrub(boolean repaired, String text) {
    return JsonObject.builder()
        .put("repaired_places", 1)
        .put(
            "difference",
            JsonObject.builder().put("repaired", repaired).put("description", text).build())
        .build();
  }

  /** Answers nothing from now on. */
  public void fallSilent() {
    silent = true;
  }

  /** How many questions came, answered or not. */
  public int asked() {
    return asked.get();
  }

  /** What it was asked to issue and did. */
  public synchronized List<IssueRequest> requests() {
    return List.copyOf(requests);
  }

  private void handle(Request request, SignerServer.Peer peer, SignerServer.Responder responder) {
    asked.incrementAndGet();
    if (silent) {
      return;
    }
    Answer.Code code = refusal;
    if (code != null) {
      Answer refused = new Answer.Refused(code, "as the test wants it");
      if (refusesAfter.isZero()) {
        responder.answer(refused);
      } else {
        CompletableFuture.delayedExecutor(refusesAfter.toMillis(), TimeUnit.MILLISECONDS)
            .execute(() -> responder.answer(refused));
      }
      return;
    }
    if (request instanceof Request.ReadRecords read && read.waitMillis() > 0) {
      Thread.ofVirtual().start(() -> responder.answer(readLater(read)));
      return;
    }
    responder.answer(
        switch (request) {
          case IssueRequest issue -> issue(issue);
          case Request.ReadRecords read -> read(read);
          case RecordDigests record -> records.record(record);
          case Request.Command command ->
              switch (command.name()) {
                case Commands.RECORD_LOG -> records.logOf(command);
                case Commands.STATUS ->
                    hidesStatus ? new Answer.Refused(Answer.Code.BUSY, "not now") : status();
                default -> new Answer.Refused(Answer.Code.NOT_ALLOWED, refusalText);
              };
        });
  }

  private Answer status() {
    return new Answer.Done(
        JsonObject.builder()
            .put(
                "log",
                JsonObject.builder().put("name", LOG).put("vkey", logKey.key().toString()).build())
            .put("cosigning", JsonObject.builder().put("waiting_for", List.of()).build())
            .put("reason", reason)
            .put("signs_from", signsFrom)
            .put("record_logs", recordLogs)
            .build());
  }

  private synchronized Answer readLater(Request.ReadRecords read) {
    try {
      long end = System.nanoTime() + Duration.ofMillis(read.waitMillis()).toNanos();
      for (long left = read.waitMillis(); read.from() >= counterfoils.size() && left > 0; ) {
        wait(left);
        left = Duration.ofNanos(end - System.nanoTime()).toMillis();
      }
      return read(read);
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  private synchronized Answer read(Request.ReadRecords read) {
    int from = (int) Math.min(read.from(), counterfoils.size());
    int to = Math.min(from + read.countMax(), counterfoils.size());
    ByteArrayOutputStream packed = new ByteArrayOutputStream();
    for (byte[] payload : counterfoils.subList(from, to)) {
      packed.writeBytes(ByteBuffer.allocate(4).putInt(payload.length).array());
      packed.writeBytes(payload);
    }
    byte[] head =
        to > from && to == counterfoils.size()
            ? log.checkpointer().last().orElseThrow().bytes()
            : new byte[0];
    return new Answer.Records(to - from, packed.toByteArray(), head);
  }

  private synchronized Answer issue(IssueRequest request) {
    requests.add(request);
    long position = counterfoils.size();
    return new Answer.Issued(issue(request.clientId(), id -> compose(request, id)), position);
  }

  private String issue(String clientId, Function<TokenId, String> compose) {
    long position = counterfoils.size();
    byte[] salt = new byte[TokenId.SALT_BYTES];
    salt[0] = (byte) position;
    String context = "{\"client\":\"" + clientId + "\"}";
    Hash commitment = TokenId.commitment(salt, context.getBytes(StandardCharsets.UTF_8));
    String input = compose.apply(new TokenId(LOG, position, commitment));
    record(position, input, salt, context);
    counterfoils.add(
        new Counterfoil(
                position,
                clock.millis(),
                input.getBytes(StandardCharsets.US_ASCII),
                salt,
                context.getBytes(StandardCharsets.UTF_8))
            .encode());
    notifyAll();
    return sign(input);
  }

  /** An honest token that says what another says, and was issued and expires at other times. */
  public synchronized String issueAlike(String token, Instant issuedAt, Instant expiresAt)
      throws Exception {
    JsonObject claims = RunningDomain.claims(token);
    return issue(claims.string("client_id"), id -> alike(token, claims, id, issuedAt, expiresAt));
  }

  /** A token that says what another says, with a good signature, at that one's position. */
  public String forgeAlike(String token) throws Exception {
    JsonObject claims = RunningDomain.claims(token);
    return sign(
        alike(
            token,
            claims,
            TokenId.parse(claims.string("jti")),
            Instant.ofEpochSecond(claims.number("iat") - 1),
            Instant.ofEpochSecond(claims.number("exp"))));
  }

  private static String alike(
      String token, JsonObject claims, TokenId id, Instant issuedAt, Instant expiresAt) {
    JsonObject changed =
        claims
            .with("iat", issuedAt.getEpochSecond(), "exp", expiresAt.getEpochSecond())
            .with("jti", id.toString());
    return token.substring(0, token.indexOf('.') + 1) + encode(changed);
  }

  private void record(long position, String input, byte[] salt, String context) {
    log.sequence(
        List.of(
            new Submission() {
              @Override
              public Optional<Counterfoil> compose(long given, long timeMillis) {
                return Optional.of(
                    new Counterfoil(
                        position,
                        timeMillis,
                        input.getBytes(StandardCharsets.US_ASCII),
                        salt,
                        context.getBytes(StandardCharsets.UTF_8)));
              }

              @Override
              public void recorded(long given) {}

              @Override
              public void refused(Refusal refusal) {
                throw new IllegalStateException(refusal.toString());
              }

              @Override
              public void failed(Throwable cause) {
                throw new IllegalStateException(cause);
              }
            }));
    try {
      log.checkpoint();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** A token with a good signature that was never recorded, at the position of another. */
  public String forge(String subject, String audience, long position) {
    return forge("at+jwt", subject, audience, position);
  }

  /** The same of another type. */
  String forge(String type, String subject, String audience, long position) {
    IssueRequest request =
        new IssueRequest(
            type,
            "acme",
            subject,
            "app",
            List.of(audience),
            "",
            600,
            null,
            null,
            new IssueRequest.Ground("none", ""),
            "",
            0);
    return sign(compose(request, new TokenId(LOG, position, Hash.sha256())));
  }

  private String compose(IssueRequest request, TokenId id) {
    String confirmation = request.confirmation();
    long now = clock.instant().getEpochSecond();
    JsonObject.Builder claims =
        JsonObject.builder()
            .put("iss", issuer)
            .put("sub", request.subject())
            .put("client_id", request.clientId())
            .put("tenant", request.tenant());
    if (request.audiences().size() == 1) {
      claims.put("aud", request.audiences().getFirst());
    } else {
      claims.put("aud", request.audiences());
    }
    if (!request.scope().isEmpty()) {
      claims.put("scope", request.scope());
    }
    claims.put("iat", now).put("exp", now + request.lifeSeconds()).put("jti", id.toString());
    if (confirmation != null) {
      claims.put("cnf", JsonObject.builder().put("jkt", confirmation).build());
    }
    // As a signer composes a security event.
    JsonObject composed =
        request.tokenType().equals("secevent+jwt")
            ? claims.build().without("sub", "exp", "client_id")
            : claims.build();
    if (request.group() != null) {
      composed = composed.with(GroupHandle.CLAIM, request.group().toString());
    }
    if (request.moreClaims() != null) {
      for (String name : request.moreClaims().names()) {
        if (!IssueRequest.USUAL_CLAIMS.contains(name)) {
          throw new IllegalStateException("a signer issues no token with the claim " + name);
        }
        composed = composed.with(name, Objects.requireNonNull(request.moreClaims().get(name)));
      }
    }
    JsonObject header =
        JsonObject.builder()
            .put("alg", "ES256")
            .put("kid", publicKey().thumbprint())
            .put("typ", request.tokenType())
            .build();
    return encode(header) + "." + encode(composed);
  }

  private static String encode(JsonObject json) {
    return Base64Url.encode(json.toString().getBytes(StandardCharsets.UTF_8));
  }

  private String sign(String input) {
    try {
      Signature signature = Signature.getInstance("SHA256withECDSAinP1363Format");
      signature.initSign(key.getPrivate());
      signature.update(input.getBytes(StandardCharsets.US_ASCII));
      byte[] signed = signature.sign();
      BigInteger s = new BigInteger(1, Arrays.copyOfRange(signed, 32, 64));
      if (s.compareTo(P256_ORDER.shiftRight(1)) > 0) {
        byte[] low = P256_ORDER.subtract(s).toByteArray();
        Arrays.fill(signed, 32, 64, (byte) 0);
        int length = Math.min(low.length, 32);
        System.arraycopy(low, low.length - length, signed, 64 - length, length);
      }
      return input + "." + Base64Url.encode(signed);
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException(e);
    }
  }

  @Override
  public void close() throws IOException {
    stop();
    log.close();
    records.close();
  }
}
