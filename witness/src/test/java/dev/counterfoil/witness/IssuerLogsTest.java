package dev.counterfoil.witness;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.counterfoil.configuration.ConfigurationException;
import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.note.Cosignature;
import dev.counterfoil.format.note.CosignatureSigner;
import dev.counterfoil.format.note.CosignerKey;
import dev.counterfoil.format.note.CosignerKey.Algorithm;
import dev.counterfoil.format.note.NoteKey;
import dev.counterfoil.format.note.SignedNote;
import dev.counterfoil.format.note.SignedNote.NoteSignature;
import dev.counterfoil.format.policy.LogPolicy;
import dev.counterfoil.format.policy.TrustPolicy;
import dev.counterfoil.http.listener.FailedRequests;
import dev.counterfoil.log.care.ClockCheck;
import dev.counterfoil.log.read.LogSource;
import dev.counterfoil.verifier.SettableClock;
import dev.counterfoil.verifier.TestIssuer;
import dev.counterfoil.verifier.VerifierLimits;
import dev.counterfoil.verifier.reading.ReadSide;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.Signature;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Logs that issuers state: taken under their root, kept, and joined with the listed ones. */
@Timeout(60)
class IssuerLogsTest {
  private static final String KEY_LOG = "login.example/enterprise/logs/keys";
  private static final String FIRST = "login.example/enterprise/logs/s1g1";
  private static final String SUCCESSOR = "login.example/enterprise/logs/s1g2";

  @TempDir
  @SuppressWarnings("NullAway.Init") // made before each test
  private Path folder;

  private final SettableClock clock = new SettableClock(Instant.parse("2026-11-25T12:00:00Z"));
  private final TestIssuer issuer =
      new TestIssuer("enterprise", "https://login.example/enterprise", clock);
  private final AtomicBoolean away = new AtomicBoolean();
  private final Semaphore fetches = new Semaphore(0);

  private IssuerLogs follow(TrustPolicy policy) {
    ReadSide network =
        (uri, bytesMax) -> {
          fetches.release();
          if (away.get()) {
            throw new IOException("away");
          }
          return issuer.get(uri, bytesMax);
        };
    return follow(policy, List.of(), network);
  }

  private IssuerLogs follow(TrustPolicy policy, List<CosignerKey> own, ReadSide network) {
    return IssuerLogs.follow(
        List.of(policy),
        own,
        network,
        clock,
        () -> 0,
        VerifierLimits.defaults().withKeys(Duration.ofMillis(20), Duration.ofMinutes(5)));
  }

  private static List<String> names(IssuerLogs logs) {
    return logs.keys().stream().map(NoteKey::name).toList();
  }

  /** What was stated, beside the key log that the policy pins. */
  private static List<String> stated(IssuerLogs logs) {
    return names(logs).stream().filter(name -> !name.equals(KEY_LOG)).toList();
  }

  /** Waits until a fetch that began after now has ended. */
  private void awaitFetches() throws InterruptedException {
    fetches.drainPermits();
    fetches.acquire(3);
  }

  @Test
  void statedLogsAreTakenAndKept() throws Exception {
    issuer.publish();
    try (IssuerLogs logs = follow(issuer.policy())) {
      while (stated(logs).isEmpty()) {
        fetches.acquire();
      }
      assertThat(stated(logs)).containsExactly(FIRST);
      issuer.addLog("s1g2");
      issuer.publish();
      awaitFetches();
      assertThat(stated(logs)).containsExactly(FIRST, SUCCESSOR);
      away.set(true);
      clock.advance(Duration.ofDays(1));
      awaitFetches();
      assertThat(stated(logs)).containsExactly(FIRST, SUCCESSOR);
    }
  }

  @Test
  void whatAnotherRootStatesIsNotTaken() throws Exception {
    issuer.publish();
    TrustPolicy honest = issuer.policy();
    TestIssuer other = new TestIssuer("enterprise", "https://login.example/enterprise", clock);
    try (IssuerLogs logs = follow(other.policy());
        IssuerLogs good = follow(honest)) {
      while (stated(good).isEmpty()) {
        fetches.acquire();
      }
      awaitFetches();
      assertThat(stated(logs)).isEmpty();
    }
  }

  @Test
  void listedAndStatedLogsAreBothKnown() throws Exception {
    TestLog listed = TestLog.of("listed.example", 1);
    TestWitness.accept(folder, listed);
    issuer.publish();
    try (IssuerLogs issuers = follow(issuer.policy())) {
      AcceptedLogs logs = AcceptedLogs.read(Optional.of(folder.resolve("logs.txt")), issuers);
      while (logs.keys(FIRST).isEmpty()) {
        fetches.acquire();
      }
      assertThat(logs.keys("listed.example")).containsExactly(listed.key());
      assertThat(logs.keys(FIRST)).hasSize(1);
      assertThat(logs.keys(SUCCESSOR)).isEmpty();
      assertThat(AcceptedLogs.read(Optional.empty(), issuers).keys(FIRST)).hasSize(1);
    }
  }

  @Test
  void pinnedLogsAreTakenFromThePolicyItself() throws Exception {
    TrustPolicy known = issuer.policy();
    TrustPolicy plain = new TrustPolicy(known.domain(), known.issuer(), known.root(), List.of());
    NoteKey keyLog = TestLog.of(KEY_LOG, 1).key();
    TrustPolicy pinning =
        new TrustPolicy(plain.domain(), plain.issuer(), plain.root(), List.of(keyLog));
    away.set(true);
    try (IssuerLogs logs = follow(pinning);
        IssuerLogs none = follow(plain)) {
      assertThat(logs.keys()).containsExactly(keyLog);
      assertThat(none.keys()).isEmpty();
    }
  }

  @Test
  void aPolicyThatIsNoneIsNamed() throws Exception {
    Path file = Files.writeString(folder.resolve("policy.txt"), "colour red\n");
    assertThatThrownBy(() -> IssuerLogs.follow(List.of(file), List.of(), clock))
        .isInstanceOf(ConfigurationException.class)
        .hasMessageContaining("policy.txt")
        .hasMessageContaining("line 1");
    Path none = folder.resolve("none.txt");
    assertThatThrownBy(() -> IssuerLogs.follow(List.of(none), List.of(), clock))
        .isInstanceOf(ConfigurationException.class)
        .hasMessageContaining("none.txt");
    Files.writeString(file, issuer.policy().text());
    try (IssuerLogs logs = IssuerLogs.follow(List.of(file), List.of(), clock)) {
      Path list = Files.writeString(folder.resolve("logs.txt"), "colour red\n");
      for (Path wrong : List.of(list, none)) {
        assertThatThrownBy(() -> AcceptedLogs.read(Optional.of(wrong), logs))
            .isInstanceOf(ConfigurationException.class)
            .hasMessageContaining(wrong.toString());
      }
      TestWitness.accept(folder, TestLog.of("listed.example", 1));
      assertThat(AcceptedLogs.read(Optional.of(list), logs).keys("listed.example")).hasSize(1);
    }
  }

  @Test
  void aClockThatIsNotTheOtherWitnessesIsKnown() throws Exception {
    issuer.publish();
    CosignatureSigner other = witness("w.example/1");
    TrustPolicy policy = cosignedByAll(other);
    Instant truth = clock.instant();
    AtomicInteger words = new AtomicInteger();
    ReadSide network =
        (uri, bytesMax) -> {
          if (!uri.getPath().endsWith("/" + LogSource.COSIGNED)) {
            return issuer.get(uri, bytesMax);
          }
          URI head = URI.create(uri.toString().replace(LogSource.COSIGNED, "checkpoint"));
          fetches.release();
          return cosigned(
              issuer.get(head, bytesMax), other, truth.plusSeconds(words.incrementAndGet() % 8));
        };
    try (IssuerLogs logs = follow(policy, List.of(), network)) {
      fetches.acquire(ClockCheck.WORDS_MIN + 2);
      assertThat(logs.clockOff()).as("it is right").isZero();
      assertThat(
              new WitnessMeters(
                      AcceptedLogs.read(Optional.empty(), logs), logs, new FailedRequests())
                  .registry()
                  .scrape())
          .contains("counterfoil_witness_clock_off_seconds 0.0");
      clock.advance(Duration.ofMinutes(-2));
      while (logs.clockOff().isZero()) {
        fetches.acquire();
      }
      assertThat(logs.clockOff()).isBetween(Duration.ofSeconds(-128), Duration.ofSeconds(-120));
      clock.advance(Duration.ofMinutes(2));
      while (!logs.clockOff().isZero()) {
        fetches.acquire();
      }
    }
  }

  @Test
  void itsOwnWordCountsForTheQuorumAndNotForTheTime() throws Exception {
    issuer.publish();
    CosignatureSigner other = witness("w.example/1");
    CosignatureSigner self = witness("w.example/2");
    Instant truth = clock.instant();
    AtomicInteger words = new AtomicInteger();
    ReadSide network =
        (uri, bytesMax) -> {
          if (!uri.getPath().endsWith("/" + LogSource.COSIGNED)) {
            return issuer.get(uri, bytesMax);
          }
          URI head = URI.create(uri.toString().replace(LogSource.COSIGNED, "checkpoint"));
          int second = words.incrementAndGet() % 8;
          fetches.release();
          return cosigned(
              cosigned(issuer.get(head, bytesMax), other, truth.plusSeconds(second)),
              self,
              clock.instant().plusSeconds(second));
        };
    // Not the policy's own object: what a witness has is read from its folder.
    List<CosignerKey> own = List.of(CosignerKey.parse(self.key().toString()));
    try (IssuerLogs logs = follow(cosignedByAll(other, self), own, network)) {
      fetches.acquire(ClockCheck.WORDS_MIN + 2);
      assertThat(logs.clockOff()).as("it is right").isZero();
      clock.advance(Duration.ofMinutes(2));
      while (logs.clockOff().isZero()) {
        fetches.acquire();
      }
      assertThat(logs.clockOff()).isBetween(Duration.ofSeconds(112), Duration.ofSeconds(120));
    }
  }

  @Test
  void aNewHeadIsWaitedForWhereTheIssuerHoldsItBack() throws Exception {
    issuer.publish();
    Semaphore asked = new Semaphore(0);
    ReadSide network =
        new ReadSide() {
          @Override
          public byte[] get(URI uri, int bytesMax) throws IOException {
            return issuer.get(uri, bytesMax);
          }

          @Override
          public CompletableFuture<byte[]> await(URI uri, int bytesMax, Duration hold) {
            asked.release();
            return new CompletableFuture<>();
          }
        };
    try (IssuerLogs logs = follow(issuer.policy(), List.of(), network)) {
      asked.acquire();
      assertThat(stated(logs)).containsExactly(FIRST);
    }
  }

  /** The issuer's policy, with witnesses all of whom must have cosigned. */
  private TrustPolicy cosignedByAll(CosignatureSigner... witnesses) {
    TrustPolicy known = issuer.policy();
    List<LogPolicy.Witness> all =
        Stream.of(witnesses)
            .map(one -> new LogPolicy.Witness(one.key().name(), one.key(), Optional.empty()))
            .toList();
    LogPolicy.Group group =
        new LogPolicy.Group("all", all.size(), all.stream().map(LogPolicy.Witness::name).toList());
    return new TrustPolicy(
        known.domain(),
        known.issuer(),
        known.root(),
        new LogPolicy(known.logPolicy().logs(), all, List.of(group), "all"));
  }

  private static CosignatureSigner witness(String name) throws GeneralSecurityException {
    KeyPair pair = KeyPairGenerator.getInstance("Ed25519").generateKeyPair();
    CosignerKey key = CosignerKey.of(name, Algorithm.ED25519, pair.getPublic());
    return new CosignatureSigner() {
      @Override
      public CosignerKey key() {
        return key;
      }

      @Override
      public byte[] sign(byte[] message) throws GeneralSecurityException {
        Signature signature = Signature.getInstance("Ed25519");
        signature.initSign(pair.getPrivate());
        signature.update(message);
        return signature.sign();
      }
    };
  }

  private static byte[] cosigned(byte[] head, CosignatureSigner by, Instant at) {
    try {
      SignedNote note = SignedNote.parse(head);
      List<NoteSignature> lines = new ArrayList<>(note.signatures());
      lines.add(Cosignature.make(note.text(), at.getEpochSecond(), by).line());
      return new SignedNote(note.text(), lines).bytes();
    } catch (GeneralSecurityException | FormatException e) {
      throw new IllegalStateException(e);
    }
  }
}
