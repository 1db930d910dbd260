package dev.counterfoil.custodian.held;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import dev.counterfoil.custodian.following.AuditLogCustodyTest;
import dev.counterfoil.custodian.issuer.HeldRevocations;
import dev.counterfoil.custodian.issuer.HttpRecordStream;
import dev.counterfoil.custodian.issuer.IssuerUnavailableException;
import dev.counterfoil.custodian.issuer.RecordedIssuer;
import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.Hash;
import dev.counterfoil.log.record.RecordedEvent;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * What an issuer streams and what lies in a custodian's folder: refused in the parser's own way, or
 * read. Jazzer searches when {@code JAZZER_FUZZ=1} is set; the default run changes good inputs from
 * a seed.
 */
class CustodyParsersFuzzTest {
  private static final int CHANGED_INPUTS = 2_000;
  private static final int CHANGED_FILES = 150;
  private static final String LOG = "s1g1";

  @TempDir Path folder;

  // ---- The stream

  @FuzzTest(maxDuration = "30s")
  void streams(byte[] bytes) {
    stream(bytes);
  }

  private static int stream(byte[] bytes) {
    int content = 0;
    int items = 0;
    try (HttpRecordStream stream =
        new HttpRecordStream(new ByteArrayInputStream(bytes), Duration.ofSeconds(30))) {
      for (List<RecordItem> next = stream.next(); !next.isEmpty(); next = stream.next()) {
        for (RecordItem item : next) {
          items++;
          content +=
              4
                  + switch (item) {
                    case RecordItem.Payload payload -> payload.bytes().length;
                    case RecordItem.Head head -> head.note().length;
                    case RecordItem.Pause pause -> 0;
                  };
        }
      }
    } catch (IssuerUnavailableException e) {
      assertThat(e.getMessage()).contains("stream");
    }
    assertThat(content).isLessThanOrEqualTo(bytes.length);
    return items;
  }

  // ---- A path below the key log

  @FuzzTest(maxDuration = "30s")
  void revocationPaths(byte[] bytes) {
    revocationPath(bytes);
  }

  /** Whoever asks must not reach out of the folder: a path is read in its one spelling. */
  private static boolean revocationPath(byte[] bytes) {
    String path = new String(bytes, StandardCharsets.UTF_8);
    Optional<HeldRevocations.Bundle> read = HeldRevocations.Bundle.parse(path);
    read.ifPresent(
        bundle ->
            assertThat("revoked/" + bundle.number() + "/" + bundle.tile().path()).isEqualTo(path));
    return read.isPresent();
  }

  @Test
  void changedPathsAreRefusedOrRead() {
    byte[] good = "revoked/7/tile/entries/x001/234.p/5".getBytes(StandardCharsets.UTF_8);
    Random random = new Random(13);
    int read = 0;
    for (int i = 0; i < CHANGED_INPUTS; i++) {
      read += revocationPath(changed(good, random)) ? 1 : 0;
    }
    assertThat(read).isLessThan(CHANGED_INPUTS);
    assertThat(revocationPath(good)).isTrue();
  }

  // ---- A record

  @FuzzTest(maxDuration = "30s")
  void tokens(byte[] bytes) {
    token(bytes);
  }

  private static void token(byte[] record) {
    try {
      HeldToken token = HeldToken.parse(record, LOG);
      assertThat(token.tenant()).isNotNull();
      assertThat(token.kid()).isNotNull();
      assertThat(token.position()).isNotNegative();
    } catch (FormatException e) {
      assertThat(e.getMessage()).isNotEmpty();
    }
  }

  @FuzzTest(maxDuration = "30s")
  void events(byte[] bytes) {
    event(bytes);
  }

  private static int event(byte[] record) {
    try {
      HeldEvent event = HeldEvent.parse(record);
      assertThat(event.position()).isNotNegative();
      assertThat(event.tenant()).contains("/");
      assertThat(event.expiresAt()).isEqualTo(event.takenAt());
      return 1;
    } catch (FormatException e) {
      assertThat(e.getMessage()).isNotEmpty();
      return 0;
    }
  }

  @Test
  void changedEventsAreRefusedOrRead() {
    byte[] good =
        new RecordedEvent(
                7, 1, Hash.sha256(new byte[0]), AuditLogCustodyTest.outline(7, "acme"), new byte[9])
            .encode();
    Random random = new Random(11);
    int read = 0;
    for (int i = 0; i < CHANGED_INPUTS; i++) {
      read += event(changed(good, random));
    }
    assertThat(read).isLessThan(CHANGED_INPUTS);
    assertThat(event(good)).isOne();
  }

  @FuzzTest(maxDuration = "30s")
  void entries(byte[] bytes) {
    entry(bytes);
  }

  private static void entry(byte[] bytes) {
    if (bytes.length < HeldEntry.BYTES) {
      return;
    }
    ByteBuffer source = ByteBuffer.wrap(bytes);
    HeldEntry entry = HeldEntry.read(source);
    assertThat(source.position()).isEqualTo(HeldEntry.BYTES);
    ByteBuffer again = ByteBuffer.allocate(HeldEntry.BYTES);
    entry.write(again);
    assertThat(HeldEntry.read(again.rewind())).isEqualTo(entry);
  }

  // ---- Files

  private int items(byte[] bytes) throws IOException {
    Path file = Files.write(folder.resolve("items"), bytes);
    List<Integer> lengths = new ArrayList<>();
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
      long end =
          new SegmentItems().scan(channel, (kind, content, at) -> lengths.add(content.length));
      long sum = lengths.stream().mapToLong(length -> SegmentItems.HEAD_BYTES + length).sum();
      assertThat(end).isEqualTo(sum).isLessThanOrEqualTo(bytes.length);
    }
    return lengths.size();
  }

  private void names(byte[] bytes) throws IOException {
    Path file = Files.write(folder.resolve("names"), bytes);
    try (NameTable names = new NameTable(file)) {
      int number = names.number("one more");
      assertThat(names.name(number)).isEqualTo("one more");
    } catch (IOException e) {
      assertThat(e).hasMessageContaining("damaged");
    }
  }

  @Test
  void changedInputsAreRefusedOrRead() throws Exception {
    RecordedIssuer issuer =
        new RecordedIssuer(
            "enterprise", "https://login.example", () -> Instant.parse("2026-11-01T10:00:00Z"));
    ByteArrayOutputStream stream = new ByteArrayOutputStream();
    ByteBuffer items = ByteBuffer.allocate(1 << 16);
    SegmentItems writer = new SegmentItems();
    byte[] record = new byte[0];
    for (int i = 0; i < 5; i++) {
      record = RecordedIssuer.recordOf(i, issuer.draft(issuer.key, LOG, i).signingInput(), LOG + i);
      stream.writeBytes(ByteBuffer.allocate(4).putInt(record.length).array());
      stream.writeBytes(record);
      writer.write(items, RecordItem.RECORD, record);
    }
    stream.writeBytes(new byte[] {2, 0, 0, 0});
    byte[] streamed = stream.toByteArray();
    byte[] stored = Arrays.copyOf(items.array(), items.position());
    byte[] names = "{\"name\":\"acme\"}\n{\"name\":\"k1\"}\n".getBytes(StandardCharsets.UTF_8);
    byte[] entry = new byte[HeldEntry.BYTES];
    Random random = new Random(1);
    for (int i = 0; i < CHANGED_INPUTS; i++) {
      stream(changed(streamed, random));
      token(changed(record, random));
      random.nextBytes(entry);
      entry(entry);
      if (i % 10 == 0) {
        items(changed(stored, random));
        names(changed(names, random));
      }
    }
    assertThat(stream(streamed)).isEqualTo(6);
    assertThat(HeldToken.parse(record, LOG).position()).isEqualTo(4);
    assertThat(items(stored)).isEqualTo(5);
    try (NameTable table = new NameTable(Files.write(folder.resolve("names"), names))) {
      assertThat(table.find("k1")).contains(1);
    }
  }

  /** Index, archive and keys changed: a look finds nothing, says what is damaged, or the truth. */
  @Test
  void changedFilesOfAnArchiveAreNoticed() throws Exception {
    RecordedIssuer issuer =
        new RecordedIssuer(
            "enterprise", "https://login.example", () -> Instant.parse("2026-11-01T10:00:00Z"));
    Path of = folder.resolve("custody");
    NameTable names = new NameTable(folder.resolve("table"));
    List<byte[]> records = new ArrayList<>();
    for (int i = 0; i < 40; i++) {
      records.add(
          RecordedIssuer.recordOf(i, issuer.draft(issuer.key, LOG, i).signingInput(), LOG + i));
    }
    try (CustodyLog log = new CustodyLog(of, LOG, names)) {
      for (byte[] record : records) {
        log.append(HeldToken.parse(record, LOG), record);
      }
      TestVouching.vouch(log, LOG);
      assertThat(log.closeOld(Long.MAX_VALUE)).isTrue();
      log.held().archive(Long.MAX_VALUE, new java.security.SecureRandom());
      assertThat(log.held().record(7).orElseThrow()).isEqualTo(records.get(7));
      Random random = new Random(1);
      int noticed = 0;
      for (int i = 0; i < CHANGED_FILES; i++) {
        Path file =
            of.resolve(
                List.of("0000000000.index", "0000000000.archive", "keys/0000000000.keys")
                    .get(i % 3));
        byte[] good = Files.readAllBytes(file);
        Files.write(file, changed(good, random));
        noticed +=
            look(
                new HeldSegments(of, LOG, SegmentTable.read(of), new SubjectWords(), () -> 40),
                records);
        Files.write(file, good);
      }
      assertThat(noticed).isGreaterThan(CHANGED_FILES / 3);
      assertThat(
              look(
                  new HeldSegments(of, LOG, SegmentTable.read(of), new SubjectWords(), () -> 40),
                  records))
          .isZero();
    }
  }

  private static int look(HeldSegments held, List<byte[]> records) {
    int wrong = 0;
    for (int position = 0; position < records.size(); position++) {
      try {
        byte[] record = held.record(position).orElse(new byte[0]);
        wrong |= Arrays.equals(record, records.get(position)) ? 0 : 1;
        held.counterfoil(position);
      } catch (IOException e) {
        assertThat(e.getMessage()).isNotEmpty();
        wrong = 1;
      }
    }
    return wrong;
  }

  private static byte[] changed(byte[] good, Random random) {
    byte[] bytes = good.clone();
    for (int changes = random.nextInt(3); changes >= 0 && bytes.length > 1; changes--) {
      int at = random.nextInt(Math.min(bytes.length, 1_500));
      int to = at + random.nextInt(Math.min(40, bytes.length - at));
      switch (random.nextInt(4)) {
        case 0 -> bytes[at] = (byte) random.nextInt(256);
        case 1 -> bytes[at] ^= (byte) (1 << random.nextInt(8));
        case 2 -> bytes = Arrays.copyOf(bytes, Math.max(1, at));
        default -> Arrays.fill(bytes, at, to, (byte) (random.nextBoolean() ? 0 : 0xff));
      }
    }
    return bytes;
  }
}
