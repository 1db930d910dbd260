package dev.counterfoil.scan;

import static org.assertj.core.api.Assertions.assertThat;

import dev.counterfoil.scan.finding.ScanFindings;
import dev.counterfoil.scan.finding.ScanPlace;
import dev.counterfoil.scan.finding.Trail;
import dev.counterfoil.scan.key.OwnKey;
import dev.counterfoil.scan.sweep.Sweep;
import java.io.ByteArrayInputStream;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/** A key is found in every form: every number × byte order × text × surroundings. */
class EveryFormTest {
  private static final List<PlantedKey> KEYS = new ArrayList<>();

  @BeforeAll
  static void makeKeys() throws Exception {
    KEYS.add(PlantedKey.es256());
    KEYS.add(PlantedKey.ed25519());
    PlantedKey rsa = PlantedKey.rs256();
    KEYS.add(rsa);
    KEYS.add(rsa.withOtherExponent());
    KEYS.add(PlantedKey.mlDsa44());
  }

  private static List<OwnKey> own() {
    return KEYS.stream().map(PlantedKey::own).distinct().toList();
  }

  static Report scan(List<OwnKey> keys, byte[] bytes) throws Exception {
    KeyScan scan = new KeyScan(keys, ScanLimits.standard(), Progress.none());
    scan.search(new ByteArrayInputStream(bytes), "test");
    return scan.report();
  }

  /** What may stand before and behind a key. */
  private static Map<String, UnaryOperator<byte[]>> surroundings(SplittableRandom random) {
    return Map.of(
        "nothing", UnaryOperator.identity(),
        "zeros", b -> Writing.concat(new byte[1000 + random.nextInt(64)], b, new byte[1000]),
        "random", b -> Writing.concat(noise(random, 900), b, noise(random, 900)),
        "text", b -> Writing.concat(Writing.bytes("the key is: "), b, Writing.bytes(". Keep it!")));
  }

  private static byte[] noise(SplittableRandom random, int about) {
    byte[] noise = new byte[about + random.nextInt(64)];
    random.nextBytes(noise);
    // So that no text of the key goes on in the noise.
    noise[0] = (byte) 0xff;
    noise[noise.length - 1] = (byte) 0xff;
    return noise;
  }

  @TestFactory
  Stream<DynamicTest> everyNumberInEveryOrderTextAndSurroundings() {
    return KEYS.stream()
        .flatMap(
            key ->
                key.secrets().entrySet().stream()
                    .map(
                        secret ->
                            DynamicTest.dynamicTest(
                                key + " " + secret.getKey(),
                                () -> isFoundEverywhere(key, secret.getKey(), secret.getValue()))));
  }

  private static void isFoundEverywhere(PlantedKey key, String what, byte[] number)
      throws Exception {
    SplittableRandom random = new SplittableRandom(4);
    Sweep sweep = KeyScan.sweep(own());
    List<String> missed = new ArrayList<>();
    int tried = 0;
    for (var layout : Writing.layouts().entrySet()) {
      byte[] laid = layout.getValue().apply(number);
      for (var encoding : Writing.encodings().entrySet()) {
        if (encoding.getKey().equals("decimal") && !layout.getKey().equals("big-endian")) {
          continue;
        }
        byte[] text = encoding.getValue().apply(laid);
        for (var around : surroundings(random).entrySet()) {
          byte[] bytes = around.getValue().apply(text);
          ScanFindings findings = new ScanFindings(ScanPlace.file("test"));
          sweep.search(bytes, 0, bytes.length, bytes.length, Trail.of(i -> i), findings);
          boolean found =
              findings.told().stream()
                  .anyMatch(
                      f ->
                          f.what().equals(what)
                              && f.kid().equals(Optional.of(key.kid()))
                              && f.layout().orElseThrow().text().equals(layout.getKey()));
          tried++;
          if (!found) {
            missed.add(layout.getKey() + ", " + encoding.getKey() + ", in " + around.getKey());
          }
        }
      }
    }
    assertThat(missed).as("of " + tried).isEmpty();
  }

  /** Wherever the only escape of a text stands, and whatever the 16 bytes are that it shares. */
  @Test
  void oneEscapeAnywhereInAText() throws Exception {
    PlantedKey key = KEYS.getFirst();
    byte[] scalar = key.secrets().values().iterator().next();
    String text = Base64.getEncoder().encodeToString(scalar);
    SplittableRandom random = new SplittableRandom(5);
    List<String> missed = new ArrayList<>();
    for (int place = 0; place < text.length() - 1; place++) {
      String escaped =
          text.substring(0, place)
              + "\\u%04x".formatted((int) text.charAt(place))
              + text.substring(place + 1);
      for (int before = 0; before < 16; before++) {
        byte[] noise = noise(random, 900);
        byte[] bytes =
            Writing.concat(
                Arrays.copyOf(noise, 800 + before), new byte[] {-1}, Writing.bytes(escaped), noise);
        Report report = scan(own(), bytes);
        if (report.verdict() == Report.Verdict.CLEAN) {
          missed.add(place + " behind " + before);
        }
      }
    }
    assertThat(missed).isEmpty();
  }

  @Test
  void nothingIsFoundWhereNothingIs() throws Exception {
    byte[] noise = noise(new SplittableRandom(9), 4 << 20);
    assertThat(scan(own(), noise).verdict()).isEqualTo(Report.Verdict.CLEAN);
  }
}
