package dev.counterfoil.cli.command;

import static org.assertj.core.api.Assertions.assertThat;

import dev.counterfoil.cli.command.ContextPlace.Named;
import java.nio.file.Path;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** Which file says where the processes are. */
class ContextPlaceTest {
  private static final Path SERVICES = Path.of("/etc/counterfoil/cli.yaml");
  private static final Path HERE = Path.of("counterfoil-data/cli.yaml");

  private static ContextPlace of(Named named, String... there) {
    return ContextPlace.of(
        named,
        SERVICES,
        file -> Set.of(there).contains(file.toString()),
        folder -> folder.startsWith("closed"));
  }

  private static Named named(
      @Nullable String config,
      @Nullable String data,
      @Nullable String environmentConfig,
      @Nullable String environmentData) {
    return new Named(
        config == null ? null : Path.of(config),
        data == null ? null : Path.of(data),
        environmentConfig,
        environmentData);
  }

  private static void assertFound(ContextPlace place, String file) {
    assertThat(place).isEqualTo(new ContextPlace.Found(Path.of(file)));
  }

  private static void assertUnclear(ContextPlace place, String... words) {
    assertThat(place)
        .isInstanceOfSatisfying(
            ContextPlace.Unclear.class, unclear -> assertThat(unclear.why()).contains(words));
  }

  @Test
  void whatIsNamedCountsBeforeWhatLiesAbout() {
    String[] all = {"a.yaml", "d/cli.yaml", "e.yaml", "f/cli.yaml", "" + HERE, "" + SERVICES};
    assertFound(of(named("a.yaml", null, "e.yaml", "f"), all), "a.yaml");
    assertFound(of(named(null, "d", "e.yaml", "f"), all), "d/cli.yaml");
    assertFound(of(named(null, null, "e.yaml", "f"), all), "e.yaml");
    assertFound(of(named(null, null, null, "f"), all), "f/cli.yaml");
    assertUnclear(of(named("a.yaml", "d", null, null), all), "--config", "--data");
  }

  @Test
  void oneThatLiesAboutIsTakenAndOfTwoNone() {
    Named nothing = named(null, null, null, null);
    assertFound(of(nothing, "" + HERE), "" + HERE);
    assertFound(of(nothing, "" + SERVICES), "" + SERVICES);
    assertUnclear(
        of(nothing, "" + HERE, "" + SERVICES), "--data counterfoil-data", "--config /etc");
    assertUnclear(of(nothing), "counterfoil up", "docs/operate/installing.md");
  }

  @Test
  void aFolderThatTheUserMayNotReadIsNotCalledEmpty() {
    assertUnclear(of(named(null, "closed", null, null)), "may not read closed", "as root");
    assertUnclear(of(named(null, null, null, "closed")), "may not read closed");
    ContextPlace here =
        ContextPlace.of(named(null, null, null, null), SERVICES, file -> false, folder -> true);
    assertUnclear(here, "may not read counterfoil-data");
  }

  /** What is named and not there is not replaced by what lies about. */
  @Test
  void whatIsNamedAndNotThereIsMissed() {
    String[] about = {"" + HERE};
    assertUnclear(of(named("a.yaml", null, null, null), about), "a.yaml", "--config");
    assertUnclear(
        of(named(null, "d", null, null), about), "no installation in d", "counterfoil up");
    assertUnclear(of(named(null, null, "e.yaml", null), about), "COUNTERFOIL_CONFIG");
    assertUnclear(of(named(null, null, null, "f"), about), "no installation in f");
  }
}
