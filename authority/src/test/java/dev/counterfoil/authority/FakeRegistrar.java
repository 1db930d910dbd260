package dev.counterfoil.authority;

import dev.counterfoil.format.AllowList;
import dev.counterfoil.format.Cosignature;
import dev.counterfoil.format.CosignatureSigner;
import dev.counterfoil.format.CosignerKey;
import dev.counterfoil.format.Delegation;
import dev.counterfoil.format.FormatException;
import dev.counterfoil.format.JsonObject;
import dev.counterfoil.format.KeyLog;
import dev.counterfoil.format.KeyLogEntry;
import dev.counterfoil.format.KeyLogEvent;
import dev.counterfoil.format.KeyLogHead;
import dev.counterfoil.format.KeySet;
import dev.counterfoil.format.KeyStatement;
import dev.counterfoil.format.NoteKey;
import dev.counterfoil.format.NoteSigner;
import dev.counterfoil.format.PublicJwk;
import dev.counterfoil.format.RecordForm;
import dev.counterfoil.format.RootMetadata;
import dev.counterfoil.format.StatementSigner;
import dev.counterfoil.format.TrustPolicy;
import dev.counterfoil.log.EntryLog;
import dev.counterfoil.log.FileDisk;
import dev.counterfoil.log.JournalOptions;
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
import java.util.Objects;
import java.util.Set;
import java.util.SplittableRandom;
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
  private final Ed25519 holder = new Ed25519();
  private final Ed25519 statements = new Ed25519();
  private final NoteKey logKey;
  private final PublicJwk tokenKey;
  private final List<KeySet.RevokedToken> revoked = new ArrayList<>();
  private final Ed25519 keyLogKey = new Ed25519();
  private @Nullable EntryLog keyLog;
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

  /** Writes a key log with one key beside the socket, and listens. */
  void start() throws Exception {
    Path folder = Objects.requireNonNull(socket.getParent());
    NoteSigner notes = keyLogKey.noteSigner(KeyLog.origin(issuer));
    keyLog =
        EntryLog.open(
            FileDisk.privateFolder(folder.resolve("registrar-journal")),
            FileDisk.publicFolder(folder.resolve("log").resolve(KeyLog.NAME)),
            new JournalOptions(1L << 20, 0),
            notes,
            checkpoint ->
                List.of(cosigned(checkpoint.text(), KeyLogHead.cosignerKey(notes.key())).line()),
            new SplittableRandom(1));
    state();
    server = SignerServer.listen(socket, Set.of(System.getProperty("user.name")), this::handle);
  }

  private Cosignature cosigned(String text, CosignerKey as) throws GeneralSecurityException {
    try {
      return Cosignature.make(
          text,
          clock.instant().getEpochSecond(),
          new CosignatureSigner() {
            @Override
            public CosignerKey key() {
              return as;
            }

            @Override
            public byte[] sign(byte[] message) throws GeneralSecurityException {
              return keyLogKey.sign(message);
            }
          });
    } catch (FormatException e) {
      throw new IllegalStateException(e);
    }
  }

  private EntryLog keyLog() {
    EntryLog open = keyLog;
    if (open == null) {
      throw new IllegalStateException("not started");
    }
    return open;
  }

  void stop() throws IOException {
    SignerServer running = server;
    if (running != null) {
      running.close();
    }
  }

  TrustPolicy policy() {
    return new TrustPolicy(
        domain, issuer, root().pin(), List.of(keyLogKey.noteKey(KeyLog.origin(issuer))));
  }

  /** A root of one holder. */
  private RootMetadata root() {
    return RootMetadata.first(
        List.of(holder.noteKey("holder")),
        1,
        Instant.EPOCH.plusSeconds(1_700_000_000),
        Instant.EPOCH.plusSeconds(2_000_000_000));
  }

  /** Signs a head with the time of now. */
  synchronized void signHead() {
    keyLog().publish();
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
            case Commands.REVOKE_TOKEN -> revoke(command.arguments());
            default -> new Answer.Refused(Answer.Code.UNKNOWN, "not in this test");
          });
    } catch (Exception e) {
      throw new IllegalStateException(e);
    }
  }

  synchronized Answer revoke(JsonObject arguments) throws Exception {
    KeySet.RevokedToken token =
        new KeySet.RevokedToken(
            arguments.string("log"),
            arguments.number("position"),
            Instant.ofEpochSecond(arguments.number("until")));
    revoked.add(token);
    keyLog()
        .append(
            List.of(
                KeyLogEntry.of(
                    new KeyLogEvent.TokenRevoked(token.log(), token.position(), token.until()),
                    clock.instant())));
    return new Answer.Done(JsonObject.builder().build());
  }

  private synchronized void state() throws Exception {
    Instant now = clock.instant();
    Delegation delegation =
        new Delegation(
            1,
            domain,
            issuer,
            statements.key(),
            new Delegation.Bounds(
                AllowList.all(), AllowList.all(), AllowList.all(), Duration.ofDays(1)),
            now.minusSeconds(3600),
            now.minusSeconds(3600),
            now.plusSeconds(86_400));
    KeyStatement key =
        KeyStatement.builder(tokenKey)
            .domain(domain)
            .issuer(issuer)
            .tenants(AllowList.all())
            .tokenTypes(AllowList.all())
            .audiences(AllowList.all())
            .lifeMax(Duration.ofHours(2))
            .active(now.minusSeconds(600), now.plusSeconds(3600))
            .verifyUntil(now.plusSeconds(36_000))
            .record(new RecordForm.Position(FakeSigner.LOG))
            .build();
    KeySet.StatedLog log =
        new KeySet.StatedLog(
            FakeSigner.LOG, logKey, URI.create(issuer + "/logs/" + FakeSigner.LOG));
    String origin = KeyLog.origin(issuer);
    keyLog()
        .append(
            List.of(
                KeyLogEntry.of(root().unsigned().signedBy(holder)),
                KeyLogEntry.of(delegation.unsigned().signedBy(holder)),
                KeyLogEntry.of(new KeyLogEvent.LogStated(log), now, origin, 2, statements),
                KeyLogEntry.of(new KeyLogEvent.KeyStated(key), now, origin, 3, statements)));
  }

  @Override
  public void close() throws IOException {
    stop();
    EntryLog open = keyLog;
    if (open != null) {
      open.close();
    }
  }
}
