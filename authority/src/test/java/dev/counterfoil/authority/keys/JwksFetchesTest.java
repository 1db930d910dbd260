package dev.counterfoil.authority.keys;

import static org.assertj.core.api.Assertions.assertThat;

import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.format.keys.KeyStatement.Publication;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class JwksFetchesTest {
  private Instant now = Instant.parse("2026-01-01T00:00:00Z");
  private final JwksFetches fetches = new JwksFetches(() -> now);

  private void fetch(String address, String agent, String... kids) {
    fetches.fetched(address, agent, Publication.ORDINARY, List.of(kids));
  }

  private List<String> fetchers() throws Exception {
    List<String> all = new ArrayList<>();
    for (JsonObject one : fetches.toJson().objects("fetchers")) {
      all.add(one.string("address") + " " + one.string("agent") + " " + one.strings("kids"));
    }
    return all;
  }

  @Test
  void theLastFetchOfEachCounts() throws Exception {
    fetch("192.0.2.1", "a", "k1");
    fetch("192.0.2.2", "a", "k1");
    fetch("192.0.2.1", "a", "k1", "k2");
    assertThat(fetchers()).containsExactly("192.0.2.2 a [k1]", "192.0.2.1 a [k1, k2]");
  }

  @Test
  void whoMakesNamesUpDrivesNobodyElseOut() throws Exception {
    fetch("192.0.2.1", "honest", "k1");
    for (int i = 0; i < 2 * JwksFetches.FETCHERS_MAX; i++) {
      fetch("192.0.2.66", "name " + i, "k1");
    }
    assertThat(fetchers())
        .hasSize(1 + JwksFetches.AGENTS_OF_ADDRESS_MAX)
        .contains("192.0.2.1 honest [k1]");
  }

  @Test
  void thereAreAsManyAsMayBeAndTheLatestStay() throws Exception {
    for (int i = 0; i <= JwksFetches.FETCHERS_MAX; i++) {
      fetch("192.0.2." + i, "a", "k1");
    }
    assertThat(fetchers())
        .hasSize(JwksFetches.FETCHERS_MAX)
        .doesNotContain("192.0.2.0 a [k1]")
        .contains("192.0.2." + JwksFetches.FETCHERS_MAX + " a [k1]");
  }

  @Test
  void whoStaysAwayIsForgotten() throws Exception {
    fetch("192.0.2.1", "a", "k1");
    now = now.plus(JwksFetches.KEPT).plus(Duration.ofSeconds(1));
    fetch("192.0.2.2", "a", "k1");
    assertThat(fetchers()).containsExactly("192.0.2.2 a [k1]");
  }

  @Test
  void namesCanBeShownOnATerminal() throws Exception {
    fetch("192.0.2.1", "a\u001b[31m\n\u00e9" + "y".repeat(1000), "k1");
    fetch("192.0.2.2", "", "k1");
    assertThat(fetchers().getFirst()).startsWith("192.0.2.1 a?[31m??yyy").hasSizeLessThan(200);
    assertThat(fetchers().getLast()).isEqualTo("192.0.2.2 - [k1]");
  }
}
