package dev.counterfoil.disclosure;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import dev.counterfoil.format.ChangedInputs;
import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.format.bytes.StrictJson;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.List;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Files of notices and statements, as anybody may send one: refused with an exception that says so,
 * or what was signed. Contents are searched too as if their signer had gone mad: signed here,
 * whatever they are. Jazzer searches when {@code JAZZER_FUZZ=1} is set; the default run changes
 * good inputs from a seed.
 */
class DisclosureFuzzTest {
  private static final int CHANGED_INPUTS = 200;
  private static final String DOMAIN = "consumer";
  private static final String TENANT = "ministry";
  private static final TestIssuer ISSUER = issuer();

  private static TestIssuer issuer() {
    try {
      return new TestIssuer(DOMAIN);
    } catch (Exception e) {
      throw new IllegalStateException(e);
    }
  }

  private static TheftNotice notice() {
    return new TheftNotice(
        "CFI-1",
        DOMAIN,
        TENANT,
        TestIssuer.NOW,
        List.of("kid"),
        List.of(
            new TheftNotice.AffectedAccount(
                "amara", TestIssuer.NOW, TestIssuer.NOW.plusMillis(5), 2, 1, List.of("imap"))),
        "Look at what was read.");
  }

  private static PublicStatement statement() {
    return PublicStatement.first(
        "CFI-1",
        DOMAIN,
        TestIssuer.NOW,
        List.of(
            Claim.confirmed("C1", "A key was taken.", List.of("report-1")),
            Claim.hypothesis("C2", "It was in a dump.", "A search of the dumps.")));
  }

  private static byte[] utf8(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  private static boolean isFile(byte[] bytes) {
    SignedDisclosure file;
    try {
      file = SignedDisclosure.parse(bytes);
      assertThat(SignedDisclosure.parse(utf8(file.text()))).isEqualTo(file);
    } catch (FormatException e) {
      assertThat(String.valueOf(e.getMessage())).isNotEmpty();
      return false;
    }
    try {
      // Whatever was changed about the file, of the signed text nothing was.
      assertThat(TheftNotice.verify(file, ISSUER.policy(), TENANT)).isEqualTo(notice());
    } catch (DisclosureException e) {
      assertThat(String.valueOf(e.getMessage())).isNotEmpty();
    }
    return true;
  }

  private static SignedDisclosure signed(String type, JsonObject content) throws Exception {
    return ISSUER.sign(type, content);
  }

  private static boolean isNotice(byte[] bytes) {
    try {
      JsonObject content = StrictJson.object(bytes, SignedDisclosure.BYTES_MAX);
      TheftNotice read =
          TheftNotice.verify(signed(TheftNotice.TYPE, content), ISSUER.policy(), TENANT);
      SignedDisclosure again = ISSUER.sign(read);
      assertThat(TheftNotice.verify(again, ISSUER.policy(), TENANT)).isEqualTo(read);
      assertThat(read.issuedAt()).isBetween(Instant.EPOCH, Instant.parse("2100-01-01T00:00:00Z"));
      return true;
    } catch (FormatException | DisclosureException e) {
      assertThat(String.valueOf(e.getMessage())).isNotEmpty();
      return false;
    } catch (RuntimeException e) {
      throw e;
    } catch (Exception e) {
      throw new AssertionError("the key signs", e);
    }
  }

  private static boolean isStatement(byte[] bytes) {
    try {
      JsonObject content = StrictJson.object(bytes, SignedDisclosure.BYTES_MAX);
      PublicStatement read =
          PublicStatement.verify(List.of(signed(PublicStatement.TYPE, content)), ISSUER.policy());
      SignedDisclosure again = ISSUER.sign(read);
      assertThat(PublicStatement.verify(List.of(again), ISSUER.policy())).isEqualTo(read);
      return true;
    } catch (FormatException | DisclosureException e) {
      assertThat(String.valueOf(e.getMessage())).isNotEmpty();
      return false;
    } catch (RuntimeException e) {
      throw e;
    } catch (Exception e) {
      throw new AssertionError("the key signs", e);
    }
  }

  static Stream<byte[]> goodFiles() throws Exception {
    return Stream.of(utf8(ISSUER.sign(notice()).text()), utf8(ISSUER.sign(statement()).text()));
  }

  static Stream<byte[]> goodNotices() {
    return Stream.of(notice().toJson().canonicalBytes());
  }

  static Stream<byte[]> goodStatements() {
    return Stream.of(statement().toJson().canonicalBytes());
  }

  @MethodSource("goodFiles")
  @FuzzTest(maxDuration = "60s")
  void files(byte[] bytes) {
    isFile(bytes);
  }

  @MethodSource("goodNotices")
  @FuzzTest(maxDuration = "60s")
  void notices(byte[] bytes) {
    isNotice(bytes);
  }

  @MethodSource("goodStatements")
  @FuzzTest(maxDuration = "60s")
  void statements(byte[] bytes) {
    isStatement(bytes);
  }

  private record Parser(String name, Stream<byte[]> good, Predicate<byte[]> accepts) {}

  @Test
  void changedInputsAreRefusedOrRead() throws Exception {
    for (Parser parser :
        List.of(
            new Parser("file", goodFiles(), DisclosureFuzzTest::isFile),
            new Parser("notice", goodNotices(), DisclosureFuzzTest::isNotice),
            new Parser("statement", goodStatements(), DisclosureFuzzTest::isStatement))) {
      ChangedInputs changed = new ChangedInputs(6);
      List<byte[]> good = parser.good.toList();
      int accepted = 0;
      for (int i = 0; i < CHANGED_INPUTS; i++) {
        accepted += parser.accepts.test(changed.of(good.get(i % good.size()))) ? 1 : 0;
      }
      assertThat(good).as(parser.name).allMatch(parser.accepts);
      assertThat(accepted).as(parser.name).isBetween(1, CHANGED_INPUTS - 1);
    }
  }

  /** Times that no calendar has, signed by the right key. */
  @Test
  void aTimeOutOfRangeIsRefused() {
    for (String iat : List.of("9223372036854775807", "-9223372036854775808", "31556889864403200")) {
      String good = new String(notice().toJson().canonicalBytes(), StandardCharsets.UTF_8);
      String number = Long.toString(TestIssuer.NOW.getEpochSecond());
      assertThat(isNotice(utf8(good))).isTrue();
      assertThat(isNotice(utf8(good.replace(number, iat)))).isFalse();
    }
  }
}
