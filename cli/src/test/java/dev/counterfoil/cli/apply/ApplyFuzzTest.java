package dev.counterfoil.cli.apply;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import dev.counterfoil.cli.keycloak.KeycloakRealm;
import dev.counterfoil.configuration.ConfigurationException;
import dev.counterfoil.format.ChangedInputs;
import dev.counterfoil.format.bytes.FormatException;
import java.nio.charset.StandardCharsets;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Predicate;
import org.junit.jupiter.api.Test;

/** Files for apply and realm exports are read, or refused with a sentence. */
class ApplyFuzzTest {
  private static final int CHANGED_INPUTS = 300;

  private static boolean isFile(byte[] bytes) {
    try {
      ApplyPlan.of(
          ApplyFile.parse("a.yaml", new String(bytes, StandardCharsets.UTF_8)),
          ApplyPlanTest.everything(),
          true);
      return true;
    } catch (ConfigurationException e) {
      assertThat(e).hasMessageStartingWith("a.yaml:");
      return false;
    } catch (FormatException e) {
      throw new AssertionError(e);
    }
  }

  /** What is taken of a realm is a file for apply. */
  private static boolean isRealm(byte[] bytes) {
    KeycloakRealm realm;
    try {
      realm = KeycloakRealm.read(bytes, Optional.of("acme"));
    } catch (FormatException e) {
      return false;
    }
    assertThat(
            isFile(ApplyYaml.of(realm.state(), Optional.empty()).getBytes(StandardCharsets.UTF_8)))
        .isTrue();
    return true;
  }

  private static void changed(byte[] good, Predicate<byte[]> isRead) {
    ChangedInputs inputs = new ChangedInputs(17);
    int read = 0;
    for (int i = 0; i < CHANGED_INPUTS; i++) {
      read += isRead.test(inputs.of(good)) ? 1 : 0;
    }
    assertThat(read).isBetween(1, CHANGED_INPUTS - 1);
  }

  @FuzzTest
  void files(byte[] bytes) {
    isFile(bytes);
  }

  @FuzzTest
  void realms(byte[] bytes) {
    isRealm(bytes);
  }

  @Test
  void changedFilesAreReadOrRefused() throws Exception {
    byte[] good =
        ApplyYaml.of(ApplyPlanTest.everything(), Optional.empty()).getBytes(StandardCharsets.UTF_8);
    assertThat(isFile(good)).isTrue();
    changed(good, ApplyFuzzTest::isFile);
  }

  @Test
  void changedRealmsAreReadOrRefused() throws Exception {
    try (var in = Objects.requireNonNull(KeycloakRealm.class.getResourceAsStream("realm.json"))) {
      byte[] good = in.readAllBytes();
      assertThat(isRealm(good)).isTrue();
      changed(good, ApplyFuzzTest::isRealm);
    }
  }
}
