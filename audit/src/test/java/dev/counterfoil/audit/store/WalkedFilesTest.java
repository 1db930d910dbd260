package dev.counterfoil.audit.store;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Which files an export reads at once. */
class WalkedFilesTest {
  private static List<StoreManifest.Part> parts(long... events) {
    List<StoreManifest.Part> parts = new ArrayList<>();
    long at = 0;
    for (long one : events) {
      parts.add(new StoreManifest.Part(at, at + one));
      at += one;
    }
    return parts;
  }

  private static List<Integer> sizes(List<StoreManifest.Part> parts) {
    List<List<StoreManifest.Part>> together = EventStore.together(parts);
    assertThat(together.stream().flatMap(List::stream)).containsExactlyElementsOf(parts);
    return together.stream().map(List::size).toList();
  }

  @Test
  void smallNeighboursAreReadAtOnceAndNoMoreThanTheMemoryIsFor() {
    assertThat(sizes(parts(50_000, 50_000, 50_000, 50_000, 50_000, 50_000))).containsExactly(4, 2);
    assertThat(sizes(parts(400_000, 50_000, 50_000))).containsExactly(1, 2);
    assertThat(sizes(parts(200_000, 200_000))).containsExactly(1, 1);
    assertThat(sizes(parts(1000, 50_000, 50_000, 1000, 1000)))
        .as("few events may be long ones")
        .containsExactly(1, 2, 1, 1);
  }

  @Test
  void whatIsFreshIsReadByItself() {
    List<StoreManifest.Part> parts = parts(50_000, 50_000);
    parts.add(new StoreManifest.Part(100_000, Long.MAX_VALUE));

    assertThat(sizes(parts)).containsExactly(2, 1);
    assertThat(sizes(parts.subList(2, 3))).containsExactly(1);
    assertThat(sizes(List.of())).isEmpty();
  }
}
