package dev.counterfoil.assess;

import static org.assertj.core.api.Assertions.assertThat;

import dev.counterfoil.assess.fetch.Json;
import dev.counterfoil.assess.finding.AssessmentFinding;
import dev.counterfoil.assess.finding.FindingKind;
import dev.counterfoil.assess.token.SampleToken;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * Documents and tokens with parts replaced, from a seed: whatever an issuer serves, an assessment
 * ends with a report. That the changes reach the checks is shown by the number of different
 * findings they cause.
 */
class HostileDocumentsTest {
  private static final int ROUNDS = 200;

  private static final List<String> NASTY =
      List.of(
          "null",
          "true",
          "0",
          "-1",
          "1e400",
          "1e15",
          "-99999999999999999999",
          "9007199254740993",
          "0.5",
          "\"\"",
          "\"none\"",
          "\"AA\"",
          "\"AQAB\"",
          "\"oct\"",
          "\"RSA\"",
          "\"EC\"",
          "\"OKP\"",
          "\"P-521\"",
          "\"secp256k1\"",
          "\"X25519\"",
          "\"http://[::1\"",
          "\"file:///etc/hostname\"",
          "\"https://192.0.2.20/other\"",
          "\"\\u0000\\ud800\"",
          "\"{tenantid}\"",
          "[]",
          "{}",
          "[null]",
          "[[[]]]",
          "{\"a\":{\"b\":[]}}",
          "[\"\",1,{}]");

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4})
  void anAssessmentAlwaysEndsWithAReport(long seed) {
    Random random = new Random(seed);
    List<String> found = new ArrayList<>();
    for (int round = 0; round < ROUNDS; round++) {
      Situation situation = new Situation();
      byte[] certificate =
          TestCertificate.selfSigned(
              RSA, "signing", situation.now.minusSeconds(60), situation.now.plusSeconds(60));
      ObjectNode certified = RSA.entry();
      certified.putArray("x5c").add(TestCertificate.base64(certificate));
      situation.issuer.keys().add(certified);
      spoil(situation.issuer.metadata, random);
      spoil(situation.issuer.jwks, random);
      situation.onlyToken(header -> spoil(header, random), claims -> spoil(claims, random));
      situation.tokens.add(
          SampleToken.of("bytes", spoilBytes(situation.tokens.getFirst().text(), random)));
      if (random.nextInt(4) == 0) {
        String broken = spoilBytes(situation.issuer.jwks.toString(), random);
        situation.webEdit = web -> web.put(Situation.ISSUER + "/jwks", broken);
      }
      AssessmentReport report = situation.assess();
      assertThat(report.toMarkdown()).startsWith("# Assessment of ");
      assertThat(TestKey.json(report.toJson()).has("findings")).isTrue();
      report.findings().stream()
          .map(AssessmentFinding::id)
          .filter(id -> !found.contains(id))
          .forEach(found::add);
    }
    assertThat(found).as("seed %d", seed).hasSizeGreaterThan(FindingKind.all().size() / 3);
  }

  /** Small: each round tries to factor it. */
  private static final TestKey RSA = TestKey.rsa(1024);

  /** Replaces or removes some members, anywhere in the tree. */
  private static void spoil(ObjectNode root, Random random) {
    for (int times = random.nextInt(3); times > 0; times--) {
      ObjectNode object = pick(root, random);
      List<String> names = List.copyOf(object.propertyNames());
      if (names.isEmpty()) {
        continue;
      }
      String name = names.get(random.nextInt(names.size()));
      if (random.nextInt(4) == 0) {
        object.remove(name);
      } else {
        object.set(name, Json.MAPPER.readTree(NASTY.get(random.nextInt(NASTY.size()))));
      }
    }
  }

  private static ObjectNode pick(ObjectNode root, Random random) {
    List<ObjectNode> objects = new ArrayList<>(List.of(root));
    for (JsonNode child : root.values()) {
      if (child instanceof ArrayNode list) {
        list.values().stream()
            .filter(ObjectNode.class::isInstance)
            .map(ObjectNode.class::cast)
            .forEach(objects::add);
      }
    }
    return objects.get(random.nextInt(objects.size()));
  }

  private static String spoilBytes(String text, Random random) {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    for (int times = 1 + random.nextInt(3); times > 0 && bytes.length > 0; times--) {
      bytes[random.nextInt(bytes.length)] = (byte) random.nextInt(256);
    }
    return new String(
        bytes,
        0,
        random.nextInt(8) == 0 ? random.nextInt(bytes.length) : bytes.length,
        StandardCharsets.UTF_8);
  }
}
