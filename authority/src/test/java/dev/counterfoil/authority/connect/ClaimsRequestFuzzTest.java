package dev.counterfoil.authority.connect;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import dev.counterfoil.format.ChangedInputs;
import dev.counterfoil.format.bytes.FormatException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.provider.MethodSource;

/** The parameter {@code claims}, which comes by a browser, is refused or read. */
class ClaimsRequestFuzzTest {
  private static final int CHANGED_INPUTS = 500;

  private static boolean isClaims(byte[] bytes) {
    try {
      ClaimsRequest read = ClaimsRequest.parse(new String(bytes, StandardCharsets.UTF_8));
      assertThat(Set.of("profile", "email")).containsAll(read.scopes());
      assertThat(UserinfoEndpoint.CLAIMS).containsAll(read.idToken());
      return true;
    } catch (FormatException e) {
      assertThat(String.valueOf(e.getMessage())).isNotEmpty();
      return false;
    }
  }

  static Stream<byte[]> good() {
    return Stream.of(
            "{\"userinfo\":{\"name\":{\"essential\":true},\"email\":null}}",
            "{\"id_token\":{\"sub\":{\"value\":\"alice\"},\"email\":null,"
                + "\"acr\":{\"essential\":true,\"values\":[\"phr\",\"mfa\"]}}}")
        .map(text -> text.getBytes(StandardCharsets.UTF_8));
  }

  @MethodSource("good")
  @FuzzTest(maxDuration = "60s")
  void claims(byte[] bytes) {
    isClaims(bytes);
  }

  @Test
  void changedInputsAreRefusedOrRead() {
    ChangedInputs changed = new ChangedInputs(9);
    List<byte[]> good = good().toList();
    int accepted = 0;
    for (int i = 0; i < CHANGED_INPUTS; i++) {
      accepted += isClaims(changed.of(good.get(i % good.size()))) ? 1 : 0;
    }
    assertThat(good).allMatch(ClaimsRequestFuzzTest::isClaims);
    assertThat(accepted).isBetween(1, CHANGED_INPUTS - 1);
  }
}
