package dev.counterfoil.response.playbooks;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.StrictJson;
import dev.counterfoil.response.playbooks.Action.Target;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

/** Findings carry what attackers wrote: none makes the reader fail otherwise than it says. */
class FindingFuzzTest {
  private static final String FINDING =
      """
      {"id":7,"kind":"forged-token","severity":"critical","state":"open","last_seen_ms":1,
       "kid":"k1","jti":"s1g1.4.x","detail":{"reporters":["main/mail","main/files"],
       "presented":{"counterfoil":false,"signature":"good-says-reporter","sub":"alice",
       "client_id":"app","exp":1800000000}}}
      """;

  @FuzzTest(maxDuration = "10s")
  void aFindingIsReadOrRefused(byte[] bytes) {
    try {
      FindingFacts facts = FindingFacts.parse(StrictJson.object(bytes, 1 << 16));
      assertThat(facts.targets().values()).allMatch(name -> !name.isEmpty());
      assertThat(facts.targets().keySet()).isSubsetOf(Target.values());
    } catch (FormatException e) {
      assertThat(e.getMessage()).isNotBlank();
    }
  }

  /** Each byte of a good finding changed: what is read still follows the rules. */
  @Test
  void aChangedFindingIsReadOrRefused() {
    byte[] good = FINDING.getBytes(StandardCharsets.UTF_8);
    aFindingIsReadOrRefused(good);
    for (int i = 0; i < good.length; i++) {
      byte[] changed = good.clone();
      changed[i] ^= 1;
      aFindingIsReadOrRefused(changed);
    }
  }
}
