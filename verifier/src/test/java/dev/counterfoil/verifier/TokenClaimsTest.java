package dev.counterfoil.verifier;

import static org.assertj.core.api.Assertions.assertThat;

import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.JsonObject;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class TokenClaimsTest {
  private static Set<String> scopes(String scope) throws FormatException {
    JsonObject claims =
        JsonObject.builder()
            .put("iss", "https://login.example")
            .put("sub", "a")
            .put("client_id", "a")
            .put("aud", "b")
            .put("tenant", "t")
            .put("iat", 1)
            .put("exp", 2)
            .put("jti", "x")
            .put("scope", scope)
            .build();
    return TokenClaims.read(claims, Expectations.ACCESS_TOKEN).scopes();
  }

  @Test
  void givesTheWordsOfAScopeOnceEach() throws Exception {
    assertThat(scopes("")).isEmpty();
    assertThat(scopes("read")).isEqualTo(Set.of("read"));
    assertThat(scopes("read write")).isEqualTo(Set.of("read", "write"));
    assertThat(scopes("read write read")).isEqualTo(Set.of("read", "write"));
    assertThat(scopes("read  write")).isEqualTo(Set.of("read", "", "write"));
    String many =
        IntStream.range(0, 40).mapToObj(i -> "s" + i % 30).collect(Collectors.joining(" "));
    assertThat(scopes(many)).isEqualTo(words(30));
  }

  private static Set<String> words(int count) {
    return IntStream.range(0, count).mapToObj(i -> "s" + i).collect(Collectors.toSet());
  }
}
