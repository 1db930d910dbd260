package dev.counterfoil.disclosure.advisories;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import dev.counterfoil.disclosure.openpgp.OpenPgpCertificate;
import dev.counterfoil.disclosure.openpgp.OpenPgpKey;
import dev.counterfoil.disclosure.promises.Promise;
import dev.counterfoil.disclosure.promises.PromiseMeasure;
import dev.counterfoil.disclosure.promises.PromiseRecord;
import dev.counterfoil.disclosure.promises.PublicHistory;
import dev.counterfoil.disclosure.trustpage.ToldIncident;
import dev.counterfoil.disclosure.weaknesses.SecurityText;
import dev.counterfoil.format.ChangedInputs;
import dev.counterfoil.format.bytes.FormatException;
import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Advisories and keys, as anybody may send one: refused with an exception that says so, or read.
 */
class AdvisoryFuzzTest {
  private static final int CHANGED_INPUTS = 200;
  private static final byte[] SECRET =
      OpenPgpKey.make(
          "Example", new char[0], CsafSamples.NOW, Duration.ofDays(9), new SecureRandom());
  private static final OpenPgpKey KEY = key(SECRET);

  private static OpenPgpKey key(byte[] secret) {
    try {
      return OpenPgpKey.parse(secret, new char[0]);
    } catch (FormatException e) {
      throw new IllegalStateException(e);
    }
  }

  private static boolean isDocument(byte[] bytes) {
    try {
      boolean isValid = CsafCheck.faults(bytes).isEmpty();
      CsafDocument read = CsafDocument.parse(bytes);
      assertThat(CsafDocument.parse(read.bytes()).bytes()).isEqualTo(read.bytes());
      assertThat(read.fileName()).matches("[+\\-a-z0-9_]+\\.json");
      return isValid;
    } catch (FormatException e) {
      assertThat(String.valueOf(e.getMessage())).isNotEmpty();
      return false;
    }
  }

  private static boolean isSecretKey(byte[] bytes) {
    try {
      return OpenPgpKey.parse(bytes, new char[0]).sign(bytes, CsafSamples.NOW).length > 0;
    } catch (FormatException e) {
      assertThat(String.valueOf(e.getMessage())).isNotEmpty();
      return false;
    }
  }

  private static boolean isCertificate(byte[] bytes) {
    try {
      OpenPgpCertificate read = OpenPgpCertificate.parse(bytes);
      return read.armored().length > 0 && read.unusable(CsafSamples.NOW).isEmpty();
    } catch (FormatException e) {
      assertThat(String.valueOf(e.getMessage())).isNotEmpty();
      return false;
    }
  }

  private static boolean isSignature(byte[] bytes) {
    return KEY.certificate().refusal(SECRET, bytes, CsafSamples.NOW).isEmpty();
  }

  private static boolean isSecurityText(byte[] bytes) {
    try {
      SecurityText read = SecurityText.parse(bytes);
      SecurityText.refusal(bytes, KEY.certificate(), CsafSamples.NOW);
      return read.faults(CsafSamples.NOW, Duration.ZERO).isEmpty();
    } catch (FormatException e) {
      assertThat(String.valueOf(e.getMessage())).isNotEmpty();
      return false;
    }
  }

  private static byte[] securityText() {
    return KEY.clearSign(
            "Contact: tel:+1\nExpires: 2027-05-29T09:00:00Z\nCanonical: https://a.example/\n",
            CsafSamples.NOW)
        .getBytes(StandardCharsets.UTF_8);
  }

  private static boolean isRecord(byte[] bytes) {
    try {
      PromiseRecord read = PromiseRecord.parse(bytes);
      read.differences(read.with(PublicHistory.NOTHING));
      return PublicHistory.parse(read.observed().toJson().canonicalBytes()).equals(read.observed());
    } catch (FormatException e) {
      assertThat(String.valueOf(e.getMessage())).isNotEmpty();
      return false;
    }
  }

  private static boolean areIncidents(byte[] bytes) {
    try {
      return !ToldIncident.parse(bytes).isEmpty();
    } catch (FormatException e) {
      assertThat(String.valueOf(e.getMessage())).isNotEmpty();
      return false;
    }
  }

  private static byte[] incidents() {
    return """
        {"incidents":[{"id":"i","title":"t","open":true,"statements":[{"version":1,\
        "at":"2026-11-30T09:00:00Z","claims":[{"id":"c","state":"unknown","text":"x"}]}],\
        "timeline":[],"clocks":[{"name":"n","due":"2026-11-30T09:00:00Z"}]}]}"""
        .getBytes(StandardCharsets.UTF_8);
  }

  private static byte[] promises() {
    PublicHistory seen =
        new PublicHistory(
            9,
            List.of(),
            List.of(new PublicHistory.Seen("log", 7)),
            List.of(),
            List.of(new PublicHistory.Answered("canary", 5, 6)),
            List.of(),
            List.of());
    return new PromiseRecord(
            List.of(
                new Promise(
                    "p",
                    "A sentence.",
                    PromiseMeasure.CHECKPOINT_PACE,
                    Duration.ofSeconds(2),
                    Instant.EPOCH)),
            PublicHistory.NOTHING,
            List.of())
        .evaluated(seen)
        .toJson()
        .canonicalBytes();
  }

  static Stream<byte[]> goodDocuments() {
    return Stream.concat(
            Arrays.stream(Profile.values())
                .map(profile -> CsafSamples.good(profile, "CF-1").toString()),
            Stream.of(CsafSamples.rich().toString()))
        .map(text -> text.getBytes(StandardCharsets.UTF_8));
  }

  static Stream<byte[]> goodKeys() {
    return Stream.of(SECRET, KEY.certificate().armored());
  }

  @MethodSource("goodDocuments")
  @FuzzTest(maxDuration = "60s")
  void documents(byte[] bytes) {
    isDocument(bytes);
  }

  @MethodSource("goodKeys")
  @FuzzTest(maxDuration = "60s")
  void keys(byte[] bytes) {
    isSecurityText(bytes);
    isRecord(bytes);
    areIncidents(bytes);
    isSecretKey(bytes);
    isCertificate(bytes);
    isSignature(bytes);
  }

  private record Reader(String name, List<byte[]> good, Predicate<byte[]> accepts) {}

  @Test
  void changedInputsAreRefusedOrRead() {
    for (Reader reader :
        List.of(
            new Reader("document", goodDocuments().toList(), AdvisoryFuzzTest::isDocument),
            new Reader("secret", List.of(SECRET), AdvisoryFuzzTest::isSecretKey),
            new Reader("security.txt", List.of(securityText()), AdvisoryFuzzTest::isSecurityText),
            new Reader("incidents", List.of(incidents()), AdvisoryFuzzTest::areIncidents),
            new Reader("promises", List.of(promises()), AdvisoryFuzzTest::isRecord),
            new Reader(
                "certificate",
                List.of(KEY.certificate().armored()),
                AdvisoryFuzzTest::isCertificate),
            new Reader(
                "signature",
                List.of(KEY.sign(SECRET, CsafSamples.NOW)),
                AdvisoryFuzzTest::isSignature))) {
      ChangedInputs changed = new ChangedInputs(7);
      int accepted = 0;
      for (int i = 0; i < CHANGED_INPUTS; i++) {
        accepted +=
            reader.accepts.test(changed.of(reader.good.get(i % reader.good.size()))) ? 1 : 0;
      }
      assertThat(reader.good).as(reader.name).allMatch(reader.accepts);
      assertThat(accepted).as(reader.name).isBetween(1, CHANGED_INPUTS - 1);
    }
  }
}
