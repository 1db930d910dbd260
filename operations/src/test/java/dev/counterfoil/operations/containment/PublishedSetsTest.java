package dev.counterfoil.operations.containment;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.FileNotFoundException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Base64;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What a containment reads of what is published. */
class PublishedSetsTest {
  private static final String ISSUER = "https://login.example";
  private static final Duration ONCE = Duration.ZERO;

  private final Map<String, String> served = new HashMap<>();
  private final PublishedSets sets =
      new PublishedSets(
          ISSUER,
          (uri, bytesMax) -> {
            String body = served.get(uri.toString().substring(ISSUER.length()));
            if (body == null) {
              throw new FileNotFoundException("status 404");
            }
            return body.getBytes(StandardCharsets.UTF_8);
          });

  private static String plain(String kid) {
    return "{\"keys\":[{\"kty\":\"EC\",\"kid\":\"" + kid + "\"}]}";
  }

  private static String signed(String kid) {
    Base64.Encoder base64 = Base64.getUrlEncoder().withoutPadding();
    return base64.encodeToString("{\"typ\":\"jwk-set+jwt\"}".getBytes(StandardCharsets.UTF_8))
        + "."
        + base64.encodeToString(plain(kid).getBytes(StandardCharsets.UTF_8))
        + "."
        + base64.encodeToString(new byte[64]);
  }

  @BeforeEach
  void allAreServed() {
    for (String path : PublishedSets.PATHS) {
      served.put(path, path.endsWith(".jwt") ? signed("new") : plain("new"));
    }
  }

  @Test
  void aStolenKeyIsFoundInWhicheverSetHasIt() throws Exception {
    assertThat(sets.awaitWithout(Set.of("stolen"), ONCE).isClean()).as("the control").isTrue();
    for (String path : PublishedSets.PATHS) {
      allAreServed();
      served.put(path, path.endsWith(".jwt") ? signed("stolen") : plain("stolen"));
      PublishedSets.Look look = sets.awaitWithout(Set.of("stolen"), ONCE);
      assertThat(look.isClean()).isFalse();
      assertThat(look.found()).containsExactly(new PublishedSets.Found("stolen", ISSUER + path));
    }
  }

  @Test
  void aSetThatCannotBeReadIsNotClean() throws Exception {
    for (String path : PublishedSets.PATHS) {
      for (String wrong : new String[] {null, "{}", "{\"keys\":[{}]}"}) {
        allAreServed();
        served.put(path, wrong);
        PublishedSets.Look look = sets.awaitWithout(Set.of("stolen"), ONCE);
        assertThat(look.isClean()).as(path + wrong).isFalse();
        assertThat(look.unread()).hasSize(1).first().asString().startsWith(ISSUER + path);
      }
    }
  }

  /** A signed set is signed anew within two seconds. */
  @Test
  void aSetThatLosesTheKeyInTimeRaisesNoAlarm() throws Exception {
    served.put("/jwks.jwt", signed("stolen"));
    int[] looks = new int[1];
    PublishedSets slow =
        new PublishedSets(
            ISSUER,
            (uri, bytesMax) -> {
              if (uri.getPath().equals("/jwks.jwt") && looks[0]++ > 0) {
                served.put("/jwks.jwt", signed("new"));
              }
              return sets.network().get(uri, bytesMax);
            });
    assertThat(slow.awaitWithout(Set.of("stolen"), Duration.ofSeconds(30)).isClean()).isTrue();
    assertThat(looks[0]).isEqualTo(2);
  }
}
