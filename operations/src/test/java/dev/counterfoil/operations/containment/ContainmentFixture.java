package dev.counterfoil.operations.containment;

import static org.assertj.core.api.Assertions.assertThat;

import dev.counterfoil.configuration.UnixSocketPath;
import dev.counterfoil.configuration.UnixUsers;
import dev.counterfoil.format.bytes.AllowList;
import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.Hash;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.format.keylog.KeyLogEvent;
import dev.counterfoil.format.keylog.KeySet;
import dev.counterfoil.format.keys.KeyStatement;
import dev.counterfoil.format.keys.PublicJwk;
import dev.counterfoil.format.keys.RecordForm;
import dev.counterfoil.format.note.NoteKey;
import dev.counterfoil.format.root.DelegationWindows;
import dev.counterfoil.format.root.RootChain;
import dev.counterfoil.format.root.RootPin;
import dev.counterfoil.installation.layout.Context;
import dev.counterfoil.installation.layout.DataFolder;
import dev.counterfoil.operations.Contained;
import dev.counterfoil.signerprotocol.Answer;
import dev.counterfoil.signerprotocol.Commands;
import dev.counterfoil.signerprotocol.Request;
import dev.counterfoil.signerprotocol.SignerServer;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.KeyPairGenerator;
import java.security.spec.ECGenParameterSpec;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;

/** A signer that announced a successor, and a registrar, as far as a containment asks them. */
abstract class ContainmentFixture {
  static final Instant ENDED_AT = Instant.parse("2026-03-01T12:00:00Z");

  @TempDir Path folder;
  final List<String> revoked = new CopyOnWriteArrayList<>();
  int takes = Integer.MAX_VALUE;
  int asked;

  /** Whether revoking waits for a second person. */
  volatile boolean waits;

  /** Keys that the signer names and the key log does not have. */
  volatile List<String> unstated = List.of();

  /** The logs that the signer has, where it was replaced before. */
  volatile List<String> own = List.of("s1g1", "s1g3");

  /** The same where it is replaced now. */
  volatile List<String> ownBefore = List.of("s1g1");

  /** The sizes that an operator had the key log say. */
  final List<Long> ends = new CopyOnWriteArrayList<>();

  /** And why. */
  final List<String> reasons = new CopyOnWriteArrayList<>();

  /** Whether the registrar refuses that. */
  volatile boolean refusesEnds;

  /** The one that it was replaced from. */
  volatile String sealedLog = "s1g1";

  /** The size that it says it sealed it with. */
  volatile long sealedSize = 7;

  /** The one that was to follow. */
  volatile String announcedLog = "s1g2";

  /** What it says in the place of the names of its own logs. */
  volatile @Nullable Object ownSaid;

  static final String GONE = "nothing";

  /** How often it has answered. */
  final AtomicInteger answers = new AtomicInteger();

  /** From which positions keys were revoked. */
  final List<Long> positions = new CopyOnWriteArrayList<>();

  /** Whether it knows no log of before. */
  volatile boolean knowsNothing;

  /** Whether it says that it was replaced before. */
  volatile boolean already;

  DataFolder.DomainFolder domain;
  Context context;
  SignerServer signer;
  SignerServer registrar;

  @BeforeEach
  void aSignerThatAnnouncedASuccessor() throws Exception {
    domain = new DataFolder.DomainFolder(folder);
    context = context(domain);
    signer =
        listen(
            domain.signer(),
            (request, peer, to) ->
                to.answer(
                    knowsNothing
                        ? new Answer.Refused(Answer.Code.UNKNOWN, "never had it")
                        : new Answer.Done(sealed())));
    registrar = listen(domain.registrar(), (request, peer, to) -> to.answer(revoke(request)));
  }

  /** Its registrar and two signers, where {@code up} has them. */
  private static Context context(DataFolder.DomainFolder of) {
    return new Context(
        "enterprise",
        "enterprise",
        of.policy(),
        List.of(),
        of.path(),
        of.log(),
        of.clients(),
        List.of(),
        new Context.Authority(new UnixSocketPath(of.clientAdminSocket())),
        new Context.Monitor(
            new UnixSocketPath(of.path().resolve("monitor/admin.sock")),
            URI.create("http://127.0.0.1:8481"),
            of.path().resolve("monitor")),
        new Context.Registrar(admin(of.registrar()), of.registrar(), of.registrarConfiguration()),
        Stream.of("s1", "s2")
            .map(
                name ->
                    new Context.Signer(
                        name,
                        admin(of.signer(name)),
                        of.signer(name),
                        of.signerConfiguration(name)))
            .toList(),
        Optional.empty());
  }

  private static UnixSocketPath admin(Path program) {
    return new UnixSocketPath(program.resolve("admin.sock"));
  }

  static SignerServer listen(Path at, SignerServer.Handler handler) throws Exception {
    Files.createDirectories(at);
    return SignerServer.listen(at.resolve("admin.sock"), UnixUsers.self(), handler);
  }

  JsonObject sealed() {
    answers.incrementAndGet();
    JsonObject.Builder sealed =
        JsonObject.builder()
            .put(
                "announced",
                JsonObject.builder().put("log", announcedLog).put("kids", List.of("next")).build())
            .put("log", sealedLog)
            .put("size", sealedSize)
            .put("kids", Stream.concat(unstated.stream(), Stream.of("now")).toList())
            .put("already", already);
    if (ownSaid == null) {
      sealed.put("own", already ? own : ownBefore);
    } else if (ownSaid instanceof Long number) {
      sealed.put("own", number);
    } else if (!ownSaid.equals(GONE)) {
      sealed.put("own", (String) ownSaid);
    }
    return sealed.build();
  }

  Answer end(Request.Command command) throws FormatException {
    reasons.add(command.text("reason").orElseThrow());
    assertThat(command.arguments().truth(Commands.ALONE)).isTrue();
    if (refusesEnds) {
      return new Answer.Refused(Answer.Code.DISK_FULL, "make room");
    }
    ends.add(command.arguments().number("size"));
    return new Answer.Done(JsonObject.builder().put("version", 90L).put("changed", true).build());
  }

  Answer revoke(Request request) {
    try {
      if (((Request.Command) request).name().equals(Commands.END_LOG)) {
        return end((Request.Command) request);
      }
    } catch (FormatException e) {
      throw new AssertionError(e);
    }
    try {
      if (((Request.Command) request).arguments().strings("kids").size()
          > Commands.REVOKED_AT_ONCE_MAX) {
        return new Answer.Refused(Answer.Code.MALFORMED, "too many at once");
      }
    } catch (FormatException e) {
      throw new AssertionError(e);
    }
    asked++;
    try {
      if (((Request.Command) request)
          .arguments().strings("kids").stream().anyMatch(unstated::contains)) {
        return new Answer.Refused(Answer.Code.UNKNOWN, "there is no such key");
      }
    } catch (FormatException e) {
      throw new AssertionError(e);
    }
    if (waits) {
      return new Answer.Done(
          JsonObject.builder().put("waits", "c" + asked).put("until", 0L).build());
    }
    if (revoked.size() >= takes) {
      return new Answer.Refused(Answer.Code.DISK_FULL, "make room");
    }
    try {
      revoked.addAll(((Request.Command) request).arguments().strings("kids"));
      positions.add(((Request.Command) request).arguments().number("from"));
    } catch (FormatException e) {
      throw new AssertionError(e);
    }
    return new Answer.Done(
        JsonObject.builder().put("version", 40L + revoked.size()).put("changed", true).build());
  }

  @AfterEach
  void close() throws Exception {
    signer.close();
    registrar.close();
  }

  Contained contain(Optional<String> log, KeySet keys) throws Exception {
    return contain(log, keys, () -> Optional.of(keys));
  }

  /**
   * With no patience.
   *
   * @param later what the key log says when the signer has answered
   */
  Contained contain(Optional<String> log, KeySet keys, Supplier<Optional<KeySet>> later)
      throws Exception {
    return new Containment(context, "s1", Duration.ZERO)
        .contain(log, Optional.of(keys), later, ENDED_AT);
  }

  static KeySet afterAPlannedEnd() throws Exception {
    return keySet(
        List.of("s1g1", "s1g2"),
        List.of(
            new KeySet.EndedLog(
                "s1g1", 7, Optional.of("s1g2"), KeyLogEvent.EndReason.PLANNED, ENDED_AT)));
  }

  static KeySet keySet(List<String> names, List<KeySet.EndedLog> ended) throws Exception {
    KeyPairGenerator maker = KeyPairGenerator.getInstance("EC");
    maker.initialize(new ECGenParameterSpec("secp256r1"));
    KeyPairGenerator logs = KeyPairGenerator.getInstance("Ed25519");
    List<KeyStatement> keys = new ArrayList<>();
    List<KeySet.StatedLog> stated = new ArrayList<>();
    for (String log : names) {
      keys.add(
          KeyStatement.builder(
                  PublicJwk.of(PublicJwk.Algorithm.ES256, maker.generateKeyPair().getPublic()))
              .domain("main")
              .issuer("https://login.example")
              .tenants(AllowList.parse(List.of("acme")))
              .tokenTypes(AllowList.parse(List.of("at+jwt")))
              .audiences(AllowList.parse(List.of("mail")))
              .lifeMax(Duration.ofMinutes(15))
              .active(ENDED_AT.minus(Duration.ofHours(3)), ENDED_AT.plus(Duration.ofHours(3)))
              .verifyUntil(ENDED_AT.plus(Duration.ofHours(4)))
              .record(new RecordForm.Position(log))
              .build());
      stated.add(
          new KeySet.StatedLog(
              log,
              NoteKey.of("login.example/logs/" + log, logs.generateKeyPair().getPublic()),
              URI.create("https://login.example/logs/" + log)));
    }
    return new KeySet(
        "main",
        "https://login.example",
        9,
        ENDED_AT,
        RootChain.under(new RootPin(1, Hash.sha256())),
        DelegationWindows.none(),
        keys,
        stated,
        ended,
        List.of(),
        List.of(),
        List.of(),
        List.of(),
        List.of(),
        List.of(),
        List.of(),
        List.of(),
        List.of(),
        List.of(),
        List.of(),
        Optional.of(ENDED_AT),
        Map.of(),
        Map.of());
  }

  static KeySet revoked(KeySet keys, List<KeySet.RevokedKey> revoked) {
    return of(keys, keys.keys(), keys.logs(), keys.endedLogs(), revoked);
  }

  static KeySet ended(KeySet keys, List<KeySet.EndedLog> ended) {
    return of(keys, keys.keys(), keys.logs(), ended, keys.revokedKeys());
  }

  static KeySet without(KeySet keys, String log) {
    return of(
        keys,
        keys.keys().stream().filter(key -> !key.log().equals(Optional.of(log))).toList(),
        keys.logs().stream().filter(one -> !one.name().equals(log)).toList(),
        keys.endedLogs(),
        keys.revokedKeys());
  }

  static KeySet of(
      KeySet keys,
      List<KeyStatement> stated,
      List<KeySet.StatedLog> logs,
      List<KeySet.EndedLog> ended,
      List<KeySet.RevokedKey> revoked) {
    return of(keys, stated, logs, ended, revoked, keys.statedAt());
  }

  /** The same keys, where it is known when they were stated. */
  static KeySet stated(KeySet keys, Map<String, Instant> at) {
    return of(keys, keys.keys(), keys.logs(), keys.endedLogs(), keys.revokedKeys(), at);
  }

  private static KeySet of(
      KeySet keys,
      List<KeyStatement> stated,
      List<KeySet.StatedLog> logs,
      List<KeySet.EndedLog> ended,
      List<KeySet.RevokedKey> revoked,
      Map<String, Instant> statedAt) {
    return new KeySet(
        keys.domain(),
        keys.issuer(),
        keys.version(),
        keys.asOf(),
        keys.root(),
        keys.windows(),
        stated,
        logs,
        ended,
        List.of(),
        List.of(),
        List.of(),
        List.of(),
        revoked,
        List.of(),
        List.of(),
        List.of(),
        List.of(),
        List.of(),
        List.of(),
        Optional.of(ENDED_AT),
        Map.of(),
        statedAt);
  }

  /** Of those that the key log has; a kid else. */
  List<String> logsOfRevoked(KeySet keys) {
    return revoked.stream()
        .map(kid -> keys.key(kid).flatMap(KeyStatement::log).orElse(kid))
        .toList();
  }

  static KeySet.EndedLog replaced(String log, String by) {
    return new KeySet.EndedLog(log, 7, Optional.of(by), KeyLogEvent.EndReason.REPLACED, ENDED_AT);
  }

  void publish(String log, long size) throws Exception {
    Path published = Files.createDirectories(domain.log().resolve(log));
    Path fresh = published.resolve("checkpoint.new");
    Files.writeString(
        fresh,
        "log\n%d\n%s\n\n\u2014 log %s\n"
            .formatted(
                size,
                Base64.getEncoder().encodeToString(new byte[Hash.BYTES]),
                Base64.getEncoder().encodeToString(new byte[68])));
    Files.move(fresh, published.resolve("checkpoint"), StandardCopyOption.ATOMIC_MOVE);
  }
}
