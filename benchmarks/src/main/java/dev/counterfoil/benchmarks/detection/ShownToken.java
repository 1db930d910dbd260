package dev.counterfoil.benchmarks.detection;

import dev.counterfoil.format.bytes.FormatException;
import dev.counterfoil.format.token.CompactToken;
import dev.counterfoil.format.word.Sighting;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/** What a service reports of a token that was shown to it. */
final class ShownToken {
  private ShownToken() {}

  /**
   * The sighting of a token.
   *
   * @param evidence the token, where its key signed it and no log has it
   */
  static Sighting sighting(
      String token, Instant at, String outcome, Sighting.Use use, @Nullable String evidence)
      throws FormatException {
    CompactToken parsed = CompactToken.parse(token);
    return new Sighting(
        at,
        outcome,
        Sighting.Grade.DIGEST,
        new Sighting.Token(
            parsed.digest(),
            parsed.kid(),
            parsed.claims().string("iss"),
            parsed.claims().string("tenant"),
            parsed.claims().string("sub"),
            parsed.claims().string("client_id"),
            parsed.claims().string("jti"),
            parsed.claims().number("iat"),
            parsed.claims().number("exp")),
        use,
        1,
        evidence,
        false);
  }
}
