package dev.counterfoil.monitor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.counterfoil.format.FormatException;
import dev.counterfoil.format.Hash;
import dev.counterfoil.verifier.SettableClock;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class CustodyLogTest {
  private static final String LOG = RecordedIssuer.LOG;

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
          RecordedIssuer.line(
              next, issuer.draft(issuer.key, LOG, next).signingInput(), LOG + next));
    }
    return lines.get((int) position);
  }

  private Hash fill(CustodyLog log, long to) throws Exception {
    for (long position = log.size(); position < to; position++) {
      log.append(Counterfoil.parse(line(position), LOG), line(position));
    }
    log.sync();
    return log.root();
  }

  @Test
  void whatIsVouchedForIsFoundByPositionAndByDigest() throws Exception {
    try (CustodyLog log = open()) {
      fill(log, 100);
      Counterfoil counterfoil = Counterfoil.parse(line(42), LOG);
      assertThat(log.counterfoil(42)).as("not vouched for yet").isEmpty();
      assertThat(log.find(counterfoil.digest())).isEmpty();
      log.vouch();
      assertThat(log.counterfoil(42)).contains(counterfoil);
      assertThat(log.find(counterfoil.digest())).hasValue(42);
      assertThat(log.counterfoil(100)).isEmpty();
      assertThat(log.find(Hash.sha256())).isEmpty();
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
      assertThat(log.root()).isEqualTo(root);
      fill(log, 60);
      log.vouch();
      assertThat(log.counterfoil(55)).contains(Counterfoil.parse(line(55), LOG));
    }
  }

  @Test
  void whatACrashToreIsDroppedAndNothingElse() throws Exception {
    try (CustodyLog log = open()) {
      fill(log, 50);
    }
    Path text = folder.resolve(LOG).resolve("0000000000.ndjson");
    Path index = folder.resolve(LOG).resolve("0000000000.index");
    try (FileChannel channel = FileChannel.open(text, StandardOpenOption.WRITE)) {
      channel.truncate(Files.size(text) - 10);
    }
    Files.write(index, new byte[30], StandardOpenOption.APPEND);
    try (CustodyLog log = open()) {
      assertThat(log.size()).isEqualTo(49);
      fill(log, 51);
      log.vouch();
      assertThat(log.counterfoil(49)).contains(Counterfoil.parse(line(49), LOG));
    }
  }

  @Test
  void aChangedLineIsNotTaken() throws Exception {
    try (CustodyLog log = open()) {
      fill(log, 10);
    }
    Path text = folder.resolve(LOG).resolve("0000000000.ndjson");
    String changed = Files.readString(text).replace("\"position\":7", "\"position\":8");
    Files.writeString(text, changed);
    try (CustodyLog log = open()) {
      assertThat(log.size()).isEqualTo(7);
    }
  }

  @Test
  void segmentsCloseAndTheTreeGoesOn() throws Exception {
    long size = CustodySegment.POSITIONS + 10;
    Hash root;
    Hash early = Counterfoil.parse(line(77), LOG).digest();
    Hash late = Counterfoil.parse(line(size - 1), LOG).digest();
    try (CustodyLog log = open()) {
      root = fill(log, size);
      log.vouch();
      assertThat(log.find(early)).hasValue(77);
      assertThat(log.find(late)).hasValue(size - 1);
    }
    try (CustodyLog log = open()) {
      assertThat(log.size()).isEqualTo(size);
      assertThat(log.root()).isEqualTo(root);
      log.dropTo(CustodySegment.POSITIONS - 5);
      assertThat(log.size()).isEqualTo(CustodySegment.POSITIONS - 5);
      assertThat(fill(log, size)).isEqualTo(root);
      log.vouch();
      assertThat(log.find(early)).hasValue(77);
      log.forget(Long.MAX_VALUE);
      assertThat(log.find(early)).as("forgotten with its segment").isEmpty();
      assertThat(log.counterfoil(77)).isEmpty();
      assertThat(log.find(late)).hasValue(size - 1);
    }
    try (CustodyLog log = open()) {
      assertThat(log.root()).isEqualTo(root);
    }
  }

  @Test
  void aCounterfoilIsOfOnePiece() throws Exception {
    String input = issuer.draft(issuer.key, LOG, 5).signingInput();
    Counterfoil.parse(RecordedIssuer.line(5, input, LOG + 5), LOG);
    assertThatThrownBy(() -> Counterfoil.parse(RecordedIssuer.line(6, input, LOG + 5), LOG))
        .isInstanceOf(FormatException.class)
        .hasMessageContaining("another position");
    assertThatThrownBy(() -> Counterfoil.parse(RecordedIssuer.line(5, input, LOG + 5), "s1g2"))
        .hasMessageContaining("another position");
    assertThatThrownBy(() -> Counterfoil.parse(RecordedIssuer.line(5, input, "other"), LOG))
        .hasMessageContaining("commits to");
  }
}
