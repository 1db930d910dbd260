package dev.counterfoil.authority;

import dev.counterfoil.configuration.UnixUsers;
import dev.counterfoil.format.bytes.AllowList;
import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.format.keylog.IssuerJwks;
import dev.counterfoil.format.keylog.KeyLog;
import dev.counterfoil.format.keylog.KeyLogEntry;
import dev.counterfoil.format.keylog.KeyLogEvent;
import dev.counterfoil.format.keylog.KeyLogHead;
import dev.counterfoil.format.keylog.KeyLogState;
import dev.counterfoil.format.keylog.KeySet;
import dev.counterfoil.format.keylog.StatusList;
import dev.counterfoil.format.keys.GroupHandle;
import dev.counterfoil.format.keys.KeyStatement;
import dev.counterfoil.format.keys.KeyStatementBuilder;
import dev.counterfoil.format.keys.PublicJwk;
import dev.counterfoil.format.keys.RecordForm;
import dev.counterfoil.format.keys.StatementSigner;
import dev.counterfoil.format.note.Checkpoint;
import dev.counterfoil.format.note.Cosignature;
import dev.counterfoil.format.note.CosignatureSigner;
import dev.counterfoil.format.note.CosignerKey;
import dev.counterfoil.format.note.NoteKey;
import dev.counterfoil.format.note.NoteSigner;
import dev.counterfoil.format.note.SignedStatement;
import dev.counterfoil.format.policy.TrustPolicy;
import dev.counterfoil.format.root.Delegation;
import dev.counterfoil.format.root.RootMetadata;
import dev.counterfoil.log.EntryLog;
import dev.counterfoil.log.disk.FileDisk;
import dev.counterfoil.log.journal.JournalOptions;
import dev.counterfoil.signerprotocol.Answer;
import dev.counterfoil.signerprotocol.Commands;
import dev.counterfoil.signerprotocol.Request;
import dev.counterfoil.signerprotocol.SignerServer;
import java.io.IOException;
import java.net.URI;
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
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.SplittableRandom;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/** A registrar in memory, with a root of its own. */
public final class FakeRegistrar implements AutoCloseable {
  /** A key of statements or notes. */
  public static final class Ed25519 implements StatementSigner {
    private final KeyPair pair;

    public Ed25519() throws Exception {
      this.pair = KeyPairGenerator.getInstance("Ed25519").generateKeyPair();
    }

    public NoteSigner noteSigner(String name) {
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

  /** How far ahead a successor of a key is stated. */
  public static final Duration LEAD = Duration.ofMinutes(15);

  private final Path socket;
  private final String domain;
  private final String issuer;
  private final InstantSource clock;
  private final Ed25519 holder = new Ed25519();
  private final Ed25519 statements = new Ed25519();
  private StatementSigner statusListSigner = statements;
  private volatile boolean silent;
  private int statusListsSigned;
  private @Nullable List<JsonObject> alarms;
  private final NoteKey logKey;
  private final PublicJwk tokenKey;
  private final List<KeySet.RevokedToken> revoked = new ArrayList<>();
  private final List<GroupHandle> groups = new ArrayList<>();
  private @Nullable GroupHandle confusedBy;
  private final List<byte[]> entries = new ArrayList<>();
  private @Nullable KeyStatement statement;
  private final Ed25519 keyLogKey = new Ed25519();
  private @Nullable EntryLog keyLog;
  private @Nullable SignerServer server;

  public FakeRegistrar(
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
  public void start() throws Exception {
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
    listen();
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

  /** Answers again, after {@link #stop}. */
  public void listen() throws IOException {
    server = SignerServer.listen(socket, UnixUsers.self(), this::handle);
  }

  public void stop() throws IOException {
    SignerServer running = server;
    if (running != null) {
      running.close();
    }
  }

  public TrustPolicy policy() {
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
  public synchronized void signHead() {
    keyLog().publish();
  }

  public synchronized List<KeySet.RevokedToken> revoked() {
    return List.copyOf(revoked);
  }

  /** Hangs: it keeps its connections and answers nothing from now on. */
  void fallSilent() {
    silent = true;
  }

  private void handle(Request request, SignerServer.Peer peer, SignerServer.Responder responder) {
    if (silent) {
      return;
    }
    if (!(request instanceof Request.Command command)) {
      responder.answer(new Answer.Refused(Answer.Code.NOT_ALLOWED, "not here"));
      return;
    }
    try {
      responder.answer(
          switch (command.name()) {
            case Commands.REVOKE_TOKEN -> revokeIssued(command.arguments());
            case Commands.REVOKE_GROUP -> revokeGroup(command.arguments());
            case Commands.SIGN_STATUS_LIST -> statusList(command.arguments());
            case Commands.STATUS -> status();
            default -> new Answer.Refused(Answer.Code.UNKNOWN, "not in this test");
          });
    } catch (Exception e) {
      throw new IllegalStateException(e);
    }
  }

  /** Says in its status, which it gives from now on, what it has to say of its signers. */
  synchronized void giveAlarms(List<JsonObject> given) {
    alarms = given;
  }

  private synchronized Answer status() {
    return alarms == null
        ? new Answer.Refused(Answer.Code.UNKNOWN, "not in this test")
        : new Answer.Done(
            JsonObject.builder()
                .put(
                    "log",
                    JsonObject.builder()
                        .put("name", KeyLog.NAME)
                        .put("vkey", keyLogKey.noteKey(KeyLog.origin(issuer)).toString())
                        .build())
                .put("cosigning", JsonObject.builder().put("waiting_for", List.of()).build())
                .put("alarms", alarms)
                .build());
  }

  private synchronized Answer statusList(JsonObject arguments) throws Exception {
    statusListsSigned++;
    StatusList list = new StatusList(issuer, arguments.string("log"), arguments.number("number"));
    return new Answer.Done(
        JsonObject.builder()
            .put(
                "jws",
                SignedStatement.sign(
                    StatusList.TYPE, list.content(revoked, clock.instant()), statusListSigner))
            .build());
  }

  /** How many status lists were asked for. */
  public synchronized int statusListsSigned() {
    return statusListsSigned;
  }

  /** Signs status lists with another key from now on. */
  public synchronized void signStatusListsWith(StatementSigner another) {
    statusListSigner = another;
  }

  private Answer revokeIssued(JsonObject arguments) throws Exception {
    byte[] checkpoint = arguments.string("checkpoint").getBytes(StandardCharsets.UTF_8);
    return Checkpoint.verify(checkpoint, logKey).size() > arguments.number("position")
        ? revoke(arguments)
        : new Answer.Refused(Answer.Code.NOT_ALLOWED, "it was not issued");
  }

  /** Revokes a token, whoever asks. */
  public synchronized Answer revoke(JsonObject arguments) throws Exception {
    KeySet.RevokedToken token =
        new KeySet.RevokedToken(
            arguments.string("log"),
            arguments.number("position"),
            Instant.ofEpochSecond(arguments.number("until")));
    revoked.add(token);
    take(new KeyLogEvent.TokenRevoked(token.log(), token.position(), token.until()));
    return new Answer.Done(JsonObject.builder().build());
  }

  /** The groups that are revoked, as often as that was asked for. */
  public synchronized List<GroupHandle> groups() {
    return List.copyOf(groups);
  }

  /** Answers what nobody asked when this group is to be revoked. */
  public synchronized void isConfusedBy(GroupHandle group) {
    confusedBy = group;
  }

  private synchronized Answer revokeGroup(JsonObject arguments) throws Exception {
    GroupHandle group = GroupHandle.parse(arguments.string("group"));
    Instant before = Instant.ofEpochSecond(arguments.number("before"));
    if (confusedBy != null && confusedBy.equals(group)) {
      return new Answer.Recorded(List.of(0L));
    }
    groups.add(group);
    take(new KeyLogEvent.GroupRevoked(group, before, before.plusSeconds(3_900)));
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
            now.minusSeconds(7200),
            now.minusSeconds(7200),
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
            .successorLead(LEAD)
            .record(new RecordForm.Position(FakeSigner.LOG))
            .build();
    statement = key;
    KeySet.StatedLog log =
        new KeySet.StatedLog(
            FakeSigner.LOG, logKey, URI.create(issuer + "/logs/" + FakeSigner.LOG));
    String origin = KeyLog.origin(issuer);
    // Past its beginning, in which no copy of a JWKS may be kept.
    Instant before = now.minusSeconds(900);
    append(
        List.of(
            KeyLogEntry.of(root().unsigned().signedBy(holder)),
            KeyLogEntry.of(delegation.unsigned().signedBy(holder)),
            KeyLogEntry.of(new KeyLogEvent.LogStated(log), before, origin, 2, statements),
            KeyLogEntry.of(new KeyLogEvent.KeyStated(key), before, origin, 3, statements)));
  }

  private void append(List<byte[]> more) throws Exception {
    keyLog().append(more);
    entries.addAll(more);
  }

  /** The statement of the signer's key. */
  public synchronized KeyStatement statement() {
    return Objects.requireNonNull(statement);
  }

  /** States another key, which signs once the present one lets it. */
  public synchronized KeyStatement state(UnaryOperator<KeyStatementBuilder> change)
      throws Exception {
    KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
    generator.initialize(new ECGenParameterSpec("secp256r1"));
    PublicJwk jwk = PublicJwk.es256((ECPublicKey) generator.generateKeyPair().getPublic());
    Instant now = clock.instant().truncatedTo(ChronoUnit.SECONDS);
    KeyStatement key =
        change
            .apply(
                statement().toBuilder()
                    .jwk(jwk)
                    .active(now.plus(LEAD).plusSeconds(60), now.plusSeconds(7200)))
            .build();
    append(
        List.of(
            KeyLogEntry.of(
                new KeyLogEvent.KeyStated(key),
                clock.instant(),
                KeyLog.origin(issuer),
                keyLog().size(),
                statements)));
    return key;
  }

  /** Takes trust away. */
  public synchronized void take(KeyLogEvent.Takes event) throws Exception {
    append(List.of(KeyLogEntry.of(event, clock.instant())));
  }

  /** Signs the sets for those who do not read the key log, as a registrar does. */
  public synchronized void writeSets() throws Exception {
    writeSets(statements, clock.instant());
  }

  /** The same by another key, or at another time. */
  public synchronized void writeSets(StatementSigner by, Instant at) throws Exception {
    KeyLogState state = KeyLogState.empty(domain, issuer, root().pin(), List.of()).withHistory();
    for (byte[] entry : entries) {
      state.apply(entry);
    }
    KeySet set = state.keySet(state.size(), at);
    write(
        "jwks.jwt",
        IssuerJwks.signed(issuer, IssuerJwks.keys(set, KeyStatement.Publication.ORDINARY, at), at),
        by);
    write(
        "signature-only.jwt",
        IssuerJwks.signed(
            issuer, IssuerJwks.keys(set, KeyStatement.Publication.SIGNATURE_ONLY, at), at),
        by);
    write("historical-keys.jwt", state.history().orElseThrow().signed(issuer, at), by);
  }

  private void write(String name, JsonObject content, StatementSigner by) throws Exception {
    Path folder = Objects.requireNonNull(socket.getParent());
    FileDisk.publicFolder(folder.resolve("log").resolve(KeyLog.NAME))
        .replace(
            name,
            SignedStatement.sign(IssuerJwks.TYPE, content, by).getBytes(StandardCharsets.US_ASCII));
  }

  /** The key that states and signs. */
  public StatementSigner signer() {
    return statements;
  }

  /** Its public half. */
  public PublicJwk statementKey() {
    return statements.key();
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
