package dev.counterfoil.custodian.following;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.counterfoil.custodian.CountsTeller;
import dev.counterfoil.custodian.CustodyRetention;
import dev.counterfoil.custodian.CustodyStatements;
import dev.counterfoil.custodian.HeldAuditLog;
import dev.counterfoil.custodian.TestEvents;
import dev.counterfoil.custodian.held.CustodyLog;
import dev.counterfoil.custodian.held.HeldRecordForm;
import dev.counterfoil.custodian.held.NameTable;
import dev.counterfoil.custodian.held.RecordItem;
import dev.counterfoil.custodian.held.SeenCheckpoint;
import dev.counterfoil.custodian.issuer.Alarm;
import dev.counterfoil.custodian.issuer.IssuerSource;
import dev.counterfoil.custodian.issuer.IssuerUnavailableException;
import dev.counterfoil.custodian.issuer.RecordStream;
import dev.counterfoil.custodian.issuer.RecordedIssuer;
import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.Hash;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.format.bytes.StrictJson;
import dev.counterfoil.format.custody.CustodyStatement;
import dev.counterfoil.format.custody.StatedCounts;
import dev.counterfoil.format.keylog.KeySet.StatedLog;
import dev.counterfoil.format.note.Checkpoint;
import dev.counterfoil.format.note.CosignerKey;
import dev.counterfoil.format.note.TestCosigner;
import dev.counterfoil.format.note.TestLogKey;
import dev.counterfoil.format.tree.Leaf;
import dev.counterfoil.format.tree.MerkleFrontier;
import dev.counterfoil.format.tree.TreeHasher;
import dev.counterfoil.log.record.RecordedEvent;
import dev.counterfoil.verifier.SettableClock;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.FutureTask;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** An audit log is held by the code that holds token logs: its records are sealed events. */
public final class AuditLogCustodyTest {
  private static final String ORIGIN = "monitor.example/audit";

  @TempDir Path folder;
  private final SettableClock clock = new SettableClock(Instant.parse("2026-11-01T10:00:00Z"));
  private final List<Alarm> alarms = new ArrayList<>();
  private final Monitor monitor = new Monitor();
  private int namesMax = 1000;

  /** A monitor in memory that gives out its records, honestly or not. */
  private final class Monitor implements IssuerSource {
    final TestLogKey key = TestLogKey.of(ORIGIN, new SecureRandom());
    final StatedLog log =
        new StatedLog(ORIGIN, key.key(), URI.create("https://monitor.example/audit/v1/log"));
    final TreeHasher hasher = new TreeHasher();
    final List<byte[]> records = new ArrayList<>();
    final List<byte[]> given = new ArrayList<>();
    final ByteArrayOutputStream entries = new ByteArrayOutputStream();
    MerkleFrontier tree = new MerkleFrontier();

    /** Whoever reads here fails. */
    volatile boolean failing;

    /** A stream breaks off after so many records. */
    int cutAfter = Integer.MAX_VALUE;

    void record(String tenant, int count) {
      for (int i = 0; i < count; i++) {
        long position = records.size();
        Hash digest = Hash.sha256(("event " + position).getBytes(StandardCharsets.UTF_8));
        RecordedEvent record =
            new RecordedEvent(
                position,
                clock.millis(),
                digest,
                outline(position, tenant),
                ("sealed " + position).getBytes(StandardCharsets.UTF_8));
        records.add(record.encode());
        given.add(record.encode());
        entries.writeBytes(record.leaf().entry());
        tree.append(record.leaf().hash(hasher));
      }
    }

    @Override
    public byte[] checkpoint(StatedLog of) throws IssuerUnavailableException {
      if (failing) {
        throw new UncheckedIOException(new IOException("the disk is gone"));
      }
      try {
        return new Checkpoint(ORIGIN, tree.size(), tree.root()).sign(key).bytes();
      } catch (GeneralSecurityException e) {
        throw new IllegalStateException(e);
      }
    }

    @Override
    public RecordStream records(StatedLog of, long from) {
      long[] next = {from};
      return new RecordStream() {
        @Override
        public List<RecordItem> next() throws IssuerUnavailableException {
          List<RecordItem> items = new ArrayList<>();
          while (next[0] < given.size() && items.size() < 100) {
            if (next[0] - from >= cutAfter) {
              if (items.isEmpty()) {
                throw new IssuerUnavailableException("the line was cut");
              }
              return items;
            }
            items.add(new RecordItem.Payload(given.get((int) next[0]++)));
          }
          if (items.isEmpty()) {
            return List.of(new RecordItem.Pause());
          }
          if (next[0] == given.size()) {
            items.add(new RecordItem.Head(checkpoint(of)));
          }
          return items;
        }

        @Override
        public void close() {}
      };
    }

    @Override
    public byte[] entries(StatedLog of, long bundle, long size) {
      byte[] all = entries.toByteArray();
      int begin = (int) bundle * 256 * Leaf.ENTRY_BYTES;
      return Arrays.copyOfRange(all, begin, Math.min(all.length, begin + 256 * Leaf.ENTRY_BYTES));
    }

    @Override
    public byte[] proof(StatedLog log, long position) throws IssuerUnavailableException {
      throw new IssuerUnavailableException("nobody asks for one of an audit log");
    }
  }

  public static byte[] outline(long sequence, String tenant) {
    ByteBuffer outline = ByteBuffer.allocate(256).putLong(sequence);
    for (String text : List.of("trial/mail", "", tenant, "AAAABBBBCCCC", "")) {
      byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
      outline.putShort((short) bytes.length).put(bytes);
    }
    byte[] cut = new byte[outline.position()];
    outline.flip().get(cut);
    return cut;
  }

  private final class Custody implements AutoCloseable {
    Consumer<Alarm> whenAlarmed = alarm -> {};
    final NameTable names = new NameTable(folder.resolve("names"), namesMax);
    final CustodyLog held =
        new CustodyLog(folder.resolve("audit"), ORIGIN, HeldRecordForm.EVENTS, names);
    final LogFollower follower =
        new LogFollower(
            "trial",
            monitor.log,
            monitor,
            held,
            SeenCheckpoint.last(folder.resolve("audit")),
            alarm -> {
              alarms.add(alarm);
              whenAlarmed.accept(alarm);
            },
            (of, from, to) -> {},
            clock,
            TestCustody.WITHIN);

    Custody() throws Exception {}

    /** Looks, and takes in a stream to its end. */
    void follow() throws Exception {
      follower.look();
      try (RecordStream stream = follower.open().orElseThrow()) {
        while (follower.receive(stream) == LogFollower.Received.MORE) {
          // What comes next.
        }
      } catch (IssuerUnavailableException e) {
        // As a custodian: asked again at the next turn.
      }
      follower.look();
    }

    Map<String, Long> counts() throws Exception {
      Map<String, Long> counts = new HashMap<>();
      held.held()
          .tenantCounts(held.vouchedSize())
          .forEach((tenant, count) -> counts.put(names.name(tenant), count));
      return counts;
    }

    @Override
    public void close() throws IOException {
      held.close();
      names.close();
    }
  }

  @Test
  void everyRecordIsHeldSealedAndFiledUnderItsTenant() throws Exception {
    monitor.record("acme", 150);
    monitor.record("globex", 30);
    try (Custody custody = new Custody()) {
      custody.follow();
      assertThat(custody.held.vouchedSize()).isEqualTo(180);
      assertThat(custody.counts())
          .containsExactlyInAnyOrderEntriesOf(Map.of("trial/acme", 150L, "trial/globex", 30L));
      assertThat(custody.held.held().record(170)).contains(monitor.records.get(170));
      assertThat(custody.held.reader().published().orElseThrow().checkpoint().root())
          .isEqualTo(monitor.tree.root());
      assertThat(alarms).isEmpty();
    }
  }

  /** Anybody may ask for it, and a slow disk is to hold up nobody who does. */
  @Test
  @Timeout(120)
  void whatWasSeenIsAnsweredWhileTheLogIsLocked() throws Exception {
    monitor.record("acme", 5);
    byte[] newest = monitor.checkpoint(monitor.log);
    List<byte[]> seen = new ArrayList<>();
    try (Custody custody = new Custody()) {
      assertThat(custody.follower.seen()).as("the control: nothing was seen yet").isEmpty();
      custody.follow();
      // A log that goes back is told of on the thread that holds the lock.
      monitor.tree = new MerkleFrontier();
      monitor.tree.append(new Leaf(Hash.sha256(new byte[2])).hash(monitor.hasher));
      custody.whenAlarmed =
          alarm -> {
            FutureTask<Optional<byte[]>> asked = new FutureTask<>(custody.follower::seen);
            Thread.ofPlatform().daemon().start(asked);
            try {
              seen.add(asked.get(60, TimeUnit.SECONDS).orElseThrow());
            } catch (Exception e) {
              throw new AssertionError(e);
            }
          };
      custody.follower.look();
      assertThat(alarms).extracting(Alarm::kind).containsExactly(Alarm.Kind.LOG_ROLLBACK);
      assertThat(seen).singleElement().isEqualTo(newest);
    }
    try (Custody custody = new Custody()) {
      assertThat(custody.follower.seen()).as("after a start").contains(newest);
    }
  }

  @Test
  void aLineThatIsCutAndAStartLoseNothing() throws Exception {
    monitor.record("acme", 90);
    monitor.cutAfter = 40;
    try (Custody custody = new Custody()) {
      custody.follow();
      assertThat(custody.held.size()).as("what came before the cut").isEqualTo(40);
      assertThat(custody.held.vouchedSize()).as("no checkpoint covers just that").isZero();
    }
    try (Custody custody = new Custody()) {
      custody.follow();
      monitor.cutAfter = Integer.MAX_VALUE;
      custody.follow();
      assertThat(custody.held.vouchedSize()).isEqualTo(90);
      assertThat(custody.held.held().record(39)).contains(monitor.records.get(39));
      assertThat(alarms).isEmpty();
    }
  }

  @Test
  void aRecordOfAnotherLeafIsNamedAndDoesNotCount() throws Exception {
    monitor.record("acme", 20);
    byte[] honest = monitor.given.get(13);
    RecordedEvent event = RecordedEvent.parse(honest);
    monitor.given.set(
        13,
        new RecordedEvent(
                13, event.timeMillis(), Hash.sha256(new byte[1]), event.outline(), event.sealed())
            .encode());
    try (Custody custody = new Custody()) {
      custody.follow();
      assertThat(alarms)
          .singleElement()
          .satisfies(
              alarm -> {
                assertThat(alarm.kind()).isEqualTo(Alarm.Kind.COUNTERFOIL_MISSING);
                assertThat(alarm.position()).hasValue(13);
              });
      assertThat(custody.held.vouchedSize()).isZero();
      monitor.given.set(13, honest);
      clock.advance(Duration.ofSeconds(10));
      custody.follow();
      assertThat(custody.held.vouchedSize()).isEqualTo(20);
    }
  }

  @Test
  void aLogThatGoesBackOrSignsAnotherHistoryIsAnAlarmAlsoAfterAStart() throws Exception {
    monitor.record("acme", 20);
    try (Custody custody = new Custody()) {
      custody.follow();
    }
    MerkleFrontier whole = monitor.tree;
    monitor.tree = new MerkleFrontier();
    Leaf other = new Leaf(Hash.sha256(new byte[2]));
    for (int i = 0; i < 15; i++) {
      monitor.tree.append(other.hash(monitor.hasher));
    }
    try (Custody custody = new Custody()) {
      custody.follower.look();
      assertThat(alarms).extracting(Alarm::kind).containsExactly(Alarm.Kind.LOG_ROLLBACK);
      for (int i = 15; i < 20; i++) {
        monitor.tree.append(other.hash(monitor.hasher));
      }
      custody.follower.look();
      assertThat(alarms)
          .extracting(Alarm::kind)
          .containsExactly(Alarm.Kind.LOG_ROLLBACK, Alarm.Kind.LOG_FORK);
      assertThat(custody.held.vouchedSize()).as("what it said stands").isEqualTo(20);
      assertThat(custody.held.rootAt(20)).isEqualTo(whole.root());
    }
  }

  @Test
  void aTenantPastTheBoundIsAnAlarmAndItsRecordIsNotTaken() throws Exception {
    // One is the name of the key, which events have none of.
    namesMax = 3;
    monitor.record("acme", 5);
    monitor.record("globex", 5);
    try (Custody custody = new Custody()) {
      custody.follow();
      assertThat(custody.held.vouchedSize()).isEqualTo(10);
      monitor.record("initech", 5);
      custody.follow();
      clock.advance(TestCustody.WITHIN);
      custody.follow();
      assertThat(alarms)
          .singleElement()
          .satisfies(
              alarm -> {
                assertThat(alarm.kind()).isEqualTo(Alarm.Kind.COUNTERFOIL_MISSING);
                assertThat(alarm.position()).hasValue(10);
                assertThat(alarm.summary()).contains("more tenants");
              });
      assertThat(custody.held.size()).isEqualTo(10);
    }
    namesMax = 4;
    try (Custody custody = new Custody()) {
      custody.follow();
      assertThat(custody.held.vouchedSize()).as("the control").isEqualTo(15);
      assertThat(custody.counts()).containsEntry("trial/initech", 5L);
    }
  }

  @Test
  @Timeout(120)
  void aThreadThatFailsEndsTheCustodyOfItsLogAndNoProcess() throws Exception {
    List<Throwable> unknownState = new CopyOnWriteArrayList<>();
    CustodianThreads threads = new CustodianThreads(unknownState::add);
    monitor.record("acme", 20);
    Custody custody = new Custody();
    TestCosigner cosigner =
        new TestCosigner("custodian.example/c1", CosignerKey.Algorithm.ED25519, 1);
    HeldNotes notes = new HeldNotes(cosigner, clock);
    BlockingQueue<byte[]> counts = new LinkedBlockingQueue<>();
    try (HeldAuditLog held =
        new HeldAuditLog(
            custody.follower,
            new HeldAcknowledgement(
                note -> CompletableFuture.completedFuture(202),
                custody.held::vouched,
                notes,
                new Bell()),
            new CountsTeller(
                custody.follower,
                new CustodyStatements(
                    Files.createDirectory(folder.resolve("statements")),
                    notes,
                    clock,
                    new SecureRandom()),
                statement -> {
                  counts.add(statement);
                  return 202;
                }),
            custody.names)) {
      Bell bell = held.start(threads, Duration.ofMillis(10));
      while (custody.held.vouchedSize() < 20) {
        Thread.sleep(10);
      }
      // He tells whose they are, so that who knows the counts makes the same statement of them.
      JsonObject told = StrictJson.object(counts.take(), 1 << 16);
      CustodyStatement statement =
          CustodyStatement.verify(
              told.string("statement").getBytes(StandardCharsets.UTF_8),
              custody.follower.log().key().name(),
              cosigner.key());
      assertThat(
              StatedCounts.of(
                      statement.checkpoint(),
                      Map.of("trial/acme", statement.checkpoint().size()),
                      Hash.parseBase64Url(told.string("secret")).bytes())
                  .statement())
          .isEqualTo(statement);
      monitor.failing = true;
      while (!custody.follower.isAbandoned()) {
        Thread.sleep(10);
      }
      assertThat(custody.follower.open()).as("nothing more is taken").isEmpty();
      threads.stop();
      bell.ring();
      held.acknowledgement().ring();
      threads.join();
    }
    assertThat(unknownState).isEmpty();
    assertThat(alarms)
        .singleElement()
        .satisfies(
            alarm -> {
              assertThat(alarm.kind()).isEqualTo(Alarm.Kind.COUNTERFOIL_DAMAGED);
              assertThat(alarm.summary()).contains(ORIGIN, "the disk is gone");
            });
    // The control: the failure of another thread is the process's.
    CustodianThreads others = new CustodianThreads(unknownState::add);
    others.start(
        "fails",
        () -> {
          throw new IOException("the disk is gone");
        });
    others.join();
    assertThat(unknownState).hasSize(1);
  }

  @Test
  void eventsAreKeptWhenTheTokensBesideThemAreForgotten() throws Exception {
    RecordedIssuer acme = new RecordedIssuer("acme", "https://login.example", clock);
    acme.issue();
    monitor.record("acme", 20);
    try (TestCustody tokens =
            new TestCustody(clock, folder.resolve("tokens"), new TestEvents(), acme);
        Custody custody = new Custody()) {
      tokens.follow();
      custody.follow();
      FollowedIssuer issuer = tokens.issuers.values().iterator().next();
      issuer.holdsAuditLog(custody.follower);
      CustodyRetention retention =
          new CustodyRetention(List.of(issuer), Duration.ofDays(1), clock, new SecureRandom());
      clock.advance(CustodyRetention.SEGMENT_AGE_MAX.plusDays(1));
      tokens.witnessSays("acme", clock.instant());
      assertThat(retention.step()).isTrue();
      assertThat(tokens.follower("acme", RecordedIssuer.LOG).custody().held().counterfoil(0))
          .as("the control")
          .isEmpty();
      assertThat(custody.held.held().keptFrom()).isZero();
      for (int i = 0; i < 20; i++) {
        assertThat(custody.held.held().record(i)).contains(monitor.records.get(i));
      }
    }
  }

  @Test
  void whatIsNoSealedEventIsNotTaken() throws Exception {
    assertThat(HeldRecordForm.EVENTS.reader(ORIGIN).parse(sealed("acme")).tenant())
        .isEqualTo("trial/acme");
    byte[] counterfoil = RecordedIssuer.recordOf(0, "e30.e30", "context");
    assertThatThrownBy(() -> HeldRecordForm.EVENTS.reader(ORIGIN).parse(counterfoil))
        .isInstanceOf(FormatException.class);
    assertThatThrownBy(() -> HeldRecordForm.EVENTS.reader(ORIGIN).parse(sealed("")))
        .isInstanceOf(FormatException.class);
    byte[] sealed = sealed("acme");
    assertThatThrownBy(() -> HeldRecordForm.TOKENS.reader(ORIGIN).parse(sealed))
        .isInstanceOf(FormatException.class);
  }

  private static byte[] sealed(String tenant) {
    return new RecordedEvent(0, 1, Hash.sha256(new byte[0]), outline(0, tenant), new byte[] {1})
        .encode();
  }
}
