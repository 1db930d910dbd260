package dev.counterfoil.cli.ship;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.counterfoil.cli.command.CommandFailure;
import dev.counterfoil.format.bytes.Hash;
import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.operations.shipping.FileShipping;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** A target that takes nothing for a while. */
class PatientTargetTest {
  @Test
  void aBatchThatIsNotTakenComesAgainUntilTheTimeIsOver() throws Exception {
    FileShipping.Batch batch = new FileShipping.Batch("old", Hash.sha256(), 1, 1, new byte[0]);
    List<IOException> refusals =
        new ArrayList<>(List.of(new IOException("one"), new IOException("two")));
    FileShipping.Target target =
        sent -> {
          if (!refusals.isEmpty()) {
            throw refusals.removeFirst();
          }
          return JsonObject.builder().put("recorded", 0).build();
        };
    assertThat(
            new PatientTarget(target, Duration.ofMinutes(1), Duration.ZERO)
                .send(batch)
                .number("recorded"))
        .isZero();
    refusals.add(new IOException("three"));
    assertThatThrownBy(() -> new PatientTarget(target, Duration.ZERO, Duration.ZERO).send(batch))
        .isInstanceOf(CommandFailure.class)
        .hasMessageContaining("accepts nothing now: three. Run it again later");
  }
}
