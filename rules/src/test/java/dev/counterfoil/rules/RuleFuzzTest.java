package dev.counterfoil.rules;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import dev.counterfoil.format.ChangedInputs;
import dev.counterfoil.rules.model.FieldMap;
import dev.counterfoil.rules.model.RuleDocument;
import dev.counterfoil.rules.reading.FieldMapReader;
import dev.counterfoil.rules.reading.RuleFault;
import dev.counterfoil.rules.reading.RuleReader;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Whatever stands in a rule file, it is read, or refused with file, line and reason; what is read
 * can be tied together and asked about events. Jazzer searches when {@code JAZZER_FUZZ=1} is set;
 * the default run changes good files from a seed.
 */
final class RuleFuzzTest {
  private static final int CHANGED_INPUTS = 400;

  private static boolean isRule(byte[] bytes) {
    String yaml = new String(bytes, StandardCharsets.UTF_8);
    List<RuleDocument> documents;
    try {
      documents = RuleReader.read("f.yml", yaml, Map.of("Servers", List.of("a", "b")));
    } catch (RuleFault e) {
      assertThat(e.getMessage()).startsWith("f.yml:");
      return false;
    }
    RuleSet rules = RuleSet.of(documents);
    rules.faults().forEach(fault -> assertThat(fault.getMessage()).startsWith("f.yml:"));
    new RuleTests(rules, FieldMap.NONE).run();
    return rules.faults().isEmpty();
  }

  private static boolean isFieldMap(byte[] bytes) {
    try {
      FieldMapReader.read("f.yml", new String(bytes, StandardCharsets.UTF_8));
      return true;
    } catch (RuleFault e) {
      assertThat(e.getMessage()).startsWith("f.yml:");
      return false;
    }
  }

  static Stream<byte[]> goodRules() {
    return Stream.of(
            """
            title: All modifiers
            name: a
            level: high
            logsource: {product: windows}
            detection:
              words: [one, 'two*', 3]
              '|all': x
              s1:
                A|contains|all: ['a?b', "c\\\\*"]
                B|re|i: '^a[b-d]{2,3}(e|f)+$'
                C|cidr: [10.0.0.0/8, 'fe80::/10']
                D|base64offset|contains: http
                E|wide|base64: x
                F|gte: 3
                time|hour|lt: 6
                G|fieldref|endswith: H
                I|windash|contains: ' -x /y'
                J: null
                K|exists: false
                L|neq: ''
                M|expand: '%Servers%\\%'
                N|startswith|cased: Ab
              s2:
                - A: 1
                - B: 2
              condition: (1 of s* or words) and not all of s*
            tests:
              - fires: [{A: a1bc, time: 3}]
              - silent: [{A: [1, 2.5, true, null, {b: c}]}]
            """,
            """
            title: Ordered
            correlation:
              type: temporal_ordered
              rules: [a, b]
              group-by: [U]
              timespan: 5m
              aliases: {U: {a: A, b: B}}
            tests:
              - fires: [{A: x, K: a, time: 1}, {B: x, K: b, time: '1970-01-01T00:00:01Z'}]
            ---
            title: a
            name: a
            logsource: {}
            detection: {s: {K: a}, condition: s}
            ---
            title: b
            name: b
            logsource: {}
            detection: {s: {K: b}, condition: s}
            ---
            title: New
            correlation:
              type: first_seen
              rules: [a]
              group-by: [U]
              timespan: 3d
              learn: 1h
              peers: {by: [T], gte: 2}
              condition: {field: [A, B]}
            ---
            title: Missing
            correlation: {type: absence, rules: [a, b], group-by: [A], timespan: 1h, order: either}
            ---
            title: Not these
            logsource: {}
            filter: {rules: [a], selection: {A: z}, condition: not selection}
            """)
        .map(yaml -> yaml.getBytes(StandardCharsets.UTF_8));
  }

  static Stream<byte[]> goodFieldMaps() {
    return Stream.of(
            """
            sources:
              - when: {Workload: Exchange, a.b: "1"}
                logsource: {product: m365, service: exchange}
                fields: {ClientIP: ClientIPAddress}
            placeholders: {Administrators: [alice, bob]}
            """)
        .map(yaml -> yaml.getBytes(StandardCharsets.UTF_8));
  }

  @MethodSource("goodRules")
  @FuzzTest(maxDuration = "60s")
  void rules(byte[] bytes) {
    isRule(bytes);
  }

  @MethodSource("goodFieldMaps")
  @FuzzTest(maxDuration = "60s")
  void fieldMaps(byte[] bytes) {
    isFieldMap(bytes);
  }

  @Test
  void theGoodOnesAreTakenAndMostChangedOnesAreNot() {
    ChangedInputs changed = new ChangedInputs(20261130);
    assertThat(goodRules()).allMatch(RuleFuzzTest::isRule);
    assertThat(goodFieldMaps()).allMatch(RuleFuzzTest::isFieldMap);
    for (byte[] good : goodRules().toList()) {
      int taken = 0;
      for (int i = 0; i < CHANGED_INPUTS; i++) {
        taken += isRule(changed.of(good)) ? 1 : 0;
      }
      assertThat(taken).isBetween(1, CHANGED_INPUTS - 1);
    }
    for (int i = 0; i < CHANGED_INPUTS; i++) {
      isFieldMap(changed.of(goodFieldMaps().findFirst().orElseThrow()));
    }
  }
}
