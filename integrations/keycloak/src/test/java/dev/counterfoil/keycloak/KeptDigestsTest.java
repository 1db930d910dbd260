package dev.counterfoil.keycloak;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class KeptDigestsTest {
  private static final Instant T = Instant.parse("2026-11-30T08:00:00Z");

  @TempDir private Path folder;

  @Test
  void whatIsKeptIsThereAfterARestart() throws IOException {
    try (KeptDigests kept = open(10)) {
      assertThat(kept.add(digests(1, 2, 3), T)).isEqualTo(3);
      kept.handedIn(1);
      assertThat(kept.size()).isEqualTo(2);
      assertThat(kept.first(1)).containsExactly(digest(2));
    }
    // Handing in again does no harm: one digest has one position.
    try (KeptDigests again = open(10)) {
      assertThat(again.last()).isEqualTo(T);
      assertThat(again.first(10)).containsExactly(digest(1), digest(2), digest(3));
      again.handedIn(3);
      assertThat(again.size()).isZero();
      assertThat(again.last()).isNull();
    }
    try (KeptDigests empty = open(10)) {
      assertThat(empty.size()).isZero();
      assertThat(empty.last()).isNull();
    }
  }

  @Test
  void whatThereIsNoRoomForIsNotKept() throws IOException {
    try (KeptDigests kept = open(3)) {
      assertThat(kept.add(digests(1, 2), T)).isEqualTo(2);
      assertThat(kept.hasRoom()).isTrue();
      assertThat(kept.add(digests(3, 4), T)).isEqualTo(1);
      assertThat(kept.hasRoom()).isFalse();
      assertThat(kept.add(digests(5), T)).isZero();
      assertThat(kept.first(10)).containsExactly(digest(1), digest(2), digest(3));
    }
  }

  @Test
  void aHalfWrittenDigestIsNone() throws IOException {
    try (KeptDigests kept = open(10)) {
      kept.add(digests(1), T);
    }
    Files.write(file(), new byte[31], StandardOpenOption.APPEND);
    try (KeptDigests kept = open(10)) {
      assertThat(kept.first(10)).containsExactly(digest(1));
      kept.add(digests(2), T);
      assertThat(kept.first(10)).containsExactly(digest(1), digest(2));
    }
  }

  @Test
  void aFileInUseOrOfAnotherKindIsLeftAlone() throws IOException {
    try (KeptDigests kept = open(10)) {
      kept.add(digests(1), T);
      assertThatThrownBy(() -> open(10)).isInstanceOf(IOException.class).hasMessage("it is in use");
    }
    Files.writeString(file(), "another program's file, which is longer than a head");
    assertThatThrownBy(() -> open(10)).hasMessage("it is another file");
  }

  private Path file() {
    return folder.resolve("kept");
  }

  private KeptDigests open(int most) throws IOException {
    return new KeptDigests(file(), most);
  }

  private static List<byte[]> digests(int... values) {
    return IntStream.of(values).mapToObj(KeptDigestsTest::digest).toList();
  }

  private static byte[] digest(int value) {
    byte[] digest = new byte[32];
    Arrays.fill(digest, (byte) value);
    return digest;
  }
}
