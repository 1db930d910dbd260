package dev.counterfoil.configuration;

import static org.assertj.core.api.Assertions.assertThat;

import dev.counterfoil.configuration.IdleHeap.Pace;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

final class IdleHeapTest {
  private static Pace after(long... collections) {
    return LongStream.of(collections).boxed().reduce(Pace.WORKING, Pace::after, (_, last) -> last);
  }

  @Test
  void aProcessStandsIdleAfterHalfAMinuteWithFewCollections() {
    assertThat(after(1, 0, 1, 0, 1).isIdle()).isFalse();
    assertThat(after(1, 0, 1, 0, 1, 0).isIdle()).isTrue();
    assertThat(after(1, 0, 1, 0, 1, 1).isIdle()).isFalse();
    assertThat(after(100, 0, 0, 0, 0, 0, 0).isIdle()).isTrue();
  }

  @Test
  void anIdleProcessWorksAgainWhenItCollectsOften() {
    assertThat(after(0, 0, 0, 0, 0, 0, 3).isIdle()).isTrue();
    assertThat(after(0, 0, 0, 0, 0, 0, 4).isIdle()).isFalse();
  }

  @Test
  void theOldGenerationIsAskedToHaveTheWantedSize() {
    assertThat(IdleHeap.freePercent(24, 96)).isEqualTo(76);
    assertThat(IdleHeap.freePercent(0, 96)).isEqualTo(99);
    assertThat(IdleHeap.freePercent(500, 96)).isEqualTo(40);
  }

  /** In a runtime with the flags of our programs: large at work, small when idle. */
  @Test
  void theRuntimeTakesTheSizes() throws Exception {
    Process process =
        new ProcessBuilder(
                List.of(
                    Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                    "-XX:+UseSerialGC",
                    "-Xms6m",
                    "-XX:NewSize=2m",
                    "-XX:MaxNewSize=16m",
                    "-Xmx96m",
                    "-XX:NewRatio=3",
                    "-XX:-ShrinkHeapInSteps",
                    "-cp",
                    System.getProperty("java.class.path"),
                    Resized.class.getName()))
            .redirectErrorStream(true)
            .start();
    List<Long> kibibytes =
        new String(process.getInputStream().readAllBytes(), StandardCharsets.US_ASCII)
            .lines()
            .map(Long::parseLong)
            .toList();
    assertThat(kibibytes).hasSize(3);
    assertThat(kibibytes.get(0)).isGreaterThan(12_000);
    assertThat(kibibytes.get(1)).isLessThan(6_000);
    assertThat(kibibytes.get(2)).isGreaterThan(12_000);
  }

  /** Says its eden's size at work, idle, and at work again. */
  static final class Resized {
    private Resized() {}

    public static void main(String[] arguments) {
      IdleHeap heap = IdleHeap.ofThisProcess().orElseThrow();
      heap.work();
      say();
      heap.idle();
      say();
      heap.work();
      say();
    }

    private static void say() {
      ManagementFactory.getMemoryPoolMXBeans().stream()
          .filter(pool -> pool.getName().equals("Eden Space"))
          .forEach(pool -> System.out.println(pool.getUsage().getCommitted() / 1024));
    }
  }
}
