package dev.counterfoil.monitor.findings;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.monitor.findings.Finding.Kind;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** Which findings are asked for. */
final class FindingQueryTest {
  private static FindingStore.Query kind(String kind) throws FormatException {
    return FindingQuery.parse(name -> name.equals("kind") ? Optional.of(kind) : Optional.empty());
  }

  @Test
  void whoMisspellsAKindIsToldAll() throws Exception {
    assertThat(kind("forged-token")).isNotNull();
    assertThatThrownBy(() -> kind("x"))
        .isInstanceOf(FormatException.class)
        .hasMessageContainingAll(Kind.FORGED_TOKEN.text(), Kind.AUDIT_LOG_OF_ANOTHER.text());
  }
}
