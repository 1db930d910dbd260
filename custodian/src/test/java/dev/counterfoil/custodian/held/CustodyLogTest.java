package dev.counterfoil.custodian.held;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.counterfoil.custodian.issuer.RecordedIssuer;
import dev.counterfoil.format.bytes.Base64Url;
import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.Hash;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.format.bytes.StrictJson;
import dev.counterfoil.log.care.Scrubber;
import dev.counterfoil.verifier.SettableClock;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.SecureRandom;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class CustodyLogTest {
  private static final String LOG = RecordedIssuer.LOG;

  private static final SecureRandom RANDOM = new SecureRandom();

  @TempDir Path folder;
  private final RecordedIssuer issuer =
      new RecordedIssuer(
          "acme",
          "https://login.example",
          new SettableClock(Instant.parse("2026-11-01T10:00:00Z")));
  private final List<byte[]> lines = new ArrayList<>();

  private CustodyLog open() throws IOException {
    return new CustodyLog(folder.resolve(LOG), LOG, new NameTable(folder.resolve("names")));
  }

  private byte[] line(long position) {
    while (lines.size() <= position) {
      long next = lines.size();
      lines.add(
          RecordedIssuer.recordOf(
              next, issuer.draft(issuer.key, LOG, next).signingInput(), LOG + next));
    }
    return lines.get((int) position);
  }

  private Hash fill(CustodyLog log, long to) throws Exception {
    for (long position = log.size(); position < to; position++) {
      log.append(HeldToken.parse(line(position), LOG), line(position));
    }
    return log.rootAt(log.size());
  }

  /** As if the log had signed a checkpoint for what was appended. */
  private void vouch(CustodyLog log) throws Exception {
    TestVouching.vouch(log, LOG);
  }

  @Test
  void whatIsVouchedForIsFoundByPositionAndByDigest() throws Exception {
    try (CustodyLog log = open()) {
      fill(log, 100);
      HeldToken counterfoil = HeldToken.parse(line(42), LOG);
      assertThat(log.held().counterfoil(42)).as("not vouched for yet").isEmpty();
      assertThat(log.held().find(counterfoil.digest())).isEmpty();
      vouch(log);
      assertThat(log.held().counterfoil(42)).contains(counterfoil);
      assertThat(log.held().find(counterfoil.digest())).hasValue(42);
      assertThat(log.held().counterfoil(100)).isEmpty();
      assertThat(log.held().find(Hash.sha256())).isEmpty();
    }
  }

  @Test
  void aRestartGoesOnWhereItWas() throws Exception {
    Hash root;
    try (CustodyLog log = open()) {
      root = fill(log, 50);
    }
    try (CustodyLog log = open()) {
      assertThat(log.size()).isEqualTo(50);
      assertThat(log.rootAt(log.size())).isEqualTo(root);
      fill(log, 60);
      vouch(log);
      assertThat(log.held().counterfoil(55)).contains(HeldToken.parse(line(55), LOG));
    }
  }

  private Path records() {
    return folder.resolve(LOG).resolve("0000000000.records");
  }

  @Test
  void whatACrashToreIsDroppedAndNothingElse() throws Exception {
    try (CustodyLog log = open()) {
      fill(log, 30);
      vouch(log);
      fill(log, 50);
    }
    try (FileChannel channel = FileChannel.open(records(), StandardOpenOption.WRITE)) {
      channel.truncate(Files.size(records()) - 10);
    }
    try (CustodyLog log = open()) {
      assertThat(log.size()).isEqualTo(49);
      assertThat(log.vouchedSize()).isEqualTo(30);
      fill(log, 51);
      vouch(log);
      assertThat(log.held().counterfoil(49)).contains(HeldToken.parse(line(49), LOG));
    }
  }

  @Test
  void aChangedRecordIsNotTaken() throws Exception {
    try (CustodyLog log = open()) {
      fill(log, 10);
    }
    byte[] all = Files.readAllBytes(records());
    int one = all.length / 10;
    all[7 * one + 100] ^= 1;
    Files.write(records(), all);
    try (CustodyLog log = open()) {
      assertThat(log.size()).isEqualTo(7);
    }
  }

  private static Scrubber.Progress pass(CustodyLog log) throws Exception {
    Scrubber scrubber = log.scrubber(() -> java.time.Instant.ofEpochSecond(5));
    while (scrubber.step() > 0) {}
    return scrubber.progress();
  }

  private static void flip(Path file, int at) throws Exception {
    byte[] all = Files.readAllBytes(file);
    all[at] ^= 1;
    // In its place: the custodian has the file open.
    Files.write(file, all, StandardOpenOption.WRITE);
  }

  @Test
  void theScrubberFindsWhatIsNotAsItWasWritten() throws Exception {
    try (CustodyLog log = open()) {
      fill(log, 300);
      vouch(log);
      assertThat(pass(log).passes()).isEqualTo(1);
      assertThat(pass(log).difference()).isEmpty();
      Path tree = folder.resolve(LOG).resolve("tree");
      flip(tree.resolve("nodes-3"), 100);
      flip(tree.resolve("digests"), 40);
      assertThat(pass(log).repairedPlaces()).isEqualTo(2);
      assertThat(pass(log).difference()).isEmpty();
      int middle = (int) log.held().entry(150).orElseThrow().offset();
      flip(records(), middle);
      assertThat(pass(log).damage().orElseThrow().position()).isBetween(140L, 160L);
      flip(records(), middle);
      assertThat(pass(log).difference()).isEmpty();
      flip(folder.resolve(LOG).resolve("0000000000.index"), 64 * 7 + 5);
      assertThat(pass(log).damage().orElseThrow().description()).contains("position 7");
    }
  }

  @Test
  void zerosAreWrittenAheadAndAStartCutsThemOff() throws Exception {
    byte[] killed;
    try (CustodyLog log = open()) {
      fill(log, 10);
      vouch(log);
      killed = Files.readAllBytes(records());
    }
    long ended = Files.size(records());
    assertThat(killed.length).isGreaterThan((int) ended + (1 << 19));
    // As kill -9 leaves it, and what a crash left of the next record behind a whole one.
    killed[(int) ended] = 1;
    Files.write(records(), killed);
    try (CustodyLog log = open()) {
      assertThat(log.vouchedSize()).isEqualTo(10);
      assertThat(Files.size(records())).isEqualTo(ended);
      fill(log, 20);
      vouch(log);
    }
    try (CustodyLog log = open()) {
      assertThat(log.vouchedSize()).isEqualTo(20);
    }
  }

  @Test
  void whatIsVouchedForOutlivesARestartAndIsNeverGivenUp() throws Exception {
    try (CustodyLog log = open()) {
      fill(log, 10);
      vouch(log);
      fill(log, 20);
    }
    try (CustodyLog log = open()) {
      assertThat(log.vouchedSize()).isEqualTo(10);
      assertThat(log.held().counterfoil(9)).isPresent();
      log.dropUnvouched();
      assertThat(log.size()).isEqualTo(10);
      fill(log, 12);
      vouch(log);
    }
    byte[] all = Files.readAllBytes(records());
    all[100] ^= 1;
    Files.write(records(), all);
    // Damaged below what was cosigned: to go on with less would cosign a second root for a size.
    try (CustodyLog log = open()) {
      assertThat(log.size()).isZero();
    } catch (IOException e) {
      assertThat(e).hasMessageContaining("vouched for");
    }
  }

  @Test
  void segmentsCloseAndTheTreeGoesOn() throws Exception {
    long size = CustodySegment.POSITIONS + 10;
    Hash root;
    Hash early = HeldToken.parse(line(77), LOG).digest();
    Hash late = HeldToken.parse(line(size - 1), LOG).digest();
    try (CustodyLog log = open()) {
      root = fill(log, size);
      vouch(log);
      assertThat(log.held().find(early)).hasValue(77);
      assertThat(log.held().find(late)).hasValue(size - 1);
    }
    try (CustodyLog log = open()) {
      assertThat(log.size()).isEqualTo(size);
      assertThat(log.rootAt(log.size())).isEqualTo(root);
      assertThat(log.vouchedSize()).isEqualTo(size);
      assertThat(log.held().find(early)).hasValue(77);
      log.held().forget(Long.MAX_VALUE);
      assertThat(log.held().find(early)).as("forgotten with its segment").isEmpty();
      assertThat(log.held().counterfoil(77)).isEmpty();
      assertThat(log.held().find(late)).hasValue(size - 1);
    }
    try (CustodyLog log = open()) {
      assertThat(log.rootAt(log.size())).isEqualTo(root);
    }
  }

  @Test
  void anArchiveIsReadAsBeforeUntilATenantsKeysAreShredded() throws Exception {
    long size = CustodySegment.POSITIONS + 10;
    Path custody = folder.resolve("custody");
    Path of = custody.resolve("acme").resolve(LOG);
    Files.createDirectories(of);
    NameTable names = new NameTable(custody.resolve("names"));
    try (CustodyLog log = new CustodyLog(of, LOG, names)) {
      Hash root = fill(log, size);
      vouch(log);
      long plain = Files.size(of.resolve("0000000000.records"));
      log.held().archive(Instant.parse("2026-11-01T10:00:00Z").getEpochSecond(), RANDOM);
      assertThat(of.resolve("0000000000.records")).as("not before its tokens expired").exists();
      log.held().archive(Long.MAX_VALUE, RANDOM);
      assertThat(of.resolve("0000000000.records")).doesNotExist();
      assertThat(Files.size(of.resolve("0000000000.archive"))).isLessThan(plain * 3 / 4);
      for (long position : new long[] {0, 1, 77, 65_535, 65_536}) {
        assertThat(log.held().record(position))
            .as("" + position)
            .hasValueSatisfying(record -> assertThat(record).isEqualTo(line(position)));
      }

      Shredder.Result counted = new Shredder(folder, "acme", Optional.empty()).run(false);
      assertThat(counted).isEqualTo(new Shredder.Result(65_536, 0, 10));
      assertThat(log.held().record(77)).isPresent();
      assertThat(new Shredder(folder, "globex", Optional.empty()).run(true).shredded()).isZero();
      assertThat(new Shredder(folder, "acme", Optional.of(Instant.EPOCH)).run(true))
          .isEqualTo(new Shredder.Result(0, size, 0));
      assertThat(log.held().record(77)).isPresent();

      assertThat(new Shredder(folder, "acme", Optional.empty()).run(true)).isEqualTo(counted);
      assertThat(log.held().record(77)).isEmpty();
      assertThat(log.held().counterfoil(77)).isEmpty();
      assertThat(log.held().entry(77).orElseThrow().digest())
          .isEqualTo(HeldToken.parse(line(77), LOG).digest());
      assertThat(log.held().record(65_536)).as("not archived yet").isPresent();
      assertThat(log.rootAt(size)).isEqualTo(root);
    }
    try (CustodyLog log = new CustodyLog(of, LOG, names)) {
      assertThat(log.size()).isEqualTo(size);
      assertThat(log.held().record(77)).isEmpty();
    }
  }

  @Test
  void anOldSegmentIsClosedThoughItIsNotFull() throws Exception {
    Path custody = folder.resolve("custody");
    Path of = custody.resolve("acme").resolve(LOG);
    Files.createDirectories(of);
    NameTable names = new NameTable(custody.resolve("names"));
    Hash root;
    try (CustodyLog log = new CustodyLog(of, LOG, names)) {
      fill(log, 100);
      assertThat(log.closeOld(Long.MAX_VALUE)).as("not vouched for").isFalse();
      vouch(log);
      long expiry = HeldToken.parse(line(0), LOG).expiresAt();
      assertThat(log.closeOld(expiry)).as("too young").isFalse();
      assertThat(log.closeOld(expiry + 1)).isTrue();
      assertThat(log.closeOld(Long.MAX_VALUE)).as("nothing in it").isFalse();
      root = fill(log, 150);
      vouch(log);
    }
    try (CustodyLog log = new CustodyLog(of, LOG, names)) {
      assertThat(log.rootAt(150)).isEqualTo(root);
      assertThat(log.held().find(HeldToken.parse(line(7), LOG).digest())).hasValue(7);
      assertThat(log.held().find(HeldToken.parse(line(120), LOG).digest())).hasValue(120);
      log.held().archive(Long.MAX_VALUE, RANDOM);
      assertThat(of.resolve("0000000000.records")).doesNotExist();
      for (int position : new int[] {0, 7, 99, 100, 149}) {
        assertThat(log.held().record(position).orElseThrow()).isEqualTo(line(position));
      }
      assertThat(pass(log).difference()).isEmpty();
      assertThat(new Shredder(folder, "acme", Optional.empty()).run(true))
          .isEqualTo(new Shredder.Result(100, 0, 50));
      assertThat(log.held().record(7)).isEmpty();
      assertThat(log.held().record(120)).isPresent();
      assertThat(log.closeOld(Long.MAX_VALUE)).isTrue();
      fill(log, 160);
      vouch(log);
      assertThat(log.held().tenantCounts(160).values()).containsExactly(160L);
      log.held().forget(Long.MAX_VALUE);
      assertThat(log.held().keptFrom()).isEqualTo(150);
      assertThat(pass(log).difference()).isEmpty();
    }
    try (CustodyLog log = new CustodyLog(of, LOG, names)) {
      assertThat(log.size()).isEqualTo(160);
      assertThat(log.held().keptFrom()).isEqualTo(150);
      assertThat(log.held().record(155).orElseThrow()).isEqualTo(line(155));
      assertThat(log.held().tenantCounts(160).values()).containsExactly(160L);
    }
  }

  @Test
  void aCrashBeforeASegmentIsClosedLeavesItOpen() throws Exception {
    try (CustodyLog log = open()) {
      fill(log, 100);
      vouch(log);
      assertThat(log.closeOld(Long.MAX_VALUE)).isTrue();
    }
    Files.delete(folder.resolve(LOG).resolve("0000000000.frontier"));
    try (CustodyLog log = open()) {
      assertThat(log.size()).isEqualTo(100);
      assertThat(log.vouchedSize()).isEqualTo(100);
      fill(log, 110);
      vouch(log);
      assertThat(log.closeOld(Long.MAX_VALUE)).isTrue();
      log.held().archive(Long.MAX_VALUE, RANDOM);
      assertThat(log.held().record(105).orElseThrow()).isEqualTo(line(105));
    }
  }

  @Test
  void whatIsDroppedMayLieInTwoSegments() throws Exception {
    long vouched = CustodySegment.POSITIONS - 5;
    long size = CustodySegment.POSITIONS + 10;
    try (CustodyLog log = open()) {
      fill(log, vouched);
      vouch(log);
      Hash root = fill(log, size);
      log.dropUnvouched();
      assertThat(log.size()).isEqualTo(vouched);
      assertThat(fill(log, size)).isEqualTo(root);
      vouch(log);
      assertThat(log.held().counterfoil(vouched)).contains(HeldToken.parse(line(vouched), LOG));
    }
  }

  @Test
  void aCounterfoilIsOfOnePiece() throws Exception {
    String input = issuer.draft(issuer.key, LOG, 5).signingInput();
    HeldToken.parse(RecordedIssuer.recordOf(5, input, LOG + 5), LOG);
    assertThatThrownBy(() -> HeldToken.parse(RecordedIssuer.recordOf(6, input, LOG + 5), LOG))
        .isInstanceOf(FormatException.class)
        .hasMessageContaining("another position");
    assertThatThrownBy(() -> HeldToken.parse(RecordedIssuer.recordOf(5, input, LOG + 5), "s1g2"))
        .hasMessageContaining("another position");
    assertThatThrownBy(() -> HeldToken.parse(RecordedIssuer.recordOf(5, input, "other"), LOG))
        .hasMessageContaining("commits to");
  }

  @Test
  void aSecurityEventDoesNotExpireAndOthersDo() throws Exception {
    String[] input = issuer.draft(issuer.key, LOG, 5).signingInput().split("\\.", -1);
    JsonObject header = StrictJson.object(Base64Url.decode(input[0]), 4096);
    JsonObject claims = StrictJson.object(Base64Url.decode(input[1]), 4096);
    JsonObject event = claims.without("exp", "sub");
    String set = encoded(header.with("typ", "secevent+jwt")) + "." + encoded(event);
    HeldToken held = HeldToken.parse(RecordedIssuer.recordOf(5, set, LOG + 5), LOG);
    assertThat(held.expiresAt()).isEqualTo(claims.number("iat") + 30L * 24 * 60 * 60);
    assertThat(held.subject()).isEmpty();
    String none = encoded(header) + "." + encoded(event);
    assertThatThrownBy(() -> HeldToken.parse(RecordedIssuer.recordOf(5, none, LOG + 5), LOG))
        .isInstanceOf(FormatException.class)
        .hasMessageContaining("exp");
  }

  private static String encoded(JsonObject json) {
    return Base64Url.encode(json.toString().getBytes(StandardCharsets.UTF_8));
  }
}
