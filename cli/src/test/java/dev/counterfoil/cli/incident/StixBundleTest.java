package dev.counterfoil.cli.incident;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.Hash;
import dev.counterfoil.format.bytes.JsonObject;
import java.nio.charset.StandardCharsets;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** An incident as STIX 2.1: what the standard demands of each object (sections 3, 4, 5 and 9). */
class StixBundleTest {
  private static final String ID =
      "[a-z][a-z-]*--[0-9a-f]{8}-[0-9a-f]{4}-5[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}";
  private static final String TIME = "\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d\\.\\d{3}Z";

  /** One comparison: a path of an object, and a string in which quotes are escaped. */
  private static final String PATTERN =
      "\\[[a-z0-9-]+:[a-z]+(\\.'SHA-256')? = '([^'\\\\]|\\\\['\\\\])*'\\]";

  private static final Hash DIGEST = Hash.sha256("token".getBytes(StandardCharsets.UTF_8));

  private static JsonObject token(List<String> addresses, String digest, long first, long count) {
    return JsonObject.builder()
        .put("token", "jti")
        .put("digest", digest)
        .put("tenants", List.of("acme"))
        .put("subjects", List.of("alice"))
        .put("addresses", addresses)
        .put("accepted", count)
        .put("refused", 0)
        .put("first_ms", first)
        .put("last_ms", first + 5)
        .build();
  }

  private static JsonObject incident(String kid, List<JsonObject> tokens) {
    return JsonObject.builder()
        .put("id", 3)
        .put("domain", "trial")
        .put("kinds", List.of("forged-token"))
        .put("first_seen_ms", 1_000)
        .put("last_seen_ms", 61_000)
        .put("timeline", List.of(JsonObject.builder().put("id", 1).put("kid", kid).build()))
        .put("tokens", tokens)
        .build();
  }

  private static JsonObject bundle(String kid, JsonObject... tokens) throws FormatException {
    return StixBundle.of(incident(kid, List.of(tokens)));
  }

  private static List<String> patterns(JsonObject bundle) throws FormatException {
    return bundle.objects("objects").stream()
        .filter(object -> "indicator".equals(object.get("type")))
        .map(object -> String.valueOf(object.get("pattern")))
        .toList();
  }

  @Test
  void everyObjectHasWhatTheStandardDemands() throws Exception {
    JsonObject bundle =
        bundle("s1", token(List.of("203.0.113.7", "2001:db8::7"), DIGEST.base64Url(), 2_000, 4));

    assertThat(bundle.string("type")).isEqualTo("bundle");
    assertThat(bundle.string("id")).matches(ID).startsWith("bundle--");
    Set<String> ids = new HashSet<>();
    for (JsonObject object : bundle.objects("objects")) {
      assertThat(object.string("spec_version")).isEqualTo("2.1");
      assertThat(object.string("id")).matches(ID).startsWith(object.string("type") + "--");
      assertThat(ids.add(object.string("id"))).isTrue();
      assertThat(object.string("created")).matches(TIME);
      assertThat(object.string("modified"))
          .matches(TIME)
          .isGreaterThanOrEqualTo(object.string("created"));
      switch (object.string("type")) {
        case "identity" -> assertThat(object.string("name")).isNotEmpty();
        case "indicator" -> {
          assertThat(object.string("pattern")).matches(PATTERN);
          assertThat(object.string("pattern_type")).isEqualTo("stix");
          assertThat(object.string("valid_from")).matches(TIME);
        }
        case "sighting" -> {
          assertThat(ids).contains(object.string("sighting_of_ref"));
          assertThat(object.number("count")).isBetween(0L, 999_999_999L);
          assertThat(object.string("last_seen"))
              .matches(TIME)
              .isGreaterThanOrEqualTo(object.string("first_seen"));
        }
        case "report" -> {
          assertThat(object.string("published")).matches(TIME);
          assertThat(object.strings("object_refs")).isNotEmpty().isSubsetOf(ids);
        }
        default -> throw new AssertionError(object.string("type"));
      }
    }
    assertThat(patterns(bundle))
        .containsExactly(
            "[ipv6-addr:value = '2001:db8:0:0:0:0:0:7']",
            "[ipv4-addr:value = '203.0.113.7']",
            "[artifact:hashes.'SHA-256' = '" + DIGEST.hex() + "']",
            "[x-counterfoil-token:kid = 's1']");
  }

  @Test
  void namesNoPersonAndNoTenant() throws Exception {
    assertThat(bundle("s1", token(List.of("203.0.113.7"), "", 2_000, 1)).toString())
        .contains("203.0.113.7")
        .doesNotContain("alice", "acme");
  }

  @Test
  void aServicesWordForAnAddressIsNoneUnlessItIsOne() throws Exception {
    assertThat(patterns(bundle("", token(List.of("localhost", "' OR '", ""), "", 2_000, 1))))
        .isEmpty();
  }

  @Test
  void aKeysNameStaysInsideItsString() throws Exception {
    assertThat(patterns(bundle("a' OR 'b\\"))).hasSize(1).allMatch(each -> each.matches(PATTERN));
  }

  @Test
  void oneAddressOfTwoTokensIsOneIndicator() throws Exception {
    JsonObject bundle =
        bundle(
            "",
            token(List.of("203.0.113.7"), "", 9_000, 2),
            token(List.of("203.0.113.7"), "", 2_000, 1));

    JsonObject sighting =
        bundle.objects("objects").stream()
            .filter(object -> "sighting".equals(object.get("type")))
            .findAny()
            .orElseThrow();
    assertThat(patterns(bundle)).hasSize(1);
    assertThat(sighting.number("count")).isEqualTo(3);
    assertThat(sighting.string("first_seen")).isEqualTo("1970-01-01T00:00:02.000Z");
    assertThat(sighting.string("last_seen")).isEqualTo("1970-01-01T00:00:09.005Z");
  }

  @Test
  void aSecondExportHasTheSameIdentifiers() throws Exception {
    JsonObject token = token(List.of("203.0.113.7"), "", 2_000, 1);

    assertThat(bundle("s1", token)).hasToString(bundle("s1", token).toString());
    assertThat(bundle("s1", token).toString()).isNotEqualTo(bundle("s2", token).toString());
  }

  @Test
  void whatIsToldIsBounded() throws Exception {
    List<JsonObject> many =
        IntStream.range(0, StixBundle.EACH_MAX + 5)
            .mapToObj(i -> token(List.of("10.0." + i / 250 + "." + i % 250), "", 2_000, 1))
            .toList();

    assertThat(patterns(StixBundle.of(incident("", many)))).hasSize(StixBundle.EACH_MAX);
  }

  @Test
  void whatIsNoIncidentIsRefused() {
    JsonObject noIncident = JsonObject.builder().put("domain", "trial").build();

    assertThatThrownBy(() -> StixBundle.of(noIncident)).isInstanceOf(FormatException.class);
  }
}
