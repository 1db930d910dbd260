package dev.counterfoil.operations.containment;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import dev.counterfoil.format.ChangedInputs;
import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.format.bytes.StrictJson;
import dev.counterfoil.operations.OperatorException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** What a stolen signer answers to whoever has it replaced: read, or refused as a whole. */
class SignersAnswerFuzzTest {
  private static final int CHANGED = 3_000;

  private static final List<String> GOOD =
      List.of(
          """
          {"log":"s1g1","size":48211,"kids":["a","b"],"already":false,"own":["s1g1"],"announced":{"log":"s1g2","kids":["c"]}}""",
          """
          {"log":"s1g1","size":0,"kids":[],"already":true,"own":["s1g1","s1g2"]}""");

  @FuzzTest(maxDuration = "60s")
  void answers(byte[] bytes) {
    answer(bytes);
  }

  private static Optional<SignersAnswer> answer(byte[] bytes) {
    JsonObject said;
    try {
      said = StrictJson.object(bytes, 1 << 16);
    } catch (FormatException e) {
      return Optional.empty();
    }
    try {
      SignersAnswer answer = SignersAnswer.parse(said);
      assertThat(answer.size()).isNotNegative();
      answer.check("s1", Optional.empty(), false);
      assertThat(answer.log()).startsWith("s1g");
      return Optional.of(answer);
    } catch (FormatException | OperatorException e) {
      assertThat(e.getMessage()).isNotEmpty();
      return Optional.empty();
    }
  }

  @Test
  void changedAnswers() {
    ChangedInputs changed = new ChangedInputs(20261128);
    for (int i = 0; i < CHANGED; i++) {
      byte[] good = GOOD.get(i % GOOD.size()).getBytes(StandardCharsets.UTF_8);
      assertThat(answer(good)).isPresent();
      answer(changed.of(good));
    }
  }
}
