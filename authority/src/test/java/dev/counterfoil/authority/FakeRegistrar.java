package dev.counterfoil.authority;

import dev.counterfoil.format.AllowList;
import dev.counterfoil.format.Delegation;
import dev.counterfoil.format.JsonObject;
import dev.counterfoil.format.KeySet;
import dev.counterfoil.format.KeyStatement;
import dev.counterfoil.format.NoteKey;
import dev.counterfoil.format.NoteSigner;
import dev.counterfoil.format.PublicJwk;
import dev.counterfoil.format.StatementSigner;
import dev.counterfoil.format.TrustPolicy;
import dev.counterfoil.signerprotocol.Answer;
import dev.counterfoil.signerprotocol.Commands;
import dev.counterfoil.signerprotocol.Request;
import dev.counterfoil.signerprotocol.SignerServer;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.Signature;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/** A registrar in memory, with a root of its own. */
final class FakeRegistrar implements AutoCloseable {
  /** A key of statements or notes. */
  static final class Ed25519 implements StatementSigner {
    private final KeyPair pair;

    Ed25519() throws Exception {
      this.pair = KeyPairGenerator.getInstance("Ed25519").generateKeyPair();
    }

    NoteSigner noteSigner(String name) {
      return new NoteSigner() {
        @Override
        public NoteKey key() {
          return noteKey(name);
        }

        @Override
        public byte[] sign(byte[] text) throws GeneralSecurityException {
          return Ed25519.this.sign(text);
        }
      };
    }

    NoteKey noteKey(String name) {
      return NoteKey.of(name, pair.getPublic());
    }

    @Override
    public PublicJwk key() {
      return PublicJwk.ed25519(noteKey("key").publicKey());
    }

    @Override
    public byte[] sign(byte[] input) throws GeneralSecurityException {
      Signature signature = Signature.getInstance("Ed25519");
      signature.initSign(pair.getPrivate());
      signature.update(input);
      return signature.sign();
    }
  }

  private final Path socket;
  private final String domain;
  private final String issuer;
  private final InstantSource clock;
  private final Ed25519 root = new Ed25519();
  private final Ed25519 statements = new Ed25519();
  private final NoteKey logKey;
  private final PublicJwk tokenKey;
  private final List<KeySet.RevokedToken> revoked = new ArrayList<>();
  private long version = 1;
  private final AtomicInteger keySetsAsked = new AtomicInteger();
  private final AtomicReference<Runnable> beforeLeaving = new AtomicReference<>(() -> {});
  private volatile boolean refusing;
  private @Nullable SignerServer server;

  FakeRegistrar(
      Path socket,
      String domain,
      String issuer,
      PublicJwk tokenKey,
      NoteKey logKey,
      InstantSource clock)
      throws Exception {
    this.socket = socket;
    this.domain = domain;
    this.issuer = issuer;
    this.tokenKey = tokenKey;
    this.logKey = logKey;
    this.clock = clock;
  }

  void start() throws IOException {
    server = SignerServer.listen(socket, Set.of(System.getProperty("user.name")), this::handle);
  }

  void stop() throws IOException {
    SignerServer running = server;
    if (running != null) {
      running.close();
    }
  }

  TrustPolicy policy() {
    return new TrustPolicy(domain, issuer, root.noteKey(domain + "/root"), List.of());
  }

  /** Gives no key set while this holds. */
  void refuseKeySets(boolean refuse) {
    refusing = refuse;
  }

  /** Runs once, between the making of the next key set and its answer. */
  void beforeNextKeySetLeaves(Runnable action) {
    beforeLeaving.set(action);
  }

  /** How often somebody asked for the key set. */
  int keySetsAsked() {
    return keySetsAsked.get();
  }

  synchronized List<KeySet.RevokedToken> revoked() {
    return List.copyOf(revoked);
  }

  private void handle(Request request, SignerServer.Peer peer, SignerServer.Responder responder) {
    if (!(request instanceof Request.Command command)) {
      responder.answer(new Answer.Refused(Answer.Code.NOT_ALLOWED, "not here"));
      return;
    }
    try {
      responder.answer(
          switch (command.name()) {
            case Commands.READ_KEY_SET -> readKeySet();
            case Commands.REVOKE_TOKEN -> revoke(command.arguments());
            default -> new Answer.Refused(Answer.Code.UNKNOWN, "not in this test");
          });
    } catch (Exception e) {
      throw new IllegalStateException(e);
    }
  }

  private Answer readKeySet() throws Exception {
    keySetsAsked.incrementAndGet();
    if (refusing) {
      return new Answer.Refused(Answer.Code.NO_KEY, "as the test wants it");
    }
    String set = keySet();
    beforeLeaving.getAndSet(() -> {}).run();
    return new Answer.Done(JsonObject.builder().put("keys", set).build());
  }

  private synchronized Answer revoke(JsonObject arguments) throws Exception {
    revoked.add(
        new KeySet.RevokedToken(
            arguments.string("log"),
            arguments.number("position"),
            Instant.ofEpochSecond(arguments.number("until"))));
    version++;
    return new Answer.Done(JsonObject.builder().build());
  }

  synchronized String keySet() throws Exception {
    Instant now = clock.instant();
    Delegation delegation =
        new Delegation(
            domain,
            issuer,
            statements.key(),
            AllowList.all(),
            AllowList.all(),
            AllowList.all(),
            Duration.ofDays(1),
            now.minusSeconds(3600),
            now.plusSeconds(86_400));
    KeyStatement key =
        new KeyStatement(
            tokenKey,
            domain,
            issuer,
            AllowList.all(),
            AllowList.all(),
            AllowList.all(),
            Duration.ofHours(2),
            now.minusSeconds(600),
            now.plusSeconds(3600),
            now.plusSeconds(36_000),
            FakeSigner.LOG,
            "software");
    return new KeySet(
            domain,
            issuer,
            version,
            now,
            now.plusSeconds(600),
            delegation.sign(root),
            List.of(key),
            List.of(
                new KeySet.StatedLog(
                    FakeSigner.LOG, logKey, URI.create(issuer + "/logs/" + FakeSigner.LOG))),
            List.of(),
            List.of(),
            revoked)
        .sign(statements);
  }

  @Override
  public void close() throws IOException {
    stop();
  }
}
