package dev.counterfoil.drills;

import dev.counterfoil.format.FormatException;
import dev.counterfoil.format.Hash;
import dev.counterfoil.format.JsonObject;
import dev.counterfoil.format.StrictJson;
import dev.counterfoil.signerprotocol.Answer;
import dev.counterfoil.signerprotocol.Request;
import dev.counterfoil.signerprotocol.SignerClient;
import dev.counterfoil.signerprotocol.SignerUnavailableException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Set;

/** What a signer kept of the tokens it signed. */
final class SignedTokens {
  /**
   * One token of ours.
   *
   * @param position its index in the log
   * @param digest SHA-256 of its signing input
   * @param kid the key that signed it
   * @param tenant whom it was for
   * @param subject whom it speaks for
   */
  record SignedToken(long position, Hash digest, String kid, String tenant, String subject) {}

  private static final Duration TIMEOUT = Duration.ofSeconds(10);
  private static final int PART_BYTES_MAX = 16 * 1024;

  private SignedTokens() {}

  /**
   * Reads everything that a log holds, from the signer that keeps it.
   *
   * @param size how many tokens the log holds
   */
  static List<SignedToken> read(SignerClient signer, String log, long size)
      throws IOException, InterruptedException {
    List<SignedToken> tokens = new ArrayList<>();
    while (tokens.size() < size) {
      Answer answer;
      try {
        answer =
            signer.ask(
                new Request.ReadRecords(log, tokens.size(), Request.ReadRecords.COUNT_MAX),
                TIMEOUT);
      } catch (SignerUnavailableException e) {
        throw new IOException("the signer does not answer", e);
      }
      if (!(answer instanceof Answer.Records records) || records.records().isEmpty()) {
        throw new IOException(
            "the signer gives no record at position %d of log %s, which has %d"
                .formatted(tokens.size(), log, size));
      }
      for (Answer.Counterfoil counterfoil : records.records()) {
        tokens.add(token(counterfoil));
      }
    }
    return tokens;
  }

  /** Those that keys of these names signed. */
  static List<SignedToken> by(Set<String> kids, List<SignedToken> tokens) {
    return tokens.stream().filter(token -> kids.contains(token.kid())).toList();
  }

  private static SignedToken token(Answer.Counterfoil counterfoil) throws IOException {
    String[] parts = counterfoil.signingInput().split("\\.", -1);
    try {
      JsonObject header = json(parts[0]);
      JsonObject claims = json(parts[1]);
      return new SignedToken(
          counterfoil.position(),
          Hash.sha256(counterfoil.signingInput().getBytes(StandardCharsets.US_ASCII)),
          header.string("kid"),
          claims.string("tenant"),
          claims.string("sub"));
    } catch (FormatException e) {
      throw new IOException(
          "the counterfoil at position " + counterfoil.position() + " is not a token's", e);
    }
  }

  private static JsonObject json(String part) throws FormatException {
    return StrictJson.object(Base64.getUrlDecoder().decode(part), PART_BYTES_MAX);
  }
}
