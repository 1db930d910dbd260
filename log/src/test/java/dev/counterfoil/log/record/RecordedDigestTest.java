package dev.counterfoil.log.record;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.Hash;
import dev.counterfoil.format.policy.TlogProof;
import dev.counterfoil.log.Log;
import dev.counterfoil.log.Machine;
import dev.counterfoil.log.Refusal;
import dev.counterfoil.log.Submission;
import dev.counterfoil.log.TestKey;
import dev.counterfoil.log.disk.FaultyDisk;
import dev.counterfoil.log.journal.JournalOptions;
import dev.counterfoil.log.read.LogReader;
import dev.counterfoil.log.tiles.TileStore;
import dev.counterfoil.log.tools.LogCheck;
import dev.counterfoil.log.tools.LogChecker;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Records of what came through the record door, and a log of them. */
class RecordedDigestTest {
  private static final byte[] SOURCE = "legacy".getBytes(StandardCharsets.US_ASCII);

  private static RecordedDigest digest(long position) {
    byte[] batch = new byte[RecordedDigest.BATCH_BYTES];
    batch[15] = 9;
    return new RecordedDigest(
        position, 1_764_028_800_000L, Hash.sha256(new byte[] {(byte) position}), batch, SOURCE);
  }

  @Test
  void aRecordIsAsTheSpecificationSays() throws FormatException {
    byte[] payload = digest(3).encode();
    assertThat(HexFormat.of().formatHex(payload))
        .isEqualTo(
            "02"
                + "0000000000000003"
                + "0000019ab84f5c00"
                + "084fed08b978af4d7d196a7446a86b58009e636b611db16211b65a9aadff29c5"
                + "00000000000000000000000000000009"
                + "6c6567616379");
    RecordedDigest read = (RecordedDigest) LogEntry.parse(payload);
    assertThat(read.encode()).isEqualTo(payload);
    assertThat(read.source()).isEqualTo("legacy");
    assertThat(read.digest()).isEqualTo(Hash.sha256(new byte[] {3}));
    assertThat(read.leaf().digest()).isEqualTo(read.digest());
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 32, 65})
  void aRecordThatEndsTooEarlyIsRefused(int length) {
    byte[] payload = digest(3).encode();
    assertThatThrownBy(() -> LogEntry.parse(Arrays.copyOf(payload, length)))
        .isInstanceOf(FormatException.class);
  }

  @Test
  void aSourceIsPrintableAndBounded() {
    byte[] payload = digest(3).encode();
    payload[payload.length - 1] = '\n';
    assertThatThrownBy(() -> LogEntry.parse(payload)).isInstanceOf(FormatException.class);
    byte[] longest = Arrays.copyOf(payload, 65 + RecordedDigest.SOURCE_BYTES_MAX);
    Arrays.fill(longest, 65, longest.length, (byte) 'a');
    assertThat(digestOf(longest)).isPresent();
    byte[] longer = Arrays.copyOf(longest, longest.length + 1);
    longer[longest.length] = 'a';
    assertThat(digestOf(longer)).isEmpty();
  }

  private static Optional<LogEntry> digestOf(byte[] payload) {
    try {
      return Optional.of(LogEntry.parse(payload));
    } catch (FormatException e) {
      return Optional.empty();
    }
  }

  @Test
  void aLogOfDigestsIsRecoveredAndProves() throws IOException, FormatException {
    Machine machine = new Machine(new Random(7));
    FaultyDisk journalDisk = machine.disk("journal");
    FaultyDisk publicDisk = machine.disk("public");
    TestKey key = new TestKey("log.example/logs/d1g1");
    for (int start = 0; start < 3; start++) {
      try (Log log =
          Log.open(
              journalDisk,
              publicDisk,
              new JournalOptions(64 << 10, 0),
              key,
              () -> Instant.ofEpochSecond(1),
              new Random(3))) {
        assertThat(log.tree().size()).isEqualTo(start * 100L);
        List<Submission> submissions = new ArrayList<>();
        for (int i = 0; i < 100; i++) {
          submissions.add(new HandedIn());
        }
        log.sequence(submissions);
        log.checkpoint();
      }
      // Tiles are derived: what was lost of them is written again from the records.
      publicDisk.delete("nodes-3");
      publicDisk.delete(TileStore.DIGESTS);
    }
    try (Log log =
            Log.open(
                journalDisk,
                publicDisk,
                new JournalOptions(64 << 10, 0),
                key,
                () -> Instant.ofEpochSecond(1),
                new Random(3));
        LogReader reader = new LogReader(publicDisk)) {
      assertThat(log.tree().size()).isEqualTo(300);
      TlogProof proof = reader.proof(257).orElseThrow();
      assertThat(proof.verify(digest(257).leaf(), key.key()).size()).isEqualTo(300);
      assertThat(
              new LogChecker(
                      reader, key.key(), Optional.empty(), Optional.of(journalDisk), (n, of) -> {})
                  .check())
          .isInstanceOf(LogCheck.Sound.class);
    }
  }

  private static final class HandedIn implements Submission {
    @Override
    public Optional<RecordedDigest> compose(long position, long timeMillis) {
      return Optional.of(digest(position));
    }

    @Override
    public void recorded(long position) {}

    @Override
    public void refused(Refusal refusal) {
      throw new IllegalStateException(refusal.code());
    }

    @Override
    public void failed(Throwable cause) {
      throw new IllegalStateException(cause);
    }
  }
}
