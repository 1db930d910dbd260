package dev.counterfoil.verifier.leaves;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import dev.counterfoil.format.ChangedInputs;
import dev.counterfoil.format.bytes.FormatException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.provider.MethodSource;

/** What anybody who may connect writes on the socket of shared leaves. */
class LeafQuestionFuzzTest {
  private static final int CHANGED_INPUTS = 3_000;
  private static final List<String> GOOD =
      List.of("s1g1 0 0", "s1g1 1042 1000", "abcdefghijklmnop 999999999999999 5000");

  static Stream<byte[]> good() {
    return GOOD.stream().map(text -> text.getBytes(StandardCharsets.US_ASCII));
  }

  private static void question(byte[] bytes) {
    try {
      LeafQuestion question = LeafQuestion.parse(bytes);
      assertThat(question.from()).isNotNegative();
      assertThat(question.hold()).isBetween(Duration.ZERO, Duration.ofSeconds(5));
      assertThat(question.bytes()).startsWith(bytes).hasSize(bytes.length + 1);
    } catch (FormatException e) {
      assertThat(e).hasMessageNotContaining("null");
    }
  }

  @MethodSource("good")
  @FuzzTest(maxDuration = "2m")
  void questions(byte[] bytes) {
    question(bytes);
  }

  @Test
  void changedQuestionsAreTakenOrRefused() {
    ChangedInputs changed = new ChangedInputs(23);
    List<byte[]> good = good().toList();
    for (int i = 0; i < CHANGED_INPUTS; i++) {
      question(changed.of(good.get(i % good.size())));
    }
  }

  @Test
  void goodOnesAreTaken() throws Exception {
    for (String text : GOOD) {
      assertThat(LeafQuestion.parse(text.getBytes(StandardCharsets.US_ASCII)).bytes())
          .asString(StandardCharsets.US_ASCII)
          .isEqualTo(text + "\n");
    }
  }
}
