package dev.counterfoil.cli.compromise;

import dev.counterfoil.format.bytes.JsonObject;
import dev.counterfoil.operations.containment.LeftGood;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * What the monitor holds of the tokens that stay valid.
 *
 * @param left those tokens
 * @param held how many tokens of their log the monitor holds; empty where it does not follow the
 *     log
 */
record HeldTokens(LeftGood left, Optional<Long> held) {
  boolean isComplete() {
    return held.orElse(0L) >= left.size();
  }

  /** What an operator does where some are missing. */
  String warning() {
    return ("the monitor holds %1$d of %2$d tokens of log %3$s that stay valid. If the monitor"
            + " runs and the number does not grow, their counterfoils are missing. The signer's"
            + " journal may have them: bring the signer or its folder back first, and run this"
            + " command again. Only if the journal is lost for good, run: counterfoil compromise"
            + " --yes --signer-lost %3$s --from %1$d%4$s. That refuses the honest tokens from"
            + " there on, too")
        .formatted(
            held.orElse(0L),
            left.size(),
            left.log(),
            left.from().keySet().stream()
                .map(kid -> " --kid " + kid)
                .collect(Collectors.joining()));
  }

  JsonObject toJson() {
    JsonObject.Builder json =
        JsonObject.builder()
            .put("log", left.log())
            .put("below", left.below())
            .put("size", left.size());
    held.ifPresent(size -> json.put("held", size));
    return json.build();
  }
}
