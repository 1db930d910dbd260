package dev.counterfoil.custodian.following;

import dev.counterfoil.custodian.CosignerKeyFile;
import dev.counterfoil.custodian.Custodian;
import dev.counterfoil.custodian.held.CustodyLog;
import dev.counterfoil.custodian.held.NameTable;
import dev.counterfoil.custodian.held.SeenCheckpoint;
import dev.counterfoil.custodian.issuer.HeldKeyLog;
import dev.counterfoil.custodian.issuer.IssuerSource;
import dev.counterfoil.custodian.issuer.IssuerUnavailableException;
import dev.counterfoil.custodian.issuer.RecordStream;
import dev.counterfoil.custodian.issuer.RecordedIssuer;
import dev.counterfoil.format.bytes.Hash;
import dev.counterfoil.format.keylog.KeySet.StatedLog;
import dev.counterfoil.format.note.Checkpoint;
import dev.counterfoil.format.note.CosignerKey;
import dev.counterfoil.format.note.SignedNote;
import dev.counterfoil.format.policy.TrustPolicy;
import dev.counterfoil.format.tree.TreeHasher;
import dev.counterfoil.log.care.ClockCheck;
import dev.counterfoil.log.checkpoint.Cosigner;
import dev.counterfoil.verifier.SettableClock;
import dev.counterfoil.verifier.reading.ReadSide;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** A custodian's parts on one thread and a clock that the test moves. */
public final class TestCustody implements AutoCloseable {
  public static final Duration WITHIN = Duration.ofSeconds(10);

  public final NameTable names;
  public final Map<String, FollowedIssuer> issuers = new LinkedHashMap<>();
  private final List<CustodyLog> custodyLogs = new ArrayList<>();
  private final List<MirroredLog> mirrors = new ArrayList<>();
  private final List<HeldKeyLog> keyLogs = new ArrayList<>();

  /** By the domains. Each hears nobody until a test says something in the name of {@code w1}. */
  private final Map<String, ClockCheck> clocks = new LinkedHashMap<>();

  private final CosignerKeyFile key;
  private final HeldNotes notes;
  private final SettableClock clock;
  private final Custodian.Events events;
  private final Path folder;

  /**
   * A domain, and where a custodian reads it.
   *
   * @param keyLog where its key log is read
   */
  public record Source(TrustPolicy policy, IssuerSource issuer, ReadSide keyLog) {
    public static Source of(RecordedIssuer issuer) {
      return new Source(issuer.issuer.policy(), issuer, issuer.keyLog());
    }
  }

  public TestCustody(
      SettableClock clock, Path folder, Custodian.Events events, RecordedIssuer... sources)
      throws IOException {
    this(clock, folder, events, Arrays.stream(sources).map(Source::of).toList());
  }

  public TestCustody(
      SettableClock clock, Path folder, Custodian.Events events, List<Source> sources)
      throws IOException {
    this.clock = clock;
    this.events = events;
    this.folder = Files.createDirectories(folder);
    names = new NameTable(folder.resolve("names"));
    key = CosignerKeyFile.openOrMake(folder.resolve("cosigner"), "custodian");
    notes = new HeldNotes(key, clock);
    for (Source source : sources) {
      String name = source.policy().domain();
      ClockCheck heard = heard(clock);
      clocks.put(name, heard);
      HeldKeyLog keyLog =
          new HeldKeyLog(
              source.policy(), folder.resolve(name).resolve("keys"), source.keyLog(), heard);
      keyLogs.add(keyLog);
      issuers.put(
          name,
          new FollowedIssuer(
              source.policy(),
              keyLog,
              events::alarm,
              events::keySet,
              events::clockRight,
              new FollowedIssuer.FollowerFactory() {
                @Override
                public LogFollower follow(StatedLog log) throws IOException {
                  return follower(name, log, source.issuer());
                }

                @Override
                public MirroredLog mirror(StatedLog log) throws IOException {
                  return mirrorOf(name, log, source.issuer());
                }
              },
              heard,
              clock));
    }
  }

  /** With which it cosigns what it holds. */
  public CosignerKey cosigner() {
    return key.key();
  }

  /**
   * What it says to the signer of a log: what it holds of it; empty for one that it does not know.
   */
  public Optional<byte[]> cosigned(String domain, String log) {
    FollowedIssuer followed = issuers.get(domain);
    LogFollower follower = followed == null ? null : followed.followers().get(log);
    if (follower == null) {
      return Optional.empty();
    }
    Optional<CustodyLog.Vouched> vouched = follower.custody().vouched();
    Checkpoint nothing = new Checkpoint(follower.log().key().name(), 0, TreeHasher.EMPTY_ROOT);
    SignedNote note =
        vouched
            .map(CustodyLog.Vouched::note)
            .orElseGet(() -> new SignedNote(nothing.text(), List.of()));
    return Optional.of(notes.cosign(note).bytes());
  }

  private static ClockCheck heard(SettableClock clock) {
    return new ClockCheck(
        List.of(
            new Cosigner(
                "w1",
                new CosignerKey("w1", CosignerKey.Algorithm.ED25519, Hash.sha256().bytes()),
                Cosigner.Kind.WITNESS,
                false)),
        1,
        clock,
        () -> 0);
  }

  private MirroredLog mirrorOf(String domain, StatedLog log, IssuerSource source)
      throws IOException {
    MirroredLog mirror =
        new MirroredLog(
            domain,
            log,
            source,
            folder.resolve(domain).resolve(log.name()),
            events::alarm,
            size -> events.mirrored(domain, log.name(), size),
            clock,
            WITHIN);
    mirrors.add(mirror);
    return mirror;
  }

  private LogFollower follower(String domain, StatedLog log, IssuerSource source)
      throws IOException {
    Path of = folder.resolve(domain).resolve(log.name());
    CustodyLog held = new CustodyLog(of, log.name(), names);
    custodyLogs.add(held);
    LogFollower[] made = new LogFollower[1];
    made[0] =
        new LogFollower(
            domain,
            log,
            source,
            held,
            SeenCheckpoint.last(of),
            events::alarm,
            (which, from, to) -> events.vouched(made[0], from, to),
            clock,
            WITHIN);
    return made[0];
  }

  /** A domain's witness says what time it is, often enough to be believed. */
  public void witnessSays(String domain, Instant time) {
    ClockCheck heard = clocks.get(domain);
    if (heard == null) {
      throw new IllegalArgumentException("no domain " + domain);
    }
    for (int second = ClockCheck.WORDS_MIN; second > 0; second--) {
      heard.heard(Map.of("w1", time.minusSeconds(second)));
    }
  }

  /** Follows every log to its end. */
  public void follow() throws IOException {
    for (FollowedIssuer issuer : issuers.values()) {
      issuer.look();
      for (LogFollower follower : issuer.followers().values()) {
        receive(follower);
      }
      issuer.look();
    }
  }

  private static void receive(LogFollower follower) throws IOException {
    try {
      if (follower.open().isEmpty()) {
        return;
      }
      try (RecordStream stream = follower.open().orElseThrow()) {
        while (follower.receive(stream) == LogFollower.Received.MORE) {
          // What comes next.
        }
      }
    } catch (IssuerUnavailableException e) {
      // As a custodian: asked again at the next turn.
      return;
    }
  }

  public LogFollower follower(String domain, String log) {
    FollowedIssuer followed = issuers.get(domain);
    LogFollower follower = followed == null ? null : followed.followers().get(log);
    if (follower == null) {
      throw new IllegalStateException("log " + log + " is not followed");
    }
    return follower;
  }

  /** What is left of a process that was killed: its locks are gone, and nothing more is written. */
  public void loseLocks() throws IOException {
    for (HeldKeyLog log : keyLogs) {
      log.close();
    }
    keyLogs.clear();
  }

  @Override
  public void close() throws IOException {
    for (CustodyLog log : custodyLogs) {
      log.close();
    }
    for (MirroredLog mirror : mirrors) {
      mirror.close();
    }
    for (HeldKeyLog log : keyLogs) {
      log.close();
    }
    names.close();
  }
}
