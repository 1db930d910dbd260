package dev.counterfoil.keycloak;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.lang.reflect.Proxy;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.keycloak.Config;

class RecordOptionsTest {
  private static final Map<String, String> LEAST =
      Map.of(
          "issuer", "https://counterfoil.example/", "client", "keycloak", "key-file", "/k/key.jwk");

  @Test
  void theLeastRefusesTokensWhileTheDoorIsAway() {
    RecordOptions options = RecordOptions.read(scope(LEAST));
    assertThat(options)
        .isEqualTo(
            new RecordOptions(
                "https://counterfoil.example",
                "keycloak",
                Path.of("/k/key.jwk"),
                Duration.ofSeconds(2),
                Duration.ZERO,
                null,
                1_000_000,
                Set.of()));
  }

  @Test
  void allOfThem() {
    RecordOptions options =
        read(
            Map.of(
                "issuer", "http://127.0.0.1:8480",
                "timeout", "750ms",
                "release-for", "10m",
                "kept-file", "/k/kept",
                "kept-max", "7",
                "realms", "shop, staff"));
    assertThat(options.issuer()).isEqualTo("http://127.0.0.1:8480");
    assertThat(options.timeout()).isEqualTo(Duration.ofMillis(750));
    assertThat(options.releaseFor()).isEqualTo(Duration.ofMinutes(10));
    assertThat(options.keptFile()).isEqualTo(Path.of("/k/kept"));
    assertThat(options.keptMax()).isEqualTo(7);
    assertThat(options.realms()).containsExactlyInAnyOrder("shop", "staff");
  }

  @ParameterizedTest
  @CsvSource({
    "issuer, ''",
    "issuer, counterfoil.example",
    "issuer, http://counterfoil.example",
    "issuer, ftp://counterfoil.example",
    "issuer, https://user@counterfoil.example",
    "issuer, https://counterfoil.example/?a=b",
    "issuer, https://[",
    "client, ' '",
    "timeout, 0s",
    "timeout, 2",
    "timeout, 31s",
    "timeout, -1s",
    "release-for, 25h",
    "release-for, soon",
    "kept-max, 0",
    "kept-max, 100000001",
    "kept-max, many"
  })
  void aWrongOneIsNamed(String name, String value) {
    assertThatThrownBy(() -> read(Map.of(name, value)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageStartingWith("spi-counterfoil--record--" + name + ": ");
  }

  @Test
  void releasingNeedsAFileAndAFileNeedsReleasing() {
    assertThat(read(Map.of("release-for", "1s", "kept-file", "/k")).keptFile()).isNotNull();
    for (Map<String, String> half :
        List.of(Map.of("release-for", "1s"), Map.of("kept-file", "/k"))) {
      assertThatThrownBy(() -> read(half)).hasMessageContaining("--kept-file: ");
    }
  }

  private static RecordOptions read(Map<String, String> more) {
    Map<String, String> all = new HashMap<>(LEAST);
    all.putAll(more);
    return RecordOptions.read(scope(all));
  }

  /** Keycloak's own scopes read its process's configuration. */
  private static Config.Scope scope(Map<String, String> values) {
    return (Config.Scope)
        Proxy.newProxyInstance(
            RecordOptionsTest.class.getClassLoader(),
            new Class<?>[] {Config.Scope.class},
            (proxy, method, arguments) -> values.get((String) arguments[0]));
  }
}
