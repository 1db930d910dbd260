package dev.counterfoil.format;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

/** A vector is not read past what it lacks. */
class VectorFilesTest {
  private static final String VECTOR = "expect: refused\n--- key\nk1\n--- bundle\na\nb\n";

  @Test
  void whatStandsBetweenIsRead() {
    assertThat(VectorFiles.between(VECTOR, "expect: ", "\n")).isEqualTo("refused");
    assertThat(VectorFiles.between(VECTOR, "--- key\n", "--- bundle\n")).isEqualTo("k1\n");
    assertThat(VectorFiles.between(VECTOR, "--- bundle\n", "")).isEqualTo("a\nb\n");
  }

  @Test
  void whatIsNotThereFails() {
    assertThatThrownBy(() -> VectorFiles.between(VECTOR, "--- policy\n", "\n"))
        .isInstanceOf(AssertionError.class);
    assertThatThrownBy(() -> VectorFiles.between(VECTOR, "--- bundle\n", "--- key\n"))
        .isInstanceOf(AssertionError.class);
  }
}
