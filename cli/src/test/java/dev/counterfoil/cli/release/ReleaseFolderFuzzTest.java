package dev.counterfoil.cli.release;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import dev.counterfoil.format.ChangedInputs;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.provider.MethodSource;

/** Checksums of a release that nobody has verified yet. */
class ReleaseFolderFuzzTest {
  private static boolean isSums(byte[] bytes) {
    String text = new String(bytes, StandardCharsets.UTF_8);
    List<ReleaseFolder.Sum> sums = ReleaseFolder.parseSums(text);
    assertThat(sums).noneMatch(sum -> sum.name().contains("/") || sum.name().startsWith("."));
    if (!sums.isEmpty()) {
      assertThat(
              sums.stream()
                  .map(sum -> sum.hex() + "  " + sum.name() + "\n")
                  .collect(Collectors.joining()))
          .isEqualTo(text);
    }
    return !sums.isEmpty();
  }

  static Stream<byte[]> good() {
    String hex = "0123456789abcdef".repeat(4);
    return Stream.of(
        (hex + "  a-1.0.tar.gz\n" + hex + "  b_1~2.deb\n").getBytes(StandardCharsets.UTF_8));
  }

  @MethodSource("good")
  @FuzzTest(maxDuration = "60s")
  void sums(byte[] bytes) {
    isSums(bytes);
  }

  @Test
  void changedChecksumsAreRefusedOrRead() {
    ChangedInputs changed = new ChangedInputs(11);
    byte[] good = good().findFirst().orElseThrow();
    assertThat(isSums(good)).isTrue();
    long read =
        Stream.generate(() -> changed.of(good))
            .limit(200)
            .filter(ReleaseFolderFuzzTest::isSums)
            .count();
    assertThat(read).isBetween(1L, 199L);
  }
}
